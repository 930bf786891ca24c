"""The SQL of each operation, as plain text with `?` for parameters: what the bare app prepares."""

from dataclasses import dataclass

PAGE = 100


@dataclass(frozen=True, slots=True)
class Column:
    """A column that an answer shows; `kind` is `plain`, `json` or `boolean`."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Statements:
    """The operations' own statements: those that ours runs, but for what checks a token or a membership."""

    queue_columns: list[Column]
    call_columns: list[Column]

    @property
    def row(self) -> str:
        """One queue by id."""
        return f"SELECT {_names(self.queue_columns)} FROM queues WHERE team_id IN (?) AND id = ?"

    @property
    def queues(self) -> str:
        """A page of a team's queues."""
        return f"SELECT {_names(self.queue_columns)} FROM queues WHERE {_QUEUES} ORDER BY id ASC LIMIT ? OFFSET ?"

    @property
    def queues_total(self) -> str:
        """The number of a team's queues."""
        return f"SELECT count(*) FROM queues WHERE {_QUEUES}"

    @property
    def calls(self) -> str:
        """A page of the calls that an admin of a team sees."""
        page = "ORDER BY started_at DESC, id ASC LIMIT ? OFFSET ?"
        return f"SELECT {_names(self.call_columns)} FROM call_logs WHERE {_CALLS} {page}"

    @property
    def calls_total(self) -> str:
        """The number of those calls."""
        return f"SELECT count(*) FROM call_logs WHERE {_CALLS}"

    @property
    def update(self) -> str:
        """A queue's change; it gives back the changed row, so that the answer needs no second statement."""
        names = _names(self.queue_columns)
        return f"UPDATE queues SET wrap_up = ?, updated_at = ? WHERE id = ? RETURNING {names}"

    @property
    def insert(self) -> str:
        """What tells the engine of the change."""
        columns = "id, created_at, kind, payload, attempts, available_at"
        return f"INSERT INTO outbox ({columns}) VALUES (?, ?, ?, ?, ?, ?)"


def managers(queues: int) -> str:
    """The managers of so many queues."""
    return f"SELECT queue_id, user_id FROM queue_managers WHERE queue_id IN ({_marks(queues)}) ORDER BY id"


def agents(queues: int) -> str:
    """The agents of so many queues."""
    order = 'ORDER BY "order", agent_id'
    return f"SELECT queue_id, agent_id FROM queue_agents WHERE queue_id IN ({_marks(queues)}) {order}"


def wrap_ups(calls: int) -> str:
    """The wrap-ups of so many calls."""
    return f"SELECT call_id, seconds, code, note FROM wrap_ups WHERE call_id IN ({_marks(calls)})"


def recordings(calls: int) -> str:
    """The recordings of so many calls."""
    columns = "call_id, number, state, transcript, transcript_state"
    return f"SELECT {columns} FROM recordings WHERE call_id IN ({_marks(calls)}) ORDER BY number"


TEAM = "SELECT * FROM teams WHERE id IN (?) AND id = ?"


def _marks(count: int) -> str:
    return ", ".join("?" * count)


_QUEUES = "team_id IN (?) AND team_id = ?"
_CALLS = (
    "team_id IN (?) AND (team_id IN (?) "
    "OR agent_id IN (SELECT id FROM agents WHERE user_id = ?) "
    "OR number_id IN (SELECT id FROM did_numbers WHERE user_id = ?))"
)


def _names(columns: list[Column]) -> str:
    return ", ".join(f'"{column.name}"' for column in columns)
