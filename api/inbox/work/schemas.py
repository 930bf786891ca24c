"""What clients send about the work with conversations."""

from api.inbox.fields import InboxId, OfConversation


class WorkTransfer(OfConversation):
    """Who gets a conversation: one of the two is sent."""

    agent_id: InboxId | None = None
    """An agent, who has it at once."""
    queue_id: InboxId | None = None
    """A queue, in which it waits for an agent."""
