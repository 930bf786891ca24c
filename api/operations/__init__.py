"""For whoever runs the system: health, failed jobs, the webhook secret, the reference."""
