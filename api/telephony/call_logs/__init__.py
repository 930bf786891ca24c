"""Call logs with their legs, path, decisions, recordings and wrap-up."""
