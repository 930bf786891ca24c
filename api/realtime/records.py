"""Call logs and voicemails as clients get them: as a list shows them, read when their event is delivered.

The audio of a voicemail is fetched over REST, which notes who does. So its event has no URL.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from api.conventions.resource import Shown
from api.realtime.change import Change
from api.telephony.call_logs.resource import CALL_LOG as LOG
from api.telephony.call_logs.views import show_logs
from api.telephony.voicemail.service import show_voicemail
from models import (
    Agent,
    CallLog,
    CallMember,
    DepartmentUser,
    DidNumber,
    Mailbox,
    QueueAgent,
    TeamUser,
    Voicemail,
)
from models.among import among
from switchroom.messages.events import CALL_LOG, VOICEMAIL, Audience, Published, to_admins
from switchroom.prepared import Prepared

KINDS = (CALL_LOG, VOICEMAIL)


class Records:
    """The records that a batch of events tells of, and who may see them. `asked`: their kinds and ids."""

    def __init__(self, session: Session, public_url: str, asked: Iterable[tuple[str, str]]) -> None:
        ids: dict[str, set[str]] = {kind: set() for kind in KINDS}
        for kind, id in asked:
            ids[kind].add(id)
        messages = _rows(session, _VOICEMAILS, ids[VOICEMAIL])
        self._messages = {row.id: row for row in messages}
        self._sharers = _sharers(session, messages)
        kept = {row.mailbox_id for row in messages if row.mailbox_kind == "call" and row.mailbox_id}
        self._callers = _audiences(session, ids[CALL_LOG] | kept)
        logs = (
            show_logs(session, LOG.shown(_rows(session, _LOGS, ids[CALL_LOG])), public_url)
            if ids[CALL_LOG]
            else []
        )
        self._logs: dict[str, Shown] = {log["id"][1:]: log for log in logs}

    def change(self, cursor: str, event: Published) -> Change | None:
        """Return what the event tells clients. None: the record is gone, and no event but `destroyed` tells of that."""
        if event.kind == CALL_LOG:
            log = self._logs.get(event.id)
            audience = self._callers.get(event.id)
            if log is None or audience is None:
                return None
            return Change(cursor, CALL_LOG, event.verb, event.id, log, None, audience)
        row = self._messages.get(event.id)
        if row is None or (row.deleted_at is not None) != (event.verb == "destroyed"):
            return None
        shown = None if row.deleted_at else show_voicemail(row, None)
        return Change(cursor, VOICEMAIL, event.verb, event.id, shown, None, self._hearers(row))

    def _hearers(self, row: Any) -> Audience:
        """Return who may hear the message, as `api.telephony.voicemail.access` says."""
        mailbox = [row.mailbox_id] if row.mailbox_id else []
        if row.mailbox_kind == "call" and row.mailbox_id in self._callers:
            return self._callers[row.mailbox_id]
        shared = self._sharers.get((row.team_id, row.mailbox_kind, row.mailbox_id))
        return to_admins(
            row.team_id,
            users=mailbox if row.mailbox_kind == "user" else shared,
            queues=mailbox if row.mailbox_kind == "queue" else None,
        )


def _rows(session: Session, statement: Prepared, ids: Collection[str]) -> Any:
    return statement.rows(session, {"ids": list(ids)}) if ids else ()


def _audiences(session: Session, ids: Collection[str]) -> dict[str, Audience]:
    """Return who sees each of these calls, as `api.telephony.call_logs.access` says."""
    members: defaultdict[str, list[str]] = defaultdict(list)
    for call, user in _rows(session, _MEMBERS, ids):
        members[call].append(user)
    return {
        id: to_admins(
            team, queues=[queue] if queue else None, users=[user for user in (*users, *members[id]) if user]
        )
        for id, team, queue, *users in _rows(session, _SEEN_BY, ids)
    }


def _sharers(session: Session, messages: Iterable[Any]) -> dict[tuple[str, str, str], list[str]]:
    """Return the users who share in the mailboxes of these messages, as `api.telephony.mailboxes.access` says."""
    found: defaultdict[tuple[str, str, str], list[str]] = defaultdict(list)
    for kind, statement in _SHARED.items():
        owners = {row.mailbox_id for row in messages if row.mailbox_kind == kind and row.mailbox_id}
        for team, owner, user in _rows(session, statement, owners):
            found[team, kind, owner].append(user)
    return found


_OWNER = col(Mailbox.owner_id)
_SHARED = {
    "department": Prepared(
        select(col(Mailbox.team_id), _OWNER, col(DepartmentUser.user_id))
        .join(DepartmentUser, col(DepartmentUser.department_id) == _OWNER)
        .where(among(_OWNER, "ids"), col(Mailbox.kind) == "department", col(Mailbox.shared))
    ),
    "queue": Prepared(
        select(col(Mailbox.team_id), _OWNER, col(Agent.user_id))
        .join(QueueAgent, col(QueueAgent.queue_id) == _OWNER)
        .join(Agent, col(Agent.id) == col(QueueAgent.agent_id))
        .where(among(_OWNER, "ids"), col(Mailbox.kind) == "queue", col(Mailbox.shared))
    ),
}
_LOGS = Prepared(select(*LOG.read_columns).where(among(col(CallLog.id), "ids")))
_SEEN_BY = Prepared(
    select(
        col(CallLog.id),
        col(CallLog.team_id),
        col(CallLog.queue_id),
        col(Agent.user_id),
        col(DidNumber.user_id),
    )
    .join(Agent, col(Agent.id) == col(CallLog.agent_id), isouter=True)
    .join(DidNumber, col(DidNumber.id) == col(CallLog.number_id), isouter=True)
    .where(among(col(CallLog.id), "ids"), col(CallLog.team_id).is_not(None))
)
_MEMBERS = Prepared(
    select(col(CallMember.call_id), col(TeamUser.user_id))
    .join(TeamUser, col(TeamUser.id) == col(CallMember.member_id))
    .where(among(col(CallMember.call_id), "ids"))
)
_VOICEMAILS = Prepared(
    select(*Voicemail.__table__.columns).where(  # type: ignore[attr-defined]
        among(col(Voicemail.id), "ids"), col(Voicemail.team_id).is_not(None)
    ),
    named=True,
)
