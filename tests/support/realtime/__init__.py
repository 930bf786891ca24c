"""Real api processes, and real clients of their realtime surfaces."""
