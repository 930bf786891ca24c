"""What is known of each call on a node, as pure functions."""
