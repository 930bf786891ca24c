"""Background jobs that failed. Admins see them and start them again."""
