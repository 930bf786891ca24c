"""What clients get of the workspace."""

from api.conventions.answers import Answer


class ReadAnswer(Answer):
    """What became of all events."""

    changed: int
    """How many were marked."""
