"""What clients get of the workspace."""

from api.conventions.answers import Answer


class ReadAnswer(Answer):
    """How many events were changed."""

    changed: int
    """How many were marked."""
