"""What clients send about queues. Times are in seconds. Null means no limit, or for `recording` and `retention_days` as
the team says."""

from typing import Annotated, Any

from pydantic import Field

from api.conventions.body import Body, Patch
from api.conventions.fields import Id, Line, MusicClass, OneOf, Pair
from api.telephony.queues.rules import (
    Opening,
    OverflowTo,
    Relaxed,
    ShownNumber,
    SkillName,
    SkillNeeded,
    Sounds,
)
from routing.config import RecordingPolicy, Strategy

Name = Annotated[Line, Field(min_length=1, examples=["Sales"])]
Ids = Annotated[list[Id], Field(max_length=1000)]
AnnounceSeconds = Annotated[float, Field(ge=1, le=3600)]
RetentionDays = Annotated[int, Field(ge=0, le=36500, examples=[90])]

Seconds = Annotated[float, Field(ge=0, le=86400)]
RingSeconds = Annotated[float, Field(ge=3, le=600)]
SkillLevel = Annotated[int, Field(ge=0, le=100)]


class QueueSettings(Body):
    """The settings of a queue, with their defaults. Create, update and answer take them from here."""

    strategy: OneOf[Strategy] = Strategy.LONGEST_IDLE
    """How the queue chooses among its free agents."""
    priority: int = Field(default=0, ge=-1000, le=1000)
    """Callers of a queue with a higher number are served first, across all queues of an agent."""
    ring_timeout: RingSeconds = 20.0
    """How long an agent's phone rings."""
    wrap_up: Seconds = 0.0
    """How long an agent gets no call after a talk."""
    max_wait: Seconds | None = None
    """How long a caller waits before they overflow."""
    max_waiting: Annotated[int, Field(ge=0, le=100_000)] | None = None
    """How many callers may wait."""
    join_when_empty: bool = True
    """Whether callers may join while no agent is at work."""
    leave_when_empty: bool = False
    """Whether waiting callers overflow when the last agent leaves."""
    ring_limit: int = Field(default=20, ge=1, le=200)
    """How many phones `ring-all` rings at once."""
    missed_limit: Annotated[int, Field(ge=1, le=100)] | None = 3
    """How many offers in a row an agent may let pass before they are set `Away`."""
    call_service_good: Seconds = 20.0
    """The service-level threshold."""
    short_abandon: Seconds = 5.0
    """Callers who hang up earlier are not counted."""
    music: MusicClass = "default"
    """The class of music on hold, or the id of music that the team uploaded."""
    recording: OneOf[RecordingPolicy] | None = None
    """Whether talks are recorded."""
    ring_step: Annotated[float, Field(ge=1, le=600)] = 10.0
    """`ring-progressively` rings the next phone after this time, while the earlier ones ring on."""
    skills: Annotated[list[SkillNeeded], Field(max_length=20)] = Field(default_factory=list)
    """What every call of the queue needs."""
    relaxation: Annotated[list[Relaxed], Field(max_length=20)] = Field(default_factory=list)
    """How the needed levels fall while a caller waits."""
    sticky_wait: Seconds | None = None
    """How long a caller waits for the agent of their last talk alone; null: not at all."""
    sticky_days: Annotated[float, Field(gt=0, le=3650, examples=[30])] = 30.0
    """How many days ago that talk may have been."""
    max_calls: Annotated[int, Field(ge=0, le=100_000)] | None = None
    """How many calls may wait and talk at once."""
    hours: Opening | None = None
    """When the queue is open; null: always."""
    overflow: OverflowTo | None = None
    """Where callers go who cannot be served; null: as their route says."""
    announce_position: bool = False
    """Whether callers hear their position."""
    announce_wait: bool = False
    """Whether callers hear their estimated wait."""
    announce_first: AnnounceSeconds = 20.0
    """When the first announcement comes, after joining."""
    announce_every: Annotated[float, Field(ge=10, le=3600)] = 60.0
    """The time between the beginnings of two announcements."""
    comfort_sounds: Sounds = Field(default_factory=list)
    """Sounds that callers hear in between, one after the other: names, or ids of uploaded prompts."""
    comfort_every: Annotated[float, Field(ge=10, le=3600)] = 45.0
    """The time between two comfort sounds."""
    agent_sounds: Sounds = Field(default_factory=list)
    """What the agent hears before they are connected."""
    agent_wait: bool = False
    """Whether the agent hears how long the caller waited."""
    callback_attempts: int = Field(default=3, ge=1, le=20)
    """How often a customer who asked for a callback is rung."""
    callback_retry: Annotated[float, Field(ge=10, le=86400)] = 600.0
    """The time until the next attempt if the customer did not answer."""
    callback_timeout: Annotated[float, Field(ge=5, le=300)] = 30.0
    """How long the customer's phone rings."""
    callback_caller_id: ShownNumber = ""
    """The number that the customer sees; empty: the number that they had dialled."""
    work_weight: float = Field(default=0.33, ge=0.01, le=1)
    """How much of an agent's capacity a conversation takes. A call takes 1, so with 0.33 an agent has three."""
    retention_days: RetentionDays | None = None
    """After how many days recordings are deleted."""


class QueueCreate(QueueSettings):
    """A new queue."""

    team: Id
    name: Name
    managers: Ids = Field(default_factory=list)
    """Ids of users or memberships."""
    agents: Ids = Field(default_factory=list)
    """Ids of agents, in the order in which `linear` rings them."""


class QueueUpdate(Patch, of=QueueSettings):
    """What changes in a queue."""

    name: Name
    managers: Ids
    """Ids of users or memberships: all of them."""


class Place(Body):
    """An agent's place in a queue. What isn't sent stays."""

    order: Annotated[int, Field(ge=0, le=10_000)] | None = None
    """Lower rings first under `linear`."""
    penalty: Annotated[int, Field(ge=0, le=10_000)] | None = None
    """Another word for `order`."""
    skills: list[Pair[tuple[SkillName, SkillLevel]]] | dict[str, SkillLevel] | None = None
    """The agent's levels: `[["german", 3]]` or `{"german": 3}`."""
    weight: Annotated[int, Field(ge=1, le=1000)] | None = None
    """The agent's share of the calls under `weighted-random`."""

    def columns(self) -> dict[str, Any]:
        """Return the columns of `QueueAgent` that were sent."""
        found: dict[str, Any] = {}
        order = self.order if self.order is not None else self.penalty
        if order is not None:
            found["order"] = order
        if self.weight is not None:
            found["weight"] = self.weight
        if self.skills is not None:
            pairs = self.skills.items() if isinstance(self.skills, dict) else self.skills
            found["skills"] = [[name, level] for name, level in pairs]
        return found
