"""What clients send about who reads a conversation."""

from api.inbox.fields import OfConversation


class Reading(OfConversation):
    """Whether the caller has a conversation open."""

    reading: bool = True
    """False: no more. Who says nothing for half a minute counts as gone."""
