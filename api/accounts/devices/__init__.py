"""Devices: where users get pushes."""
