"""Health of every part, metrics, and jobs that failed."""
