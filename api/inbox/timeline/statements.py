"""What a timeline reads: first which entries a page has, then the entries of each kind. All statements are constants.

The entries are found in four tables, each by an index that ends in the time. `(at, id)` orders them all, so a page
costs the same however deep it lies.
"""

from typing import Any

from sqlalchemy import ColumnElement, bindparam, literal, union_all
from sqlalchemy import select as sa_select
from sqlmodel import and_, col

from api.inbox.messages import service as messages
from api.inbox.notes import service as notes
from api.inbox.pages import Order, Pages
from api.telephony.call_logs import access as calls
from api.telephony.voicemail import access as voicemails
from models import Agent, CallLog, InboxMessage, InboxNote, Recording, User, Voicemail
from models.among import among
from switchroom.prepared import Joined

_CONVERSATION: Any = bindparam("conversation")
_TEAM: Any = bindparam("team")


def _branch(kind: str, at: Any, id: Any, *conditions: ColumnElement[bool]) -> Any:
    return sa_select(literal(kind).label("kind"), at.label("at"), id.label("id")).where(*conditions)


def _calls(numbers: ColumnElement[bool], *more: ColumnElement[bool]) -> Any:
    visible: Any = calls.VISIBLE.with_only_columns(
        literal("call").label("kind"), col(CallLog.started_at).label("at"), col(CallLog.id).label("id")
    )
    return visible.where(col(CallLog.team_id) == _TEAM, numbers, *more)


_FROM, _TO = among(col(CallLog.caller), "numbers"), among(col(CallLog.did), "numbers")
_ENTRIES = union_all(
    _branch(
        "message",
        col(InboxMessage.created_at),
        col(InboxMessage.id),
        col(InboxMessage.conversation_id) == _CONVERSATION,
    ),
    _branch(
        "note", col(InboxNote.created_at), col(InboxNote.id), col(InboxNote.conversation_id) == _CONVERSATION
    ),
    _calls(_FROM),
    _calls(_TO, col(CallLog.direction) != "inbound", ~_FROM),
    voicemails.VISIBLE.with_only_columns(
        literal("voicemail").label("kind"),
        col(Voicemail.created_at).label("at"),
        col(Voicemail.id).label("id"),
    ).where(
        col(Voicemail.team_id) == _TEAM,
        among(col(Voicemail.caller), "numbers"),
        col(Voicemail.forwarded_from).is_(None),
    ),
).subquery("entries")
NEWEST = Order((_ENTRIES.c.at, _ENTRIES.c.id), ("time", "id"))
PAGES = Pages(sa_select(_ENTRIES.c.kind, _ENTRIES.c.at, _ENTRIES.c.id), NEWEST)
"""Kind, time and id of every entry that the caller may see. Parameters: `conversation`, `team`, `numbers`, and those of
the caller (`Scope.values`).
"""

MESSAGES = Joined(messages.WITH_SENDERS.where(among(col(InboxMessage.id), "ids")), InboxMessage, User)
NOTES = Joined(notes.WITH_AUTHORS.where(among(col(InboxNote.id), "ids")), InboxNote, User)
CALLS = Joined(
    sa_select(CallLog)
    .outerjoin(Agent, col(Agent.id) == col(CallLog.agent_id))
    .outerjoin(User, col(User.id) == col(Agent.user_id))
    .where(among(col(CallLog.id), "ids")),
    *(CallLog, User),
)
TALKS = Joined(
    sa_select(Recording)
    .where(and_(among(col(Recording.call_id), "ids"), col(Recording.deleted_at).is_(None)))
    .order_by(col(Recording.number)),
    Recording,
)
VOICEMAILS = Joined(sa_select(Voicemail).where(among(col(Voicemail.id), "ids")), Voicemail)
