"""What clients get of queues."""

from typing import Annotated

from pydantic import Field

from api.accounts.users.resource import ProfileAnswer
from api.conventions.answers import Answer, PublicId, Time
from api.conventions.fields import Pair
from api.conventions.schema import sometimes
from api.telephony.agents.resource import AgentSummary
from api.telephony.calls.answers import Estimate
from api.telephony.queues.resource import QueueSummary
from routing.config import Strategy
from routing.events import AgentStatus


class PlaceAnswer(Answer):
    """An agent's place in a queue."""

    order: int
    """Lower rings first under `linear`."""
    skills: list[Pair[tuple[str, int]]]
    """The agent's levels."""
    weight: int
    """The agent's share of the calls under `weighted-random`."""
    status: AgentStatus | None
    """The agent's status in this queue; null: as overall."""
    reason: str


class QueueMemberAnswer(AgentSummary):
    """An agent of a queue."""

    place: PlaceAnswer


class QueueAnswer(QueueSummary):
    """A queue with its people."""

    managers: list[PublicId] | list[ProfileAnswer]
    """Users: ids, or objects with `populate=managers`."""
    agents: list[PublicId] | list[QueueMemberAnswer]
    """Ids, or objects with `populate=agents`."""


class JoinedQueue(QueueAnswer):
    """A queue, and the place in it of the agent who was added."""

    place: PlaceAnswer


class WaitingAnswer(Answer):
    """A caller in a queue, or the customer of a callback."""

    call: PublicId
    """The call, or with `callback` the callback."""
    caller: Annotated[str, Field(alias="from", examples=["+14165550199"])]
    callback: bool
    """True: the customer is not on the line."""
    position: int
    estimate: Estimate | None
    priority: int
    entered_at: Time
    wait: float
    """Seconds."""


class LaterAnswer(Answer):
    """A callback that has no position until `due_at`."""

    call: PublicId
    caller: Annotated[str, Field(alias="from", examples=["+14165550199"])]
    entered_at: Time
    due_at: Time
    attempts: int
    """How often the customer did not answer."""


class TodayAnswer(Answer):
    """A queue's figures since the team's midnight."""

    offered: int
    answered: int
    abandoned: int
    service_level: float | None
    """The share, 0 to 1, that was answered in time."""
    asa: float | None
    """The mean of the seconds to answer."""


class StandingAnswer(Answer):
    """How a queue stands now."""

    as_of: Time | None
    """When this was true; null: the engine knows nothing of the queue."""
    waiting: list[WaitingAnswer]
    """In the order of service."""
    longest_wait: float | None
    """Seconds, of the callers on the line."""
    callbacks_later: list[LaterAnswer]
    estimate: Estimate | None
    """How long a caller would wait who came then."""
    agents: Annotated[dict[str, int], Field(examples=[{"Available": 2, "OnCall": 1}])]
    """State -> how many of the queue's agents."""
    today: TodayAnswer


class QueueLiveAnswer(StandingAnswer):
    """How a queue stands now."""

    queue: PublicId
    name: str
    stale: bool
    """True: no engine is at work, and this is what was known last."""


class Figures(Answer):
    """What became of a queue's calls. A figure over no calls is null."""

    offered: int
    """Calls that entered the queue."""
    answered: int
    abandoned: int
    """Calls whose caller hung up while waiting."""
    service_level: float | None
    """The share, 0 to 1, that was answered within the queue's threshold."""
    asa: float | None
    """The mean wait of the answered calls in seconds."""
    aht: float | None
    """The mean of talk and wrap-up in seconds."""
    longest_wait: float | None


class IntervalFigures(Figures):
    """The figures of one interval."""

    start: Annotated[Time, Field(alias="from")]
    end: Annotated[Time, Field(alias="to")]


class StatsAnswer(IntervalFigures):
    """The figures of a queue."""

    queue: PublicId
    intervals: list[IntervalFigures] = sometimes()
    """With `interval`: the figures of each."""


class Theory(Answer):
    """What Erlang's formulas say."""

    p_wait: float
    asa: float
    service_level: float
    abandonment: float
    occupancy: float


class SimulationAnswer(Answer):
    """What became of the simulated calls. Shares are of all calls, 0 to 1; null where there is nothing to divide by."""

    queue: PublicId
    strategy: Strategy
    agents: int | None
    """Null if there were shifts or counts."""
    threshold: float
    """Seconds within which an answer is in time."""
    p_wait: float | None
    """The share that had to wait."""
    asa: float | None
    """The mean wait of the answered calls in seconds."""
    service_level: float | None
    """The share that was answered in time."""
    abandonment: float | None
    """The share whose caller gave up."""
    occupancy: float | None
    """The share of the agents' time that was talk and wrap-up."""
    calls: int
    seconds: float
    """How long the simulation ran."""
    theory: Theory | None
    """Null where no formula holds."""
