"""The engine process: start, hand over, health."""
