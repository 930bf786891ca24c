"""What clients send about the work with conversations, and what they get."""

from api.conventions.answers import Answer, Time
from api.inbox.conversations.answers import ChannelOfConversation, ContactOfConversation, LastMessage
from api.inbox.fields import DashedId, InboxId, OfConversation


class WorkTransfer(OfConversation):
    """Who gets a conversation: one of the two is sent."""

    agent_id: InboxId | None = None
    """An agent, who has it at once."""
    queue_id: InboxId | None = None
    """A queue, in which it waits for an agent."""


class ConversationOffer(Answer):
    """A conversation that the caller may accept."""

    conversation_id: DashedId
    queue_id: DashedId
    agent_id: DashedId
    """The agent who the caller is in that queue."""
    offered_until: Time
    """When it is offered to others."""
    channel: ChannelOfConversation
    contact: ContactOfConversation
    last_message: LastMessage


class ConversationOffers(Answer):
    """What the caller is offered in an organization, the longest first."""

    offers: list[ConversationOffer]
