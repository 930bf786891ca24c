"""What can be found: for each kind the statement that says what the caller sees, and how it is shown.

Each statement is the one of the kind's own lists, with the parameters `team` and `found` (ids) beside the scope's.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, bindparam, exists, or_
from sqlmodel import col, select

from api.accounts.contacts import service as contacts
from api.accounts.contacts.resource import CONTACT
from api.chat.chats import service as chats
from api.chat.chats.views import show_chats_of
from api.chat.files import service as files
from api.chat.files.resource import FILE
from api.chat.files.views import show_files
from api.chat.messages.resource import MESSAGE
from api.chat.people import OF_TEAMS, people_of
from api.conventions.resource import Resource, Shown
from api.core.scope import IN_CHAT, Scope
from api.telephony.call_logs import access as call_logs
from api.telephony.call_logs.resource import CALL_LOG
from api.telephony.voicemail import access as voicemails
from api.telephony.voicemail.resource import VOICEMAIL
from models import (
    CallLog,
    Chat,
    ChatUser,
    Contact,
    File,
    MemberStatus,
    Message,
    Recording,
    Role,
    TeamUser,
    Voicemail,
)
from models.among import among
from models.search import Kind
from switchroom.prepared import Prepared
from switchroom.storage import Storage

Texts = Callable[[Shown], Sequence[str | None]]
_TEAM: BindParameter[str] = bindparam("team")
_EXTRAS = frozenset({"path", "began", "ended"})


@dataclass(frozen=True, slots=True)
class Findable:
    """`visible` selects the ids of those among `found` that the caller sees. `show` returns them by (bare) id.

    `texts` are what a snippet is made of, the best first. `scoped`: the caller sees all entries of the scopes that are
    asked for, so `visible` need not be asked. `show` returns only what they see then.
    """

    kind: Kind
    visible: Prepared
    show: Callable[[Scope, Storage, str, Sequence[str]], dict[str, Shown]]
    texts: Texts
    scoped: bool = False


def _ids(statement: Any, id: Any) -> Prepared:
    return Prepared(
        statement.where(among(id, "found")).with_only_columns(id, maintain_column_froms=True).order_by(None)
    )


def _rows_of(
    resource: Resource, *seen: ColumnElement[bool]
) -> Callable[[Scope, Sequence[str]], dict[str, Shown]]:
    """Return what reads objects by their ids. `seen`: the conditions under which the caller sees one."""
    columns = resource.read_columns
    wanted = select(resource.model).where(among(resource.key, "found"), *seen)
    read = Prepared(wanted.with_only_columns(*columns))

    def rows(scope: Scope, ids: Sequence[str]) -> dict[str, Shown]:
        shown = resource.shown(read.rows(scope.session, {**scope.values, "found": ids}))
        return {one["id"][1:]: {k: v for k, v in one.items() if k not in _EXTRAS} for one in shown}

    return rows


def _users(scope: Scope, _storage: Storage, team: str, ids: Sequence[str]) -> dict[str, Shown]:
    return {user: shown for (_, user), shown in people_of(scope.session, {team}, ids).items()}


def _chats(scope: Scope, _storage: Storage, _team: str, ids: Sequence[str]) -> dict[str, Shown]:
    return show_chats_of(scope, ids)


_IN_SEEN_CHATS = exists(
    select(ChatUser.chat_id)
    .join(Chat, IN_CHAT)
    .where(col(Chat.id) == col(Message.chat_id))
    .correlate(Message)
)
"""Asked for each message that was found: a caller may see far more chats than these are of."""
_messages = _rows_of(MESSAGE, _IN_SEEN_CHATS)
_files_, _contacts, _calls_, _voicemails_ = map(_rows_of, (FILE, CONTACT, CALL_LOG, VOICEMAIL))


def _files(scope: Scope, storage: Storage, _team: str, ids: Sequence[str]) -> dict[str, Shown]:
    shown = show_files(scope, storage, list(_files_(scope, ids).values()))
    return {file["id"][1:]: file for file in shown}


_SAID_IN_CALLS = Prepared(
    select(Recording.call_id, Recording.transcript)
    .where(among(col(Recording.call_id), "found"), col(Recording.transcript).is_not(None))
    .order_by(col(Recording.number))
)
_SAID_IN_VOICEMAILS = Prepared(
    select(Voicemail.id, Voicemail.transcript).where(
        among(col(Voicemail.id), "found"), col(Voicemail.transcript).is_not(None)
    )
)
SAID = "_said"
"""What was said, for snippets: it is no field of the answer."""


def _with_said(
    rows: Callable[[Scope, Sequence[str]], dict[str, Shown]], said: Prepared
) -> Callable[[Scope, Storage, str, Sequence[str]], dict[str, Shown]]:
    def show(scope: Scope, _storage: Storage, _team: str, ids: Sequence[str]) -> dict[str, Shown]:
        shown = rows(scope, ids)
        for id, transcript in said.rows(scope.session, {"found": ids}):
            if isinstance(transcript, dict) and id in shown:
                shown[id].setdefault(SAID, []).append(transcript.get("text"))
        return shown

    return show


def _plain(
    rows: Callable[[Scope, Sequence[str]], dict[str, Shown]],
) -> Callable[[Scope, Storage, str, Sequence[str]], dict[str, Shown]]:
    return lambda scope, _storage, _team, ids: rows(scope, ids)


def _fields(*names: str) -> Texts:
    return lambda shown: [*(shown[name] for name in names), *shown.get(SAID, ())]


def _of_user(shown: Shown) -> list[str | None]:
    return [
        f"{shown['first_name']} {shown['last_name']}",
        shown["email"],
        *shown["extension"],
        shown["position"],
    ]


def _of_contact(shown: Shown) -> list[str | None]:
    numbers = (shown[name] for name in ("work_number", "home_number", "cell_number"))
    return [f"{shown['first_name']} {shown['last_name']}", shown["email"], *numbers]


_MEMBERS = OF_TEAMS.where(
    col(TeamUser.team_id) == _TEAM,
    col(TeamUser.status) == MemberStatus.ACTIVE.value,
    col(TeamUser.role) != Role.GUEST.value,
)
_SEEN_MESSAGES = select(Message).where(_IN_SEEN_CHATS)
_SEEN_CONTACTS = contacts.VISIBLE.where(or_(col(Contact.team_id).is_(None), col(Contact.team_id) == _TEAM))

USERS = Findable(Kind.USERS, _ids(_MEMBERS, col(TeamUser.user_id)), _users, _of_user)
CHATS = Findable(
    Kind.CHATS,
    _ids(chats.LISTED.where(col(Chat.team_id) == _TEAM), col(Chat.id)),
    _chats,
    _fields("name", "purpose"),
)
MESSAGES = Findable(
    Kind.MESSAGES, _ids(_SEEN_MESSAGES, col(Message.id)), _plain(_messages), _fields("body"), scoped=True
)
FILES = Findable(
    Kind.FILES,
    _ids(files.OF_TEAM, col(File.id)),
    _files,
    _fields("name", "filename", "comment", "category", "location"),
)
CONTACTS = Findable(Kind.CONTACTS, _ids(_SEEN_CONTACTS, col(Contact.id)), _plain(_contacts), _of_contact)
CALLS = Findable(
    Kind.CALLS,
    _ids(call_logs.VISIBLE.where(col(CallLog.team_id) == _TEAM), col(CallLog.id)),
    _with_said(_calls_, _SAID_IN_CALLS),
    _fields("from", "caller_name", "to"),
)
VOICEMAILS = Findable(
    Kind.VOICEMAILS,
    _ids(
        voicemails.VISIBLE.where(col(Voicemail.state) != "empty", col(Voicemail.team_id) == _TEAM),
        col(Voicemail.id),
    ),
    _with_said(_voicemails_, _SAID_IN_VOICEMAILS),
    _fields("caller", "caller_name", "called"),
)
