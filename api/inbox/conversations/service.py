"""What is done with conversations."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, case, func, literal, update
from sqlalchemy import select as sa_select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from api.conventions.resource import Shown
from api.core.errors import ValidationFailed
from api.core.scope import USER, Scope
from api.inbox.conversations.filters import filtered
from api.inbox.conversations.schemas import ConversationsSought, SoughtState
from api.inbox.conversations.views import MY_READ, show_conversations
from api.inbox.organization import organization
from api.inbox.pages import Order, Pages, read_page
from models import (
    ChannelState,
    Conversation,
    ConversationRead,
    ConversationState,
    InboxChannel,
    InboxReader,
    Role,
    utcnow,
)
from models.base import UTCDateTime
from models.contact_merge import merged_ids
from models.conversation import UNREAD, is_blocked, see_conversation, tell_of_conversation, wake
from models.inbox_mail import newest_mail
from models.inbox_message import reply_by_rule
from models.inbox_settings import settings_of
from models.inbox_survey import begin_survey
from models.inbox_work import agent_of, close_all_work, close_work, open_work
from models.outbox import emit_command, emit_event
from models.shown import show_time
from switchroom.ids import dashed_id
from switchroom.messages.commands import TransferWork
from switchroom.messages.events import to_team, to_user
from switchroom.prepared import Prepared

_NEWEST = Order((col(Conversation.last_message_at), col(Conversation.id)), ("time", "id"))
_SAFE = timedelta(minutes=2)
"""Longer than the transaction that stores a message."""
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


_OF_TEAM = col(Conversation.team_id) == bindparam("team")
_MARK = sa_select(col(InboxReader.read_until)).where(
    col(InboxReader.user_id) == USER, col(InboxReader.team_id) == bindparam("team")
)
_IS_NEWER = col(Conversation.last_inbound_at) > func.coalesce(
    _MARK.scalar_subquery(), literal(_EPOCH, UTCDateTime())
)
"""Whether a message came since the caller read everything."""
_IDS = sa_select(col(Conversation.id), col(Conversation.last_message_at)).where(_OF_TEAM)
_PAGES = Pages(_IDS, _NEWEST)
_COUNT = sa_select(func.count()).select_from(Conversation)
_TOTALS = Prepared(
    sa_select(
        _COUNT.where(_OF_TEAM).scalar_subquery().label("total"),
        _COUNT.where(_OF_TEAM, _IS_NEWER).scalar_subquery().label("newer"),
        sa_select(func.count()).where(col(ConversationRead.user_id) == USER).scalar_subquery().label("seen"),
    )
)
_UNREAD_OF_NEWER = Prepared(
    _COUNT.outerjoin(ConversationRead, MY_READ).where(_OF_TEAM, _IS_NEWER, UNREAD > 0)
)
# The condition is a CASE, so that no database begins with the conversations.
_READ_OF_SEEN = Prepared(
    sa_select(
        func.coalesce(
            func.sum(
                case(
                    (
                        and_(
                            _OF_TEAM, _IS_NEWER, col(ConversationRead.seen) >= col(Conversation.inbound_count)
                        ),
                        1,
                    )
                )
            ),
            0,
        )
    )
    .join_from(ConversationRead, Conversation, col(Conversation.id) == col(ConversationRead.conversation_id))
    .where(col(ConversationRead.user_id) == USER)
)


def list_conversations(scope: Scope, body: ConversationsSought) -> Shown:
    """Return a page of the organization's conversations, the newest message first. Raises NotFound."""
    team = organization(scope, body.organization_id)
    mine = {"team": team, "user": scope.user_id}
    total, unread = _totals(scope.session, mine)
    matching = None
    if body.filter is not None and body.filter.model_fields_set:
        named = [*(body.filter.contact_ids or ()), body.filter.contact_id or ""]
        merged = merged_ids(scope.session, team, filter(None, named))
        found = filtered(_IDS.outerjoin(ConversationRead, MY_READ), team, body.filter, merged).params(mine)
        matching = _count(scope.session, found)
        page = read_page(scope.session, found, _NEWEST, body, lambda row: (row.last_message_at, row.id))
    else:
        page = _PAGES.read(scope.session, body, mine)
    return {
        "data": show_conversations(scope, team, [row.id for row in page.rows]),
        "response_metadata": page.metadata(total=total, filtered_total=matching, badge_unread_count=unread),
    }


