"""What every process shares: settings, ids, database session, Redis streams, logs, metrics, the CLI."""
