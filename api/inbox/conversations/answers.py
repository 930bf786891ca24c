"""What clients get of conversations."""

from typing import Annotated, Any

from pydantic import Field

from api.conventions.answers import Answer, Time
from api.inbox.fields import DashedId
from api.inbox.messages.answers import InboxMessageAnswer
from api.inbox.pages import Metadata
from models import ConversationState, WorkState
from switchroom.inbox import Source


class ChannelOfConversation(Answer):
    """The channel of a conversation. `name` is its source."""

    id: DashedId
    name: Source


class ContactOfConversation(Answer):
    """The contact of a conversation."""

    id: DashedId
    first_name: str
    last_name: str | None
    avatar_url: str | None
    tags: list[DashedId] | None
    """Ids of the contact's tags. Null: it has none."""


class LastMessage(Answer):
    """The newest message of a conversation, in short."""

    id: DashedId
    display_text: str
    media_type: str
    sent_at: Time


class MemberInShort(Answer):
    """A member of the organization."""

    id: DashedId
    """The user's id."""
    first_name: str
    last_name: str | None


class WorkOfConversation(Answer):
    """Where a conversation is in the queues."""

    queue_id: DashedId
    """The queue in which it waits, or from which an agent has it."""
    state: WorkState
    agent_id: DashedId | None
    """The agent who is offered it, or has accepted it."""
    queued_at: Time
    """When it entered that queue."""
    offered_until: Time | None


class ConversationAnswer(Answer):
    """A conversation as the caller sees it."""

    id: DashedId
    state: ConversationState
    channel: ChannelOfConversation
    created_at: Time
    contact: ContactOfConversation
    last_message: LastMessage
    message: InboxMessageAnswer
    """The newest message."""
    assignee: MemberInShort | None
    """The member who looks after it; null: nobody."""
    snoozed_until: Time | None
    """When it comes back to attention; null: it has not been put off."""
    work: WorkOfConversation | None
    """Null: it waits in no queue, and no agent has it from one."""
    team_ids: list[DashedId]
    """The inbox teams that the contact's last message found."""
    unread_message_count: int
    """How many messages of the contact the caller has not read."""
    min_unread_message_count: int
    """The same."""


class OfferDecision(Answer):
    """Why a conversation was offered to an agent. Agents and conversations are counted as at that moment."""

    at: Time
    queue_id: DashedId
    strategy: str
    agent_ids: list[DashedId]
    """Who was offered it."""
    wait: float
    """Seconds that it had waited."""
    waiting: int
    """How many callers and conversations waited in the queue."""
    free: int
    """How many agents had room for it."""
    position: int
    """Its place among those that waited, from 1."""
    next_agent_ids: list[DashedId]
    """Who would have been next."""
    passed: dict[str, int]
    """How many agents were passed over, by reason."""


class WholeConversation(ConversationAnswer):
    """A conversation, and why agents were offered it."""

    decisions: list[OfferDecision]
    """Since it last entered the queues, oldest first. They stay when it is closed."""


class ConversationsMetadata(Metadata):
    """What stands around a page of conversations."""

    badge_unread_count: int
    """How many conversations of the organization have messages that the caller has not read."""


class ConversationPage(Answer):
    """A page of conversations, the newest message first."""

    data: list[ConversationAnswer]
    response_metadata: ConversationsMetadata


class Blocked(Answer):
    """Whether the contact can be written to."""

    blocked: bool
    """Whether their last message is more than seven days old."""


class DayTotal(Answer):
    """How many conversations began on a day."""

    date: Annotated[str, Field(examples=["2020-09-17"])]
    value: Annotated[str, Field(examples=["1"])]


ChannelTotals = Annotated[
    dict[str, Any],
    Field(examples=[{"date": "2020-09-17", "0192f3c4-d5e6-7890-a1b2-c3d4e5f60718": "1"}]),
]
"""`date`, and for each channel's id how many."""


class ConversationStats(Answer):
    """How many conversations began on each day of the organization's time zone. Days without any are left out."""

    totals_by_day: list[DayTotal]
    totals_by_channel: list[ChannelTotals]
    totals_by_cumulative_channel: list[ChannelTotals]
    """For each channel, how many until then."""
