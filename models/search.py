"""The index of the full-text search: FTS5 on SQLite, tsvector on PostgreSQL.

Each row that can be found has an entry with its words (`switchroom.search_words`). Triggers of the database keep the
entries, in the transaction that writes the row: no writer can forget them. Migration 0012 makes the triggers, and 0020
the index. It keeps no positions of words: it finds phrases by pairs of words.

An entry also has scopes: words that begin with `=`, which no text has, such as `=m` and the id of a message's chat. A
search asks for one of the caller's scopes and for the words that they typed, so what they cannot see is not even read.
Whether they may see an object is decided afterwards, by the statement that their lists use.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple

import orjson
from sqlalchemy import BigInteger, Integer, Text, UniqueConstraint, bindparam, column, text
from sqlmodel import Field, Session, SQLModel

from models.among import Ids
from switchroom.prepared import Prepared
from switchroom.search_words import is_unspaced, pairs_of, pieces_of, words_of

MOST_WORDS = 20
_QUOTED = re.compile(r'"([^"]*)"?|(\S+)')


class Kind(StrEnum):
    """What can be found. The value begins its scopes; what follows is an id."""

    USERS = "=u"
    """Of a team."""
    CHATS = "=h"
    MESSAGES = "=m"
    """Of a chat."""
    TEAM_MESSAGES = "=t"
    """Of a team."""
    FILES = "=f"
    CONTACTS = "=c"
    """Of a team, or of the user who made a personal one."""
    CALLS = "=l"
    """Calls, and the transcripts of their recordings."""
    VOICEMAILS = "=v"


class SearchEntry(SQLModel, table=True):
    """The words of one row. `object_id`: what is shown if it is found."""

    __tablename__ = "search_entries"
    __table_args__ = (UniqueConstraint("row_id"),)

    number: int = Field(
        primary_key=True,
        sa_type=BigInteger().with_variant(Integer, "sqlite"),
    )
    """Rises with the time of writing."""
    row_id: str = Field(max_length=32)
    object_id: str = Field(max_length=32)
    words: str = Field(sa_type=Text)
    """The scopes, then the words in their order, with a blank between two."""


@dataclass(frozen=True, slots=True)
class Term:
    """Words that follow each other. `prefix`: the last one may be the beginning of a word."""

    words: tuple[str, ...]
    prefix: bool
    pieces: tuple[str, ...]
    """The same as they stand in a folded text, for highlights."""


@dataclass(frozen=True)
class Query:
    """What a user typed: every term must be found."""

    terms: tuple[Term, ...]

    def fts5(self, scopes: Sequence[str]) -> str:
        """Return the query as FTS5 reads it. Each word is a quoted string, and no word has a quote in it."""
        within = " OR ".join(f'"{scope}"' for scope in scopes)
        terms = (f'"{word}"{" *" if begins else ""}' for word, begins in self._sought_words())
        return f"({within}) AND {' AND '.join(terms)}"

    def tsquery(self, scopes: Sequence[str]) -> str:
        """Return the query as PostgreSQL reads a tsquery. Each word is a quoted lexeme."""
        within = " | ".join(f"'{scope}'" for scope in scopes)
        terms = (_lexeme(word) if begins else f"'{word}'" for word, begins in self._sought_words())
        return f"({within}) & {' & '.join(terms)}"

    def _sought_words(self) -> Iterator[tuple[str, bool]]:
        """Yield what an entry must have, of words and pairs, and whether it may be the beginning of one.

        An entry that has all of it may still lack a phrase: see `phrases`.
        """
        for term in self.terms:
            words = term.words
            if len(words) == 1:
                yield words[0], term.prefix
                continue
            # Of a phrase whose last word may go on, the last pair is not known.
            yield from ((pair, False) for pair in pairs_of(words[:-1] if term.prefix else words))
            if term.prefix:
                if len(words) == 2:
                    yield words[0], False
                # The last character of an unspaced run stands in the word before it.
                if not (is_unspaced(words[-2]) and words[-2].endswith(words[-1])):
                    yield words[-1], True

    @cached_property
    def phrases(self) -> list[str]:
        """Return the phrases as they stand in an entry's words: after a blank and, of whole words, before one."""
        return [
            beginning if term.prefix else whole
            for term, (whole, beginning) in zip(self.terms, self._sought, strict=True)
            if len(term.words) > 1
        ]

    def fits(self, words: str) -> bool:
        """Return whether an entry has all terms."""
        text = f" {words} "
        return all(
            (beginning if term.prefix else whole) in text
            for term, (whole, beginning) in zip(self.terms, self._sought, strict=True)
        )

    @cached_property
    def _sought(self) -> list[tuple[str, str]]:
        return [(f" {' '.join(term.words)} ", f" {' '.join(term.words)}") for term in self.terms]

    def score(self, words: str) -> float:
        """Return how well an entry fits: BM25 without the rarity of words. A beginning counts half as much."""
        text = f" {words} "
        length = text.count(" ") - 1
        score = 0.0
        for whole, beginning in self._sought:
            exact = text.count(whole)
            often = exact + (text.count(beginning) - exact) / 2
            score += often / (often + 1.2 * (0.25 + 0.75 * length / _USUAL_LENGTH))
        return score


