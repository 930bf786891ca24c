"""The SQL of each operation, as plain text with `?` for parameters. The bare app prepares it."""

from dataclasses import dataclass
from typing import Any

import orjson

PAGE = 100


@dataclass(frozen=True, slots=True)
class Column:
    """A column that an answer shows. `kind` is `plain`, `json` or `boolean`."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Statements:
    """The statements of the operations. They are those of our api, without the checks of tokens and memberships."""

    queue_columns: list[Column]
    call_columns: list[Column]

    @property
    def row(self) -> str:
        """Return the SELECT of one queue by id."""
        return f"SELECT {_names(self.queue_columns)} FROM queues WHERE team_id IN (?) AND id = ?"

    @property
    def queues(self) -> str:
        """Return the SELECT of a page of a team's queues."""
        return f"SELECT {_names(self.queue_columns)} FROM queues WHERE {_QUEUES} ORDER BY id ASC LIMIT ? OFFSET ?"

    @property
    def queues_total(self) -> str:
        """Return the SELECT of the number of a team's queues."""
        return f"SELECT count(*) FROM queues WHERE {_QUEUES}"

    @property
    def calls(self) -> str:
        """Return the SELECT of a page of the calls that an admin of a team sees."""
        page = "ORDER BY started_at DESC, id ASC LIMIT ? OFFSET ?"
        return f"SELECT {_names(self.call_columns)} FROM call_logs WHERE {_CALLS} {page}"

    @property
    def calls_total(self) -> str:
        """Return the SELECT of the number of those calls."""
        return f"SELECT count(*) FROM call_logs WHERE {_CALLS}"

    @property
    def update(self) -> str:
        """Return the UPDATE of a queue. It returns the changed row, so the answer needs no second statement."""
        names = _names(self.queue_columns)
        return f"UPDATE queues SET wrap_up = ?, updated_at = ? WHERE id = ? RETURNING {names}"

    @property
    def insert(self) -> str:
        """Return the INSERT of a message to the engine or to clients about the change."""
        columns = "id, created_at, kind, payload, attempts, available_at"
        return f"INSERT INTO outbox ({columns}) VALUES (?, ?, ?, ?, ?, ?)"

    @property
    def audit(self) -> str:
        """Return the INSERT of the audit log's entry about the change."""
        columns = "id, created_at, actor_id, actor, address, action, team_id, object_id, details"
        return f"INSERT INTO audit_log ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"


def people(kind: str) -> str:
    """Return the SELECT of the managers and the agents of queues. Its parameter is the list of ids, twice."""
    marks = _MARKS[kind]
    columns = "0 AS kind, queue_id, user_id AS person, 0 AS place, id AS tie"
    managers = f"SELECT {columns} FROM queue_managers WHERE queue_id {marks}"
    agents = f'SELECT 1, queue_id, agent_id, "order", agent_id FROM queue_agents WHERE queue_id {marks}'
    return f"SELECT kind, queue_id, person FROM ({managers} UNION ALL {agents}) AS people ORDER BY kind, place, tie"


def wrap_ups(kind: str) -> str:
    """Return the SELECT of the wrap-ups of calls. Its parameter is the list of ids."""
    return f"SELECT call_id, agent_id, seconds, code, note FROM wrap_ups WHERE call_id {_MARKS[kind]}"


def recordings(kind: str) -> str:
    """Return the SELECT of the recordings of calls. Its parameter is the list of ids."""
    columns = "call_id, number, state, transcript, transcript_state"
    return f"SELECT {columns} FROM recordings WHERE call_id {_MARKS[kind]} ORDER BY number"


def stays(kind: str) -> str:
    """Return the SELECT of the stays of calls in queues. Its parameter is the list of ids, twice."""
    columns = (
        "call_id, number, team_id, queue_id, agent_id, joined_at, left_at, outcome, wait, talk, exit, passed_to, "
        "callback, last_call_id"
    )
    whose = f"call_id {_MARKS[kind]} OR last_call_id {_MARKS[kind]}"
    return f"SELECT {columns} FROM queue_stays WHERE {whose} ORDER BY joined_at, number"


_MARKS = {"sqlite": "IN (SELECT value FROM json_each(?))", "postgresql": "= ANY(?)"}


def ids(kind: str, found: list[str]) -> Any:
    """Return a list of ids as one parameter."""
    return orjson.dumps(found).decode() if kind == "sqlite" else found


_QUEUES = "team_id IN (?) AND team_id = ?"
_CALLS = (
    "team_id IN (?) AND (team_id IN (?) "
    "OR agent_id IN (SELECT id FROM agents WHERE user_id = ?) "
    "OR number_id IN (SELECT id FROM did_numbers WHERE user_id = ?))"
)


def _names(columns: list[Column]) -> str:
    return ", ".join(f'"{column.name}"' for column in columns)
