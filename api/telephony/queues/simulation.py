"""Simulate a queue: the routing core with made-up or logged calls, under a virtual clock."""

from dataclasses import replace
from datetime import datetime, timedelta
from threading import BoundedSemaphore
from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator, ValidationError
from sqlmodel import Session

from analysis.simulate.call_history import history, queue_config, team_timezone
from analysis.simulate.child_process import TookTooLong, simulate_in_child
from api.conventions.body import Body
from api.conventions.fields import Day, Moment, OneOf
from api.conventions.moments import in_zone
from api.conventions.resource import show_seconds
from api.core.context import Context
from api.core.errors import RateLimited, Unavailable, ValidationFailed
from api.core.identities import Identity
from api.core.scope import Scope
from api.telephony.queues.recorded_day import bounds, happened, worked
from api.telephony.queues.service import require_manager
from models import Queue, utcnow
from routing.config import QueueConfig, Strategy
from routing.simulation import History, Plan, PlanError, scenario_of
from routing.simulation.plan import ARRIVALS
from routing.simulation.shifts import Shift
from switchroom.ids import public_id

MOST_CALLS = 20_000
MOST_AGENTS = 500
AT_ONCE = 2
"""How many simulations one api process runs at the same time. Further requests are told to come again."""
RETRY_AFTER = 5
LONGEST_RUN = 60.0
"""Seconds of wall time."""
RATE = "30 per minute"
WEEKS = 4
"""How many weeks of call logs are taken by default."""

_running = BoundedSemaphore(AT_ONCE)

LONGEST = 86_400.0
"""Seconds."""

Mean = Annotated[float, Field(gt=0, le=LONGEST)]
Kind = Literal["exponential", "lognormal", "constant"]
Rate = Annotated[float, Field(ge=0, le=1_000_000)]
Count = Annotated[int, Field(ge=0, le=MOST_AGENTS)]
TimeOfDay = Annotated[str, Field(pattern=r"^([01]?\d|2[0-3]):[0-5]\d$|^24:00$")]


class LoggedDays(Body):
    """Days of call logs; by default the last four weeks. A time without a zone is in the team's."""

    start: Moment | None = Field(default=None, alias="from")
    end: Moment | None = Field(default=None, alias="to")


def _period(value: Any) -> Any:
    """Return a kind of arrivals, or the days of the logs that they come from."""
    if value is None or value in ARRIVALS:
        return value
    try:
        return LoggedDays.model_validate(value)
    except ValidationError as error:
        kinds = ", ".join(ARRIVALS)
        raise ValueError(f'Must be one of {kinds}, or {{"from": time, "to": time}}') from error


def _mean_or_logs(value: Any) -> Any:
    if value is None or value == "logs":
        return value
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= LONGEST:
        raise ValueError(f"Must be seconds, above 0 and at most {LONGEST:g}, or logs")
    return float(value)


class WorkedShift(Body):
    """An agent's times of every day. A `to` that is not later than `from` is on the next day."""

    agent: str = Field(min_length=1, max_length=100)
    start: TimeOfDay = Field(alias="from")
    end: TimeOfDay = Field(alias="to")


ArrivalsAsked = Annotated[
    str | LoggedDays | None, PlainValidator(_period, json_schema_input_type=str | LoggedDays | None)
]
Patience = Annotated[
    float | str | None, PlainValidator(_mean_or_logs, json_schema_input_type=float | Literal["logs"] | None)
]


