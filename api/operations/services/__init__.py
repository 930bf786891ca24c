"""What the installation can do: which outside services it is configured for."""
