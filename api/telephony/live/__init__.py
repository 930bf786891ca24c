"""What goes on in a team now: agents, queues and calls."""