_USUAL_LENGTH = 20
"""Words of a usual text."""
_SHORT = range(2, 9)
"""The lengths of beginnings that PostgreSQL has as lexemes of their own, marked by `~`."""


def _lexeme(beginning: str) -> str:
    return f"'{beginning}~'" if len(beginning) in _SHORT else f"'{beginning}':*"


def parse(typed: str) -> Query | None:
    """Return what is sought. Words begin with what was typed; what stands in double quotes is a phrase of whole words.

    None: there is no letter or digit in it.
    """
    terms = []
    for quoted, plain in _QUOTED.findall(typed):
        pieces = pieces_of(quoted or plain)
        if pieces:
            terms.append(_term(pieces, quoted=bool(quoted)))
    return Query(tuple(terms[:MOST_WORDS])) if terms else None


def _term(pieces: list[str], *, quoted: bool) -> Term:
    words = [word for piece in pieces for word in words_of(piece)][:MOST_WORDS]
    # The last character of an unspaced run is in the index as the beginning of a pair.
    unspaced = is_unspaced(words[-1])
    return Term(tuple(words), unspaced or (not quoted and len(words[-1]) > 1), tuple(pieces))


class Found(NamedTuple):
    """An entry that has the words."""

    number: int
    object_id: str
    words: str


_COLUMNS = column("number", BigInteger), column("object_id", Text), column("words", Text)
_FTS5 = (
    "SELECT entry.number, entry.object_id, substr(entry.words, 1, 20000) FROM search_index"
    " CROSS JOIN search_entries AS entry ON entry.number = search_index.rowid"
    " WHERE search_index MATCH :query AND search_index.rowid < :before{within}"
    " ORDER BY search_index.rowid DESC LIMIT :limit"
)
_IN_CHATS = " AND substr(entry.words, 3, 32) IN (SELECT value FROM json_each(:chats))"
"""A message's entry begins with `=m` and the id of its chat."""
_HAS_PHRASES = (
    " AND NOT EXISTS (SELECT 1 FROM json_each(:phrases) WHERE instr(' ' || entry.words || ' ', value) = 0)"
)
_LISTS = {"chats": bindparam("chats", type_=Ids()), "phrases": bindparam("phrases", type_=Ids())}


def _sqlite(*conditions: str) -> Prepared:
    found = text(_FTS5.format(within="".join(conditions)))
    lists = [bind for name, bind in _LISTS.items() if f":{name}" in found.text]
    return Prepared(found.bindparams(*lists).columns(*_COLUMNS))


