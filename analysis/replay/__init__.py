"""What a recorded run tells: the same commands again, why an agent was not chosen, and what would have been if."""
