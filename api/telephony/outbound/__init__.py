"""Calls to the telephone network: what a team may dial, and what it dialled today."""
