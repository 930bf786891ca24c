"""What can go wrong in the inbox only. `api.inbox.surface` has the codes."""

from collections.abc import Sequence

from api.core.errors import DomainError


class ConversationBlocked(DomainError):
    """The contact's last message is too old to write to them."""

    def __init__(self) -> None:
        super().__init__(
            {"message": "The contact has not written for more than 7 days. Wait until they write again"}
        )


class ChannelNotConnected(DomainError):
    """Nothing can be sent over the channel."""

    def __init__(self) -> None:
        super().__init__({"message": "The channel is not connected. An admin connects it again"})


class NoNumber(DomainError):
    """The contact cannot be called."""

    def __init__(self) -> None:
        super().__init__({"message": "The contact has no telephone number"})


class MissingVariables(DomainError):
    """A template has variables without values."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__({"message": f"The template has no value for: {', '.join(names)}"})


class WrongSource(DomainError):
    """The template is for the channels of another source."""

    def __init__(self, source: str) -> None:
        super().__init__({"message": f"The template is for conversations of {source}"})


class NameTaken(DomainError):
    """Another object of the organization has this name."""

    def __init__(self, what: str) -> None:
        super().__init__({"message": f"There is a {what} with this name"})


class ChannelElsewhere(DomainError):
    """The channel is connected to another organization."""

    def __init__(self, external_id: str) -> None:
        super().__init__({"message": f"The channel {external_id} is connected to another organization"})


class NotOffered(DomainError):
    """The caller is not offered the conversation (any more)."""

    def __init__(self) -> None:
        super().__init__({"message": "The conversation is not offered to you, or not any more"})


class NoWork(DomainError):
    """The conversation waits in no queue, and no agent has it from one."""

    def __init__(self) -> None:
        super().__init__({"message": "The conversation came from no queue. Assign it to a member"})