def _totals(session: Session, mine: dict[str, Any]) -> tuple[int, int]:
    """Return how many conversations the organization has, and how many of them the caller has not read.

    Counts in an index are cheap; looking up what the caller has read is not. So whichever is less is looked through:
    the conversations with a newer message, or what the caller has seen.
    """
    total, newer, seen = _TOTALS.row(session, mine)
    if newer <= seen:
        (unread,) = _UNREAD_OF_NEWER.row(session, mine)
    else:
        unread = newer - _READ_OF_SEEN.row(session, mine)[0]
    return total, unread


def _count(session: Session, ids: Any) -> int:
    return int(session.execute(ids.with_only_columns(func.count(), maintain_column_froms=True)).scalar_one())


def find(scope: Scope, id: str) -> Conversation:
    """Return a conversation of the caller's organizations. Raises NotFound."""
    return scope.get(Conversation, id, "conversation")


def locked(scope: Scope, id: str) -> Conversation:
    """Return the conversation, locked until the transaction ends. Raises NotFound."""
    conversation = find(scope, id)
    scope.session.refresh(conversation, with_for_update=True)
    return conversation


def change_state(scope: Scope, id: str, state: SoughtState) -> None:
    """Open or close a conversation, and tell clients. Closing it ends the work with it. Raises NotFound."""
    conversation = locked(scope, id)
    was_open = conversation.state == ConversationState.OPEN.value
    is_open = state is SoughtState.OPEN
    conversation.state = (ConversationState.OPEN if is_open else ConversationState.CLOSED).value
    if not is_open:
        conversation.snoozed_until = None
        if (work := open_work(scope.session, conversation.id)) is not None:
            close_work(scope.session, work)
    tell_of_conversation(scope.session, conversation)
    if was_open and not is_open:
        _ask_how_it_was(scope, conversation)


def _ask_how_it_was(scope: Scope, conversation: Conversation) -> None:
    """Ask the contact the survey question of the channel, if it has one and can send it."""
    settings = settings_of(scope.session, conversation.channel_id)
    if settings is None or not settings.survey_question or is_blocked(conversation.last_inbound_at, utcnow()):
        return
    mail = newest_mail(scope.session, conversation.id)
    if mail is not None and mail.automatic:
        return  # Machines are not asked by machines.
    channel = scope.session.get_one(InboxChannel, conversation.channel_id)
    if channel.state == ChannelState.CONNECTED.value:
        begin_survey(scope.session, conversation, scope.user_id)
        reply_by_rule(scope.session, conversation, settings.survey_question)


def assign(scope: Scope, id: str, user_id: str | None) -> None:
    """Let a member look after the conversation, and tell clients. Raises NotFound, ValidationFailed."""
    conversation = locked(scope, id)
    member = scope.member_named(conversation.team_id, user_id, "user_id") if user_id else None
    if member is not None and member.role == Role.GUEST.value:
        raise ValidationFailed({"user_id": "A guest of the organization: name one of its members"})
    conversation.assignee_id = member.user_id if member else None
    _let_work_follow(scope, conversation)
    tell_of_conversation(scope.session, conversation)


def _let_work_follow(scope: Scope, conversation: Conversation) -> None:
    """Give the work to the new assignee. Nobody: it waits again. A member who is no agent ends it."""
    work, assignee = open_work(scope.session, conversation.id), conversation.assignee_id
    if work is None:
        return
    agent = agent_of(scope.session, conversation.team_id, assignee) if assignee else None
    if agent is not None:
        to = TransferWork(item=work.id, kind="agent", to=agent.id, by=scope.user_id)
        emit_command(scope.session, to)
    elif assignee is None:
        to = TransferWork(item=work.id, kind="queue", to=work.queue_id, by=scope.user_id)
        emit_command(scope.session, to)
    else:
        close_work(scope.session, work)


