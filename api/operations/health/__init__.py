"""The health of every part, and the metrics."""
