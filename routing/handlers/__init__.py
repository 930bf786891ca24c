"""What each event does to the world."""
