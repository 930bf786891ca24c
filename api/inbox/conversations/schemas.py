"""What clients send about conversations."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from api.conventions.fields import Moment, OneOf
from api.inbox.fields import MOST_NAMED, Filter, InboxId, InboxIds, Names, OfConversation
from api.inbox.pages import PagedOfOrganization

MOST_UNREAD = 2**31 - 1
Count = Annotated[int, Field(ge=0, le=MOST_UNREAD)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=254)]
Texts = Annotated[list[Text], Field(max_length=MOST_NAMED)]


class SoughtState(StrEnum):
    """`DONE` means `CLOSED`."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"
    DONE = "DONE"


class ConversationFilter(Filter):
    """Conversations must meet all that is sent; of a list, one value. An empty list filters nothing."""

    contact_id: InboxId | None = None
    """Deprecated: use `contact_ids`."""
    contact_ids: InboxIds | None = None
    fb_page_ids: Texts | None = None
    """Deprecated: use `channel_ids`. Ids of pages at Facebook."""
    channel_ids: InboxIds | None = None
    contact_tags: Texts | None = None
    """Ids or names of tags, of which the contact has one."""
    display_name: Text | None = None
    """Deprecated: use `display_names`."""
    display_names: Names | None = None
    """First name, blank, last name, as they are written."""
    min_unread_message_count: Count | None = None
    max_unread_message_count: Count | None = None
    state: OneOf[SoughtState] | None = None
    assignee_ids: InboxIds | None = None
    """Ids of users who look after the conversations."""
    is_assigned: bool | None = None
    """Whether somebody looks after them."""
    queue_ids: InboxIds | None = None
    """Queues in which they wait, or from which an agent has them."""
    is_snoozed: bool | None = None
    """Whether they come back to attention later."""


class ConversationsSought(PagedOfOrganization):
    """Which conversations the client wants."""

    filter: ConversationFilter | None = None


class Assignment(OfConversation):
    """Who looks after a conversation from now on."""

    user_id: InboxId | None
    """A member of the organization, by the user's or the membership's id; null: nobody."""


class Snooze(OfConversation):
    """When a conversation comes back to attention."""

    until: Moment | None
    """Null: it is back at once."""


class StateChange(OfConversation):
    """The state of a conversation from now on."""

    state: OneOf[SoughtState]
