"""What the core asks for that is not Asterisk's: spoken texts, fetches, contacts, what a caller said."""

from pbx.effects.effects import Effects

__all__ = ["Effects"]
