"""What clients get of queues."""

from datetime import date
from typing import Annotated

from pydantic import Field

from api.accounts.users.resource import ProfileAnswer
from api.conventions.answers import Answer, PublicId, Seconds, Time
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
    wait: Seconds
    """Seconds."""


class LaterAnswer(Answer):
    """A callback that has no position until `due_at`."""

    call: PublicId
    caller: Annotated[str, Field(alias="from", examples=["+14165550199"])]
    entered_at: Time
    due_at: Time
    attempts: int
    """How often the customer did not answer."""


class Figures(Answer):
    """What became of a queue's calls. Each offered call is counted once among the figures from `waiting` to
    `unreached`. Shares are 0 to 1, times are seconds; null where there is nothing to divide by."""

    offered: Annotated[int, Field(examples=[10])]
    """Calls that entered the queue."""
    waiting: Annotated[int, Field(examples=[0])]
    """Calls that still wait: callers on the line, and callbacks."""
    answered: Annotated[int, Field(examples=[7])]
    """Calls that an agent of the queue took."""
    abandoned: Annotated[int, Field(examples=[1])]
    """Callers who hung up after the queue's `short_abandon` seconds or more."""
    short_abandons: Annotated[int, Field(examples=[1])]
    """Callers who hung up earlier."""
    timed_out: Annotated[int, Field(examples=[1])]
    """Callers who waited as long as they may, and whom no one else took."""
    passed_on: Annotated[int, Field(examples=[0])]
    """Callers who left and were sent on: to another queue, an agent, a user, a department, a number, a conference or a
    mailbox."""
    left: Annotated[int, Field(examples=[0])]
    """Callers who left in any other way, and whom no one else took."""
    unreached: Annotated[int, Field(examples=[0])]
    """Callbacks that are over and reached no one."""
    turned_away: Annotated[int, Field(examples=[0])]
    """Calls that were not let in, because the queue was closed, empty or full. They are not offered."""
    callbacks: Annotated[int, Field(examples=[0])]
    """Offered calls whose caller asked for a callback."""
    callbacks_answered: Annotated[int, Field(examples=[0])]
    """Those of them that an agent talked to."""
    answered_in_threshold: Annotated[int, Field(examples=[6])]
    """Calls that were answered within the queue's `call_service_good` seconds."""
    service_level: Annotated[float | None, Field(examples=[0.6666666666666666])]
    """`answered_in_threshold` / (`offered` - `short_abandons` - `waiting`)."""
    abandonment: Annotated[float | None, Field(examples=[0.1111111111111111])]
    """`abandoned` / (`offered` - `short_abandons` - `waiting`)."""
    asa: Annotated[Seconds | None, Field(examples=[8.571])]
    """Average speed of answer: the mean wait of the answered calls."""
    average_wait: Annotated[Seconds | None, Field(examples=[14.7])]
    """The mean wait of all offered calls that wait no more."""
    longest_wait: Annotated[Seconds | None, Field(examples=[60.0])]
    """The longest of these waits."""
    average_abandon_wait: Annotated[Seconds | None, Field(examples=[25.0])]
    """The mean wait of the abandoned calls."""
    average_talk: Annotated[Seconds | None, Field(examples=[120.0])]
    """The mean talk of the answered calls."""
    aht: Annotated[Seconds | None, Field(examples=[140.0])]
    """Average handle time: the mean of talk and wrap-up of the answered calls."""


class TodayAnswer(Figures):
    """A queue's figures of the calls that entered it since the team's midnight."""


class WorkAnswer(Answer):
    """The conversations of the inbox that the queue hands to its agents."""

    waiting: Annotated[int, Field(examples=[2])]
    """How many wait, those that are offered included."""
    oldest_at: Time | None
    """Since when the one waits that has waited longest; null: none waits."""
    longest_wait: Seconds | None
    accepted: Annotated[int, Field(examples=[5])]
    """How many its agents have."""
    today: TodayAnswer
    """Its figures count conversations, and `talk` is the time for which agents had them."""


class StandingAnswer(Answer):
    """How a queue stands now."""

    as_of: Time | None
    """When this was true; null: the engine knows nothing of the queue."""
    waiting: list[WaitingAnswer]
    """In the order of service."""
    longest_wait: Seconds | None
    """Seconds, of the callers on the line."""
    callbacks_later: list[LaterAnswer]
    estimate: Estimate | None
    """How long a caller would wait who came then."""
    agents: Annotated[dict[str, int], Field(examples=[{"Available": 2, "OnCall": 1}])]
    """State -> how many of the queue's agents."""
    today: TodayAnswer
    conversations: WorkAnswer


class QueueLiveAnswer(StandingAnswer):
    """How a queue stands now."""

    queue: PublicId
    name: str
    stale: bool
    """True: no engine is at work, and this is what was known last."""


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
    asa: Seconds
    service_level: float
    abandonment: float
    occupancy: float


class Happened(Answer):
    """What really happened on a day, by the queue's present thresholds: figures as in its statistics."""

    day: Annotated[date, Field(examples=["2026-03-02"])]
    agents: Annotated[int, Field(examples=[4])]
    """How many agents answered calls of the queue."""
    offered: int
    answered: Annotated[int, Field(examples=[57])]
    abandoned: Annotated[int, Field(examples=[2])]
    service_level: float | None
    abandonment: float | None
    asa: Seconds | None
    longest_wait: Seconds | None
    average_talk: Seconds | None


class SimulationAnswer(Answer):
    """What became of the simulated calls. Shares are of all calls, 0 to 1; null where there is nothing to divide by."""

    queue: PublicId
    strategy: Strategy
    agents: int | None
    """Null if there were shifts or counts, or if they were at work as on the day."""
    threshold: float
    """Seconds within which an answer is in time."""
    p_wait: float | None
    """The share of the offered calls that had to wait."""
    offered: int
    """Calls that entered the queue. The figures from `offered` on are those of a queue's statistics."""
    answered: Annotated[int, Field(examples=[57])]
    abandoned: Annotated[int, Field(examples=[2])]
    short_abandons: int
    timed_out: Annotated[int, Field(examples=[1])]
    left: int
    turned_away: int
    average_wait: Seconds | None
    longest_wait: Seconds | None
    average_talk: Seconds | None
    asa: Seconds | None
    """The mean wait of the answered calls in seconds."""
    service_level: float | None
    """The share that was answered in time. Short abandons are left out."""
    abandonment: float | None
    """The share whose caller gave up. Short abandons are left out."""
    occupancy: float | None
    """The share of the agents' time that was talk and wrap-up."""
    calls: int
    seconds: Seconds
    """How long the simulation ran."""
    theory: Theory | None
    """Null where no formula holds."""
    happened: Happened | None
    """Null where no `day` was asked for."""