class SimulationAsked(Body):
    """What to simulate. Durations are in seconds. Strategy, wrap-up, threshold and number of agents are the queue's own
    by default. With `arrivals` from the logs, or a `day`, talks and patience come from the logs too."""

    day: Day | None = None
    """A day in the team's time zone: its calls come again, each at its time, with its talk and its patience. Today or
    one of the 400 days before. The wrap-up is the mean of that day's by default, and of a day that is over, agents are
    at work when the queue's agents were `Available`, if that is recorded."""

    agents: Annotated[int, Field(ge=1, le=MOST_AGENTS)] | None = None
    more_agents: Annotated[int, Field(ge=-MOST_AGENTS, le=MOST_AGENTS)] = 0
    """So many more whenever agents are at work, or fewer; at least one stays. Not with `shifts` or `counts`."""
    shifts: Annotated[list[WorkedShift], Field(max_length=2000)] = Field(default_factory=list)
    counts: Annotated[list[Count], Field(max_length=336)] = Field(default_factory=list)
    """Agents in each half hour of a day (48) or a week (336)."""
    calls_per_hour: Annotated[float, Field(gt=0, le=1_000_000)] | None = None
    aht: Mean | None = None
    patience: Patience = None
    threshold: Annotated[float, Field(ge=0, le=86_400)] | None = None
    calls: int = Field(default=10_000, ge=1, le=MOST_CALLS)
    strategy: OneOf[Strategy] | None = None
    seed: int = Field(default=1, ge=-(2**63), lt=2**63)
    arrivals: ArrivalsAsked = None
    """An object means the logs of these days."""
    rates: Annotated[list[Rate], Field(max_length=168)] = Field(default_factory=list)
    service: Kind | Literal["logs"] | None = None
    patience_kind: Kind = "exponential"
    cv: float = Field(default=1.0, gt=0, le=100)
    wrap_up: Annotated[float, Field(ge=0, le=86_400)] | None = None
    answer_delay: float = Field(default=0.0, ge=0, le=600)
    warm_up: Annotated[int, Field(ge=0, le=MOST_CALLS)] | None = None

    @property
    def wants_logs(self) -> bool:
        named = (self.arrivals, self.service, self.patience)
        return "logs" in named or self.takes_days or self._hours_of_logs

    @property
    def takes_days(self) -> bool:
        """Whether the calls are those of certain days."""
        return self.day is not None or isinstance(self.arrivals, LoggedDays)

    @property
    def _hours_of_logs(self) -> bool:
        return self.arrivals == "by-hour" and not self.rates


def simulate_queue(
    context: Context, identity: Identity, queue_id: str, body: SimulationAsked
) -> dict[str, Any]:
    """Run the simulation. Return its figures, with what theory says if it says something, and what happened on the day
    that was asked for.

    The database is asked first and let go: a run takes seconds. Raises NotFound, Forbidden, ValidationFailed,
    RateLimited (too many at once), Unavailable (it took too long).
    """

    def ask(session: Session) -> tuple[Queue, Plan, dict[str, Any] | None]:
        scope = Scope(session, identity)
        queue = scope.get(Queue, queue_id, "queue")
        require_manager(scope, queue)
        plan = plan_of(session, queue, body)
        return queue, plan, _happened(session, queue, body)

    queue, plan, was = context.read(ask)
    context.limiter.hit(RATE, "simulate", identity.user_id)
    if not _running.acquire(blocking=False):
        raise RateLimited(RETRY_AFTER)
    try:
        outcome = simulate_in_child(plan, LONGEST_RUN)
    except TookTooLong as error:
        raise Unavailable(f"The simulation took longer than {error}; ask for fewer calls") from error
    finally:
        _running.release()
    assert plan.queue is not None  # noqa: S101 - plan_of sets it
    return {
        "queue": public_id(queue.id),
        "strategy": plan.queue.strategy.value,
        "agents": None if plan.shifts or plan.counts else plan.agents,
        "threshold": plan.threshold,
        **outcome.figures,
        "theory": outcome.theory and {**outcome.theory, "asa": show_seconds(outcome.theory["asa"])},
        "happened": was,
    }


def _happened(session: Session, queue: Queue, body: SimulationAsked) -> dict[str, Any] | None:
    if body.day is None:
        return None
    return happened(session, queue, *bounds(body.day, team_timezone(session, queue)))


def plan_of(session: Session, queue: Queue, body: SimulationAsked) -> Plan:
    """Return the plan that was asked for. Raises ValidationFailed, which names the field."""
    config = queue_config(session, queue)
    if body.strategy is not None:
        config = replace(config, strategy=body.strategy)
    past = _history(session, queue, body) if body.wants_logs else None
    plan = _plan(body, config, past, _shifts(session, queue, body))
    try:
        scenario_of(plan)
    except PlanError as error:
        of_day = body.day is not None and error.field not in body.model_fields_set
        field = "day" if of_day else _FIELDS.get(error.field, error.field)
        raise ValidationFailed({field: error.problem}) from error
    return plan


_FIELDS = {"answer": "answer_delay"}