def snooze(scope: Scope, id: str, until: datetime | None) -> None:
    """Take the conversation from the members' attention until then, and tell clients. None brings it back.

    Raises NotFound, ValidationFailed.
    """
    conversation = find(scope, id)
    if until is None:
        if conversation.snoozed_until is not None:
            wake(scope.session, conversation)
        return
    if until <= utcnow():
        raise ValidationFailed({"until": "Must be a time to come"})
    conversation.snoozed_until = until
    tell_of_conversation(scope.session, conversation)


def close_all(scope: Scope, team_id: str) -> None:
    """Close all conversations of the organization. Raises NotFound."""
    team = organization(scope, team_id)
    closed = ConversationState.CLOSED.value
    open_ = (col(Conversation.team_id) == team, col(Conversation.state) == ConversationState.OPEN.value)
    scope.session.execute(update(Conversation).where(*open_).values(state=closed, snoozed_until=None))
    close_all_work(scope.session, team)
    told = {"organization_id": dashed_id(team), "state": closed}
    emit_event(scope.session, "inbox_conversation", "all_closed", team, told, to_team(team))


def read_all(scope: Scope, team_id: str) -> None:
    """Note that the caller has read all conversations of the organization. Raises NotFound."""
    team, now = organization(scope, team_id), utcnow()
    reader = scope.session.get(InboxReader, (scope.user_id, team))
    since = reader.read_until if reader else _EPOCH
    unread = (
        sa_select(literal(scope.user_id), col(Conversation.id), col(Conversation.inbound_count))
        .outerjoin(ConversationRead, MY_READ)
        .where(col(Conversation.team_id) == team, col(Conversation.last_inbound_at) > since, UNREAD > 0)
    ).params(user=scope.user_id)
    is_sqlite = scope.session.connection().dialect.name == "sqlite"
    write: Any = (sqlite if is_sqlite else postgresql).insert(ConversationRead)
    read = write.from_select(["user_id", "conversation_id", "seen"], unread)
    scope.session.execute(
        read.on_conflict_do_update(
            index_elements=["user_id", "conversation_id"], set_={"seen": read.excluded.seen}
        )
    )
    if reader is None:
        reader = InboxReader(user_id=scope.user_id, team_id=team, read_until=now)
        scope.session.add(reader)
    # A message that another transaction stores at this moment is not read yet.
    reader.read_until = now - _SAFE
    scope.session.flush()
    told = {"organization_id": dashed_id(team), "timestamp": show_time(now)}
    emit_event(scope.session, "inbox_unread", "all_read", team, told, to_user(scope.user_id, team=team))


def read_one(scope: Scope, id: str) -> None:
    """Note that the caller has read the conversation. Raises NotFound."""
    see_conversation(scope.session, find(scope, id), scope.user_id)


def statistics(scope: Scope, team_id: str) -> Shown:
    """Return how many conversations began on each day, over each channel. Raises NotFound."""
    team = organization(scope, team_id)
    day, channel = col(Conversation.created_day), col(Conversation.channel_id)
    counted = (
        sa_select(day, channel, func.count())
        .where(col(Conversation.team_id) == team)
        .group_by(day, channel)
        .order_by(day)
    )
    days: dict[str, dict[str, int]] = {}
    for date, id, number in scope.session.execute(counted):
        days.setdefault(date, {})[dashed_id(id)] = number
    channels = sorted({id for found in days.values() for id in found})
    until = dict.fromkeys(channels, 0)
    by_day: list[Shown] = []
    by_channel: list[Shown] = []
    cumulative: list[Shown] = []
    for date, found in days.items():
        until = {id: until[id] + found.get(id, 0) for id in channels}
        by_day.append({"date": date, "value": str(sum(found.values()))})
        by_channel.append({"date": date, **{id: str(found.get(id, 0)) for id in channels}})
        cumulative.append({"date": date, **{id: str(number) for id, number in until.items()}})
    return {
        "totals_by_day": by_day,
        "totals_by_channel": by_channel,
        "totals_by_cumulative_channel": cumulative,
    }
