"""What clients send about queues. Seconds everywhere; null means no limit, or for `recording` as the team
says."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field

from api.conventions.body import Body, optional
from api.conventions.fields import Id, Line
from api.telephony.queues.rules import Opening, OverflowTo, Relaxed, ShownNumber, SkillNeeded, Sounds
from routing.config import RecordingPolicy, Strategy
from routing.expressions import values


def _music(value: str) -> str:
    if problem := values.check_music(value):
        raise ValueError(problem)
    return value


MusicClass = Annotated[str, AfterValidator(_music)]
Name = Annotated[Line, Field(min_length=1)]
Ids = Annotated[list[Id], Field(max_length=1000)]
AnnounceSeconds = Annotated[float, Field(ge=1, le=3600, allow_inf_nan=False)]
RetentionDays = Annotated[int, Field(ge=0, le=36500)]

Seconds = Annotated[float, Field(ge=0, le=86400, allow_inf_nan=False)]
RingSeconds = Annotated[float, Field(ge=3, le=600, allow_inf_nan=False)]
Skill = tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")], Annotated[int, Field(ge=0, le=100)]]


class QueueSettings(Body):
    """The settings of `routing.config.QueueConfig`, with its defaults."""

    strategy: Strategy = Strategy.LONGEST_IDLE
    priority: int = Field(default=0, ge=-1000, le=1000)
    ring_timeout: RingSeconds = 20.0
    wrap_up: Seconds = 0.0
    max_wait: Seconds | None = None
    max_waiting: Annotated[int, Field(ge=0, le=100_000)] | None = None
    join_when_empty: bool = True
    leave_when_empty: bool = False
    ring_limit: int = Field(default=20, ge=1, le=200)
    missed_limit: Annotated[int, Field(ge=1, le=100)] | None = 3
    call_service_good: Seconds = 20.0
    """The service-level threshold in seconds."""
    music: MusicClass = "default"
    recording: RecordingPolicy | None = None
    ring_step: Annotated[float, Field(ge=1, le=600, allow_inf_nan=False)] = 10.0
    skills: Annotated[list[SkillNeeded], Field(max_length=20)] = Field(default_factory=list)
    relaxation: Annotated[list[Relaxed], Field(max_length=20)] = Field(default_factory=list)
    sticky_wait: Seconds | None = None
    sticky_days: Annotated[float, Field(gt=0, le=3650, allow_inf_nan=False)] = 30.0
    max_calls: Annotated[int, Field(ge=0, le=100_000)] | None = None
    hours: Opening | None = None
    overflow: OverflowTo | None = None
    announce_position: bool = False
    announce_wait: bool = False
    announce_first: AnnounceSeconds = 20.0
    announce_every: Annotated[float, Field(ge=10, le=3600, allow_inf_nan=False)] = 60.0
    comfort_sounds: Sounds = Field(default_factory=list)
    comfort_every: Annotated[float, Field(ge=10, le=3600, allow_inf_nan=False)] = 45.0
    agent_sounds: Sounds = Field(default_factory=list)
    agent_wait: bool = False
    callback_attempts: int = Field(default=3, ge=1, le=20)
    callback_retry: Annotated[float, Field(ge=10, le=86400, allow_inf_nan=False)] = 600.0
    callback_timeout: Annotated[float, Field(ge=5, le=300, allow_inf_nan=False)] = 30.0
    callback_caller_id: ShownNumber = ""
    retention_days: RetentionDays | None = None


class QueueCreate(QueueSettings):
    team: Id
    name: Name
    managers: Ids = Field(default_factory=list)
    """Ids of users or memberships."""
    agents: Ids = Field(default_factory=list)


class QueueUpdate(QueueSettings):
    """Any subset; what isn't sent stays."""

    name: Name = optional()
    managers: Ids = optional()


class Place(Body):
    """An agent's place in a queue. `penalty` is another word for `order`: lower rings first under
    `linear`. `weight` is the share of calls under `weighted-random`."""

    order: Annotated[int, Field(ge=0, le=10_000)] | None = None
    penalty: Annotated[int, Field(ge=0, le=10_000)] | None = None
    skills: list[Skill] | dict[str, Annotated[int, Field(ge=0, le=100)]] | None = None
    weight: Annotated[int, Field(ge=1, le=1000)] | None = None

    def columns(self) -> dict[str, Any]:
        """The columns of `QueueAgent` that were sent."""
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
