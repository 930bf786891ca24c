"""How a search runs: the index gives entries, the lists' statements say which are seen, the best are shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path, Query
from sqlalchemy import bindparam
from sqlmodel import col, or_, select

from api.chat.workspace import service as workspace
from api.chat.workspace.resource import WORKSPACE_EVENT
from api.conventions.resource import Shown
from api.core.errors import ValidationFailed
from api.core.scope import VISIBLE_CHATS, Scope
from api.search.highlight import snippet
from api.search.resource import (
    CALLS,
    CHATS,
    CONTACTS,
    FILES,
    MESSAGES,
    SAID,
    USERS,
    VOICEMAILS,
    Findable,
)
from models import Chat, SearchEntry, WorkspaceEvent
from models.among import among
from models.search import Found, Kind, find, find_each, parse
from models.search import Query as Sought
from switchroom.prepared import Prepared
from switchroom.storage import Storage

PAGE = 200
"""How many entries are read at once. The best are chosen among so many that the caller sees: the newest."""
MOST_PAGES = 50
"""A search reads no more, also if the caller sees none of them."""
FEW_CHATS, FEW_MESSAGES = 200, 50_000
"""Chats that are few, and have few messages, are asked for by name. Else those of the team are read by time."""
MOST_EVENTS = 2000
"""The newest events of the workspace, which are searched."""


@dataclass(frozen=True, slots=True)
class Search:
    """What was typed, and which of the best hits are asked for."""

    query: Sought
    limit: int
    skip: int


async def search(
    search_term: Annotated[str, Path(max_length=200)],
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    skip: Annotated[int, Query(ge=0, le=PAGE)] = 0,
) -> Search:
    """Read a search. Raises ValidationFailed if no letter or digit was typed."""
    query = parse(search_term)
    if query is None:
        raise ValidationFailed({"search_term": "Has no letter or digit"})
    return Search(query, limit, skip)


SearchDep = Annotated[Search, Depends(search)]


def hits(
    scope: Scope,
    storage: Storage,
    team_id: str,
    asked: Search,
    what: Findable,
    ids: Sequence[str] | None = None,
    first: Sequence[Found] | None = None,
) -> list[Shown]:
    """Return the best hits that the caller sees. `ids`: the scopes, by default the team.

    `first`: the first page of the index, if it has been read.
    """
    within = [team_id] if ids is None else ids
    page = find(scope.session, asked.query, what.kind, within, limit=PAGE) if first is None else first
    if what.scoped:
        return _shown(scope, storage, team_id, asked, what, _scores(asked.query, page))
    found = _visible(scope, team_id, asked.query, what, within, page)
    return _shown(scope, storage, team_id, asked, what, found)


def _shown(
    scope: Scope,
    storage: Storage,
    team_id: str,
    asked: Search,
    what: Findable,
    found: Mapping[str, tuple[float, int]],
) -> list[Shown]:
    best = _best(asked, found)
    shown = what.show(scope, storage, team_id, best) if best else {}
    return [_told(asked.query, shown[id], what) for id in best if id in shown]


def of_messages(scope: Scope, storage: Storage, team_id: str, asked: Search) -> list[Shown]:
    """Return the best messages of the caller's chats in the team."""
    rows = _CHATS.rows(scope.session, {**scope.values, "team": team_id})
    chats = [id for id, _ in rows]
    if len(chats) <= FEW_CHATS and sum(messages for _, messages in rows) <= FEW_MESSAGES:
        return hits(scope, storage, team_id, asked, MESSAGES, chats)
    page = find(scope.session, asked.query, Kind.TEAM_MESSAGES, [team_id], chats=chats, limit=PAGE)
    return _shown(scope, storage, team_id, asked, MESSAGES, _scores(asked.query, page))


def of_everything(scope: Scope, storage: Storage, team_id: str, asked: Search) -> dict[str, list[Shown]]:
    """Return the best of each kind. The index is asked for all but messages at once."""
    within = {what.kind: [team_id] for what in _BESIDE_MESSAGES.values()}
    within[CONTACTS.kind] = [team_id, scope.user_id]
    pages = find_each(scope.session, asked.query, within, limit=PAGE)
    return {
        **{
            name: hits(scope, storage, team_id, asked, what, within[what.kind], pages[what.kind])
            for name, what in _BESIDE_MESSAGES.items()
        },
        "messages": of_messages(scope, storage, team_id, asked),
        "workspace": of_workspace(scope, storage, team_id, asked),
    }


_BESIDE_MESSAGES = {
    "chats": CHATS,
    "users": USERS,
    "files": FILES,
    "contacts": CONTACTS,
    "calls": CALLS,
    "voicemails": VOICEMAILS,
}


