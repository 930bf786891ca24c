"""What the core asks for that Asterisk cannot do: spoken texts, web requests, contacts, speech recognition."""

from pbx.effects.effects import Effects

__all__ = ["Effects"]
