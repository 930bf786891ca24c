"""Background jobs that failed for good: seen and retried by admins."""
