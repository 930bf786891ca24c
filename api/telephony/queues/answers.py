"""What clients get of queues."""

from typing import Any

from pydantic import Field

from api.accounts.users.answers import Profile
from api.conventions.answers import Answer, PublicId, Time, answer, either, many
from api.telephony.agents.resource import AGENT
from api.telephony.calls.answers import Span
from api.telephony.queues.resource import QUEUE


class PlaceInQueue(Answer):
    """An agent's place in a queue; `status` null: as overall."""

    order: int
    skills: list[Any]
    weight: int
    status: str | None
    reason: str


AgentInQueue = answer("AgentInQueue", AGENT, place=PlaceInQueue)
_PARTS: dict[str, Any] = {
    "overflow": dict[str, Any] | None,
    "managers": many(either(PublicId, Profile)),
    "agents": many(either(PublicId, AgentInQueue)),
}
QueueAnswer = answer(
    "Queue",
    QUEUE,
    "`managers` (users) and `agents` are ids, or objects where `populate` names them.",
    **_PARTS,
)
QueueWithPlace = answer("QueueWithPlace", QUEUE, **_PARTS, place=PlaceInQueue)


class WaitingAnswer(Answer):
    """Who waits. With `callback` true, `call` is the callback's id, and the customer is not on the line."""

    call: PublicId
    from_: str | None = Field(alias="from")
    callback: bool
    position: int
    estimate: Span | None
    priority: int
    entered_at: Time
    wait: float


class LaterAnswer(Answer):
    """A callback without a position at the moment."""

    call: PublicId
    from_: str | None = Field(alias="from")
    entered_at: Time
    due_at: Time | None
    attempts: int


class Today(Answer):
    """Figures of the team's local day."""

    offered: int
    answered: int
    abandoned: int
    service_level: float | None
    asa: float | None


class QueueNow(Answer):
    """How a queue stands. `agents`: members by state. `longest_wait`: seconds, of callers on the line."""

    as_of: Time | None
    waiting: list[WaitingAnswer]
    longest_wait: float | None
    callbacks_later: list[LaterAnswer]
    estimate: Span | None
    agents: dict[str, int]
    today: Today


class QueueLiveAnswer(QueueNow):
    """`stale`: no engine is at work, so this is the last that was known."""

    queue: PublicId
    name: str
    stale: bool


class Figures(Answer):
    """Figures of the calls that began in the time. Seconds; null: there is nothing to divide by."""

    from_: Time = Field(alias="from")
    to: Time
    offered: int
    answered: int
    abandoned: int
    service_level: float | None
    asa: float | None
    aht: float | None
    longest_wait: float | None


class QueueStats(Figures):
    queue: PublicId
    intervals: list[Figures] = Field(default_factory=list)


class Expected(Answer):
    """What Erlang C or Erlang A says."""

    p_wait: float
    asa: float
    service_level: float
    abandonment: float
    occupancy: float


class Simulated(Answer):
    """Shares are of all offered calls; `asa` and `seconds` (wall time of the run) are seconds."""

    queue: PublicId
    strategy: str
    agents: int | None
    threshold: float
    p_wait: float | None
    asa: float | None
    service_level: float | None
    abandonment: float | None
    occupancy: float | None
    calls: int
    seconds: float
    theory: Expected | None
