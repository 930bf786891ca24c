"""What the routing core costs: time for each command, memory, its share for decision records, and its simulation."""
