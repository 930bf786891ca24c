"""The filters of conversations as conditions of a statement."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_
from sqlalchemy import select as sa_select
from sqlmodel import col

from api.inbox.conversations.schemas import ConversationFilter, SoughtState
from models import (
    Contact,
    Conversation,
    ConversationState,
    InboxChannel,
    InboxContactTag,
    InboxTag,
    InboxWork,
)
from models.conversation import UNREAD
from switchroom.ids import parse_id
from switchroom.inbox import Source

MOST_SPLITS = 12
"""Into how many first and last names a display name is split."""


def filtered(statement: Any, team_id: str, sought: ConversationFilter, merged: Mapping[str, str]) -> Any:
    """Return the statement for those conversations of an organization that meet the filter.

    It joins `ConversationRead` of the caller. `merged`: what contacts the filter's ids of merged ones stand for.
    """
    return statement.where(*_conditions(team_id, sought, merged))


def _conditions(
    team_id: str, sought: ConversationFilter, merged: Mapping[str, str]
) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    contact = col(Conversation.contact_id)
    if sought.contact_id is not None:
        found.append(contact == merged.get(sought.contact_id, sought.contact_id))
    if sought.contact_ids:
        found.append(contact.in_([merged.get(id, id) for id in sought.contact_ids]))
    if sought.channel_ids:
        found.append(col(Conversation.channel_id).in_(sought.channel_ids))
    if sought.fb_page_ids:
        pages = sa_select(col(InboxChannel.id)).where(
            col(InboxChannel.team_id) == team_id,
            col(InboxChannel.source) == Source.FACEBOOK.value,
            col(InboxChannel.external_id).in_(sought.fb_page_ids),
        )
        found.append(col(Conversation.channel_id).in_(pages))
    if sought.contact_tags:
        found.append(contact.in_(_tagged(team_id, sought.contact_tags)))
    for names in ([sought.display_name] if sought.display_name else [], sought.display_names):
        if names:
            found.append(contact.in_(_named(team_id, names)))
    if sought.state is not None:
        is_open = sought.state is SoughtState.OPEN
        state = ConversationState.OPEN if is_open else ConversationState.CLOSED
        found.append(col(Conversation.state) == state.value)
    if sought.assignee_ids:
        found.append(col(Conversation.assignee_id).in_(sought.assignee_ids))
    if sought.is_assigned is not None:
        found.append(_is_set(col(Conversation.assignee_id), sought.is_assigned))
    if sought.queue_ids:
        work = sa_select(col(InboxWork.conversation_id)).where(
            col(InboxWork.team_id) == team_id,
            col(InboxWork.closed_at).is_(None),
            col(InboxWork.queue_id).in_(sought.queue_ids),
        )
        found.append(col(Conversation.id).in_(work))
    if sought.is_snoozed is not None:
        found.append(_is_set(col(Conversation.snoozed_until), sought.is_snoozed))
    if sought.min_unread_message_count is not None:
        found.append(sought.min_unread_message_count <= UNREAD)
    if sought.max_unread_message_count is not None:
        found.append(sought.max_unread_message_count >= UNREAD)
    return found


def _is_set(column: Any, wanted: bool) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = column.is_not(None) if wanted else column.is_(None)
    return condition


def _tagged(team_id: str, tags: list[str]) -> Select[Any]:
    """Return the statement for the contacts with one of these tags, by ids or names."""
    ids = [id for tag in tags if (id := parse_id(tag))]
    names = [tag for tag in tags if not parse_id(tag)]
    return (
        sa_select(col(InboxContactTag.contact_id))
        .join(InboxTag, col(InboxTag.id) == col(InboxContactTag.tag_id))
        .where(
            col(InboxTag.team_id) == team_id, or_(col(InboxTag.id).in_(ids), col(InboxTag.name).in_(names))
        )
    )


def _named(team_id: str, names: list[str]) -> Select[Any]:
    """Return the statement for the contacts with one of these names.

    Each way to split a name into a first and a last one is looked up in an index.
    """
    splits = {split for name in names for split in _splits(name)}
    either = or_(
        *(
            and_(col(Contact.first_name) == first, col(Contact.last_name) == last)
            for first, last in sorted(splits)
        )
    )
    return sa_select(col(Contact.id)).where(col(Contact.team_id) == team_id, either)


def _splits(name: str) -> list[tuple[str, str]]:
    words = name.split(" ")
    places = range(len(words) + 1)[: MOST_SPLITS - 1]
    ways = [(" ".join(words[:place]), " ".join(words[place:])) for place in places]
    return [*ways, (name, "")]