def _plan(
    body: SimulationAsked, config: QueueConfig, past: History | None, shifts: tuple[Shift, ...]
) -> Plan:
    logged = body.takes_days or body.arrivals == "logs"
    patience_logged = body.patience == "logs" or (logged and "patience" not in body.model_fields_set)
    threshold = config.call_service_good if body.threshold is None else body.threshold
    return Plan(
        agents=_agents(body, config, shifts),
        calls_per_hour=body.calls_per_hour,
        aht=body.aht,
        patience=body.patience if isinstance(body.patience, float) else None,
        threshold=threshold,
        calls=body.calls,
        seed=body.seed,
        arrivals="logs" if logged else str(body.arrivals or "poisson"),
        rates=tuple(body.rates),
        service=body.service or ("logs" if logged and body.aht is None else "exponential"),
        cv=body.cv,
        patience_kind="logs" if patience_logged else body.patience_kind,
        wrap_up=_wrap_up(body, past),
        answer=body.answer_delay,
        shifts=shifts,
        counts=tuple(body.counts),
        warm_up=body.warm_up,
        queue=config,
        history=past,
    )


def _wrap_up(body: SimulationAsked, past: History | None) -> float | None:
    # Of a day: as long as its agents took, if they are known to have taken any.
    if body.wrap_up is None and body.day is not None and past is not None and past.wrap_up > 0:
        return past.wrap_up
    return body.wrap_up


def _agents(body: SimulationAsked, config: QueueConfig, shifts: tuple[Shift, ...]) -> int:
    if shifts or body.counts:
        return 1
    agents = body.agents or len(config.members)
    if not 1 <= agents <= MOST_AGENTS:
        unknown = "It is not recorded who worked on that day. " if body.day is not None else ""
        raise ValidationFailed(
            {"agents": f"{unknown}Say how many, 1 to {MOST_AGENTS}: the queue has {agents}"}
        )
    return max(1, agents + body.more_agents)


def _shifts(session: Session, queue: Queue, body: SimulationAsked) -> tuple[Shift, ...]:
    if body.more_agents and (body.shifts or body.counts):
        raise ValidationFailed(
            {"more_agents": "Goes with a number of agents or a day, not with shifts or counts"}
        )
    if body.day is not None and not (body.agents or body.shifts or body.counts):
        return worked(session, queue, *bounds(body.day, team_timezone(session, queue)), body.more_agents)
    names = {name: number for number, name in enumerate(dict.fromkeys(shift.agent for shift in body.shifts))}
    if len(names) > MOST_AGENTS:
        raise ValidationFailed({"shifts": f"More than {MOST_AGENTS} agents"})
    return tuple(_shift(names[shift.agent], shift) for shift in body.shifts)


def _shift(agent: int, worked: WorkedShift) -> Shift:
    # A shift that begins at 24:00 begins at midnight.
    start = _seconds(worked.start) % 86_400.0
    return Shift(agent, start, _end(start, _seconds(worked.end)))


def _end(start: float, end: float) -> float:
    return end if end > start else end + 86_400.0


def _seconds(text: str) -> float:
    hours, minutes = text.split(":")
    return int(hours) * 3600.0 + int(minutes) * 60.0


def _history(session: Session, queue: Queue, body: SimulationAsked) -> History:
    zone = team_timezone(session, queue)
    if body.day is not None:
        if body.arrivals is not None:
            raise ValidationFailed({"arrivals": "A day says when calls come: leave this out"})
        return _calls(session, queue, *bounds(body.day, zone), "day")
    days = body.arrivals if isinstance(body.arrivals, LoggedDays) else LoggedDays()
    end = in_zone(days.end, zone) if days.end else utcnow()
    start = in_zone(days.start, zone) if days.start else end - timedelta(weeks=WEEKS)
    if not timedelta(0) <= end - start <= timedelta(days=366):
        raise ValidationFailed({"arrivals": "'from' must be before 'to', by 366 days at most"})
    return _calls(session, queue, start, end, "arrivals")


def _calls(session: Session, queue: Queue, start: datetime, end: datetime, field: str) -> History:
    past = history(session, queue, start, end, most=MOST_CALLS + 1)
    if len(past.arrivals) > MOST_CALLS:
        raise ValidationFailed({field: f"More than {MOST_CALLS} calls in these days"})
    if not past.arrivals:
        raise ValidationFailed({field: "The queue had no calls in these days"})
    return past