def of_workspace(scope: Scope, storage: Storage, team_id: str, asked: Search) -> list[Shown]:
    """Return the caller's events whose message, file, voicemail or call has the words."""
    events = _EVENTS.rows(scope.session, {**scope.values, "team": team_id, "limit": MOST_EVENTS})
    about = {id: _about(event) for id, *event in events}
    words = _words(scope, {found for found in about.values() if found})
    fitting = {id for id, text in words.items() if asked.query.fits(text)}
    # Asked before the best are chosen: what the caller does not see must not tell by its place which words it has.
    seen = _kinds(scope, team_id, fitting)
    scores = {
        event: (asked.query.score(words[found]), event)
        for event, found in about.items()
        if found is not None and found in seen
    }
    best = _best(asked, scores)
    if not best:
        return []
    rows = WORKSPACE_EVENT.shown(_SHOWN_EVENTS.rows(scope.session, {"found": best}))
    shown = {row["id"][1:]: row for row in rows}
    texts = _texts(scope, storage, team_id, {found: seen[found] for event in best if (found := about[event])})
    return [
        {**shown[event], "snippet": snippet(asked.query, texts.get(about[event] or "", ()))}
        for event in best
        if event in shown
    ]


def _visible(
    scope: Scope, team_id: str, query: Sought, what: Findable, ids: Sequence[str], page: Sequence[Found]
) -> dict[str, tuple[float, int]]:
    """Return the score and the number of what was found and is seen, by id. `page`: the first one."""
    found: dict[str, tuple[float, int]] = {}
    for _ in range(MOST_PAGES):
        if page:
            found |= _seen(scope, team_id, query, what, page, found)
        if len(page) < PAGE or len(found) >= PAGE:
            break
        page = find(scope.session, query, what.kind, ids, before=page[-1].number, limit=PAGE)
    return found


def _seen(
    scope: Scope,
    team_id: str,
    query: Sought,
    what: Findable,
    page: Sequence[Found],
    before: dict[str, tuple[float, int]],
) -> dict[str, tuple[float, int]]:
    values = {**scope.values, "team": team_id, "found": list({entry.object_id for entry in page})}
    seen = {id for (id,) in what.visible.rows(scope.session, values)}
    found = _scores(query, [entry for entry in page if entry.object_id in seen])
    return {id: max(rank, before.get(id, rank)) for id, rank in found.items()}


def _scores(query: Sought, entries: Sequence[Found]) -> dict[str, tuple[float, int]]:
    """Return the best score of each object, and the number of its entry.

    Several entries may be of one object: a call has one of its own and one for each recording.
    """
    found: dict[str, tuple[float, int]] = {}
    for entry in entries:
        rank = (query.score(entry.words), entry.number)
        found[entry.object_id] = max(rank, found.get(entry.object_id, rank))
    return found


def _best(asked: Search, found: Mapping[str, tuple[float, int] | tuple[float, str]]) -> list[str]:
    ranked = sorted(found, key=lambda id: found[id], reverse=True)
    return ranked[asked.skip : asked.skip + asked.limit]


def _told(query: Sought, shown: Shown, what: Findable) -> Shown:
    said = snippet(query, what.texts(shown))
    shown.pop(SAID, None)
    return {**shown, "snippet": said}


_CHATS = Prepared(
    VISIBLE_CHATS.where(col(Chat.team_id) == bindparam("team")).with_only_columns(
        col(Chat.id), col(Chat.last_number), maintain_column_froms=True
    )
)
"""The caller's chats, and about how many messages each has."""

_ABOUT = (
    col(WorkspaceEvent.file_id),
    col(WorkspaceEvent.voicemail_id),
    col(WorkspaceEvent.call_id),
    col(WorkspaceEvent.message_id),
)
_EVENTS = Prepared(
    workspace.LISTED[True, False]
    .where(or_(*(about.is_not(None) for about in _ABOUT)))
    .order_by(col(WorkspaceEvent.id).desc())
    .limit(bindparam("limit"))
    .with_only_columns(col(WorkspaceEvent.id), *_ABOUT)
)
_SHOWN_EVENTS = Prepared(
    select(WorkspaceEvent)
    .where(among(col(WorkspaceEvent.id), "found"))
    .with_only_columns(*WORKSPACE_EVENT.read_columns)
)
_WORDS = Prepared(
    select(SearchEntry.row_id, SearchEntry.words).where(among(col(SearchEntry.row_id), "found"))
)


def _about(event: Sequence[str | None]) -> str | None:
    """Return the id of what an event is about."""
    return next((id for id in event if id is not None), None)


def _words(scope: Scope, ids: set[str]) -> dict[str, str]:
    return dict(_WORDS.rows(scope.session, {"found": list(ids)}))


def _kinds(scope: Scope, team_id: str, ids: set[str]) -> dict[str, Findable]:
    """Return of what kind each of these objects is that the caller sees."""
    values = {**scope.values, "team": team_id, "found": list(ids)}
    kinds = (MESSAGES, FILES, VOICEMAILS, CALLS) if ids else ()
    return {id: what for what in kinds for (id,) in what.visible.rows(scope.session, values)}


def _texts(
    scope: Scope, storage: Storage, team_id: str, kinds: Mapping[str, Findable]
) -> dict[str, Sequence[str | None]]:
    """Return what snippets of these objects are made of."""
    texts: dict[str, Sequence[str | None]] = {}
    for what in dict.fromkeys(kinds.values()):
        ids = [id for id, kind in kinds.items() if kind is what]
        texts |= {id: what.texts(row) for id, row in what.show(scope, storage, team_id, ids).items()}
    return texts
