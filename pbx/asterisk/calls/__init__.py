"""What is known of each call on a node. No I/O."""
