"""The `switchroom` command."""
