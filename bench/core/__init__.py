"""Measure the routing core: time for each command, memory, the share of decision records, and its simulation."""
