"""The index of the full-text search: FTS5 on SQLite, tsvector on PostgreSQL.

Each row that can be found has an entry with its words (`switchroom.search_words`). Triggers of the database keep the
entries, in the transaction that writes the row: no writer can forget them. Migration 0012 makes the triggers.

An entry also has scopes: words that begin with `=`, which no text has, such as `=m` and the id of a message's chat. A
search asks for one of the caller's scopes and for the words that they typed, so what they cannot see is not even read.
Whether they may see an object is decided afterwards, by the statement that their lists use.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from sqlalchemy import BigInteger, Integer, Text, UniqueConstraint, bindparam, column, text
from sqlmodel import Field, Session, SQLModel

from models.among import Ids
from switchroom.prepared import Prepared
from switchroom.search_words import is_unspaced, pieces_of, words_of

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
    """The words of one row. `object_id`: what is shown if it is found. On PostgreSQL `lexemes` has its words, too."""

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
        terms = (f'"{" ".join(term.words)}"{" *" if term.prefix else ""}' for term in self.terms)
        return f"({within}) AND {' AND '.join(terms)}"

    def tsquery(self, scopes: Sequence[str]) -> str:
        """Return the query as PostgreSQL reads a tsquery. Each word is a quoted lexeme."""
        within = " | ".join(f"'{scope}'" for scope in scopes)
        terms = (
            " <-> ".join(f"'{word}'" for word in term.words) + (":*" if term.prefix else "")
            for term in self.terms
        )
        return f"({within}) & {' & '.join(f'({term})' for term in terms)}"

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
_TSVECTOR = (
    "SELECT number, object_id, substr(words, 1, 20000) FROM search_entries AS entry"
    " WHERE lexemes @@ CAST(:query AS tsquery) AND number < :before{within} ORDER BY number DESC LIMIT :limit"
)
_CHAT = "substr(entry.words, 3, 32)"
"""A message's entry begins with `=m` and the id of its chat."""
_IN_SQLITE, _IN_POSTGRESQL = " AND {} IN (SELECT value FROM json_each(:chats))", " AND {} = ANY(:chats)"


def _prepared(statement: str, within: str) -> Prepared:
    found = text(statement.format(within=within.format(_CHAT)))
    if within:
        found = found.bindparams(bindparam("chats", type_=Ids()))
    # A plan that is made once for all words reads all entries for rare ones.
    return Prepared(found.columns(*_COLUMNS), replanned=True)


_OF_ALL = {"sqlite": _prepared(_FTS5, ""), "postgresql": _prepared(_TSVECTOR, "")}
_OF_CHATS = {
    "sqlite": _prepared(_FTS5, _IN_SQLITE),
    "postgresql": _prepared(_TSVECTOR, _IN_POSTGRESQL),
}
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
    scopes = [f"{kind.value}{id}" for id in ids]
    if not scopes:
        return []
    dialect = session.connection().dialect.name
    sought = query.fts5(scopes) if dialect == "sqlite" else query.tsquery(scopes)
    values = {"before": before, "limit": limit, "query": sought}
    if chats is None:
        rows = _OF_ALL[dialect].rows(session, values)
    else:
        rows = _OF_CHATS[dialect].rows(session, {**values, "chats": chats})
    return [Found(*row) for row in rows]
