"""What clients send about the work with conversations."""

from pydantic import model_validator

from api.inbox.fields import InboxId, OfConversation


class WorkTransfer(OfConversation):
    """Who gets a conversation: one of the two is sent."""

    agent_id: InboxId | None = None
    """An agent, who has it at once."""
    queue_id: InboxId | None = None
    """A queue, in which it waits for an agent."""

    @model_validator(mode="after")
    def _one_of_both(self) -> "WorkTransfer":
        if (self.agent_id is None) == (self.queue_id is None):
            raise ValueError("Send agent_id or queue_id")
        return self