_SQLITE = {
    (within, phrases): _sqlite(_IN_CHATS if within else "", _HAS_PHRASES if phrases else "")
    for within in (False, True)
    for phrases in (False, True)
}
"""By whether chats and phrases are asked for."""
_POSTGRESQL = Prepared(
    text(
        "SELECT number, object_id, words FROM search_find(CAST(:query AS tsquery), CAST(:levels AS int[]),"
        " CAST(:chats AS jsonb), CAST(:phrases AS text[]), :before, :limit)"
    )
    .bindparams(bindparam("phrases", type_=Ids()))
    .columns(*_COLUMNS)
)
_POSTGRESQL_KINDS = Prepared(
    text(
        "SELECT asked.kind, found.number, found.object_id, found.words"
        " FROM unnest(:kinds, :queries, :levels) AS asked (kind, query, levels)"
        " CROSS JOIN LATERAL search_find(CAST(asked.query AS tsquery), CAST(asked.levels AS int[]), NULL,"
        " CAST(:phrases AS text[]), :before, :limit) AS found ORDER BY found.number DESC"
    )
    .bindparams(*(bindparam(name, type_=Ids()) for name in ("kinds", "queries", "levels", "phrases")))
    .columns(column("kind", Text), *_COLUMNS)
)
_MANY = frozenset({Kind.MESSAGES, Kind.TEAM_MESSAGES, Kind.CALLS})
"""Kinds of which a team has so many entries that PostgreSQL is asked for the newest first: for the newest 4,096 (2 to
the power of 12), then 32,768 ... These are the levels of `search_find`; migration 0020 makes their lexemes."""
NEWEST = 2**62
"""`before` of the first page."""


def find(
    session: Session,
    query: Query,
    kind: Kind,
    ids: Sequence[str],
    *,
    chats: Sequence[str] | None = None,
    before: int = NEWEST,
    limit: int,
) -> list[Found]:
    """Return the entries of this kind in these scopes that have all terms, the newest first.

    `chats`: of `TEAM_MESSAGES`, only those of these chats.
    """
    if not ids:
        return []
    values: dict[str, Any] = {"before": before, "limit": limit}
    scopes = _scopes(kind, ids)
    if session.connection().dialect.name == "sqlite":
        values |= {"query": query.fts5(scopes), "chats": chats, "phrases": query.phrases}
        rows = _SQLITE[chats is not None, bool(query.phrases)].rows(session, values)
    else:
        values |= {
            "query": query.tsquery(scopes),
            "levels": _levels(kind),
            "chats": None if chats is None else orjson.dumps(dict.fromkeys(chats, 1)).decode(),
            "phrases": _patterns(query),
        }
        rows = _POSTGRESQL.rows(session, values)
    return [Found(*row) for row in rows]


def find_each(
    session: Session, query: Query, wanted: Mapping[Kind, Sequence[str]], *, limit: int
) -> dict[Kind, list[Found]]:
    """Return the same for several kinds with their scopes. For PostgreSQL it is one statement."""
    found: dict[Kind, list[Found]] = {kind: [] for kind in wanted}
    if session.connection().dialect.name == "sqlite":
        return {kind: find(session, query, kind, ids, limit=limit) for kind, ids in wanted.items()}
    values = {
        "kinds": [kind.value for kind in wanted],
        "queries": [query.tsquery(_scopes(kind, ids)) for kind, ids in wanted.items()],
        "levels": [_levels(kind) for kind in wanted],
        "phrases": _patterns(query),
        "before": NEWEST,
        "limit": limit,
    }
    for kind, *entry in _POSTGRESQL_KINDS.rows(session, values):
        found[Kind(kind)].append(Found(*entry))
    return found


def _scopes(kind: Kind, ids: Sequence[str]) -> list[str]:
    return [f"{kind.value}{id}" for id in ids]


def _levels(kind: Kind) -> str:
    return "{12,15,18,21}" if kind in _MANY else "{}"


def _patterns(query: Query) -> list[str] | None:
    return [f"%{phrase}%" for phrase in query.phrases] or None
