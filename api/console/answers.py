"""What the console gets about its session."""

from api.conventions.answers import Answer, PublicId


class ConsoleSession(Answer):
    """Who is signed in in this browser."""

    user: PublicId | None
    """Null: nobody is."""
