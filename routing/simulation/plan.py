"""Turn what people ask for (calls per hour, AHT, agents ...) into a scenario, for the command line and for the api."""

import math
from dataclasses import dataclass, replace
from itertools import pairwise

from routing.config import QueueConfig
from routing.simulation.arrivals import HOUR, Arrivals, ByHour, Listed, Poisson, Regular
from routing.simulation.distributions import Constant, Draw, Exponential, Listing, Lognormal, Observed
from routing.simulation.erlang import Expected, erlang_a, erlang_c
from routing.simulation.history import DAY, History, hourly_rates, mean_patience, patiences, seen_talks, talks
from routing.simulation.scenario import MONDAY, Scenario, plain_queue
from routing.simulation.shifts import HALF_HOUR, Shift, always, by_counts

ARRIVALS = ("poisson", "constant", "by-hour", "logs")
DURATIONS = ("exponential", "lognormal", "constant", "logs")
"""Kinds of talks and of patience."""
MOST_DAYS = 3660
MOST_SHIFTS = 200_000


class PlanError(ValueError):
    """The plan makes no scenario. `field` names what is wrong, `problem` says why."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Plan:
    """What was asked for. Durations are in seconds. Each `logs` needs a history."""

    agents: int = 1
    """Agents who are always at work. They do not count if there are `shifts` or `counts`."""
    calls_per_hour: float | None = None
    """None: the rate of the history."""
    aht: float | None = None
    """Mean of talk and wrap-up together. Talks take what the wrap-up leaves of it. None: the history's talks."""
    patience: float | None = None
    """Mean. None: no caller gives up, unless `patience_kind` is `logs`."""
    threshold: float = 20.0
    calls: int = 10_000
    """How many calls are measured. With shifts or hours: as many whole days as these calls take."""
    seed: int = 0
    arrivals: str = "poisson"
    rates: tuple[float, ...] = ()
    """Calls per hour for each of 24 or 168 hours, for `by-hour`. Empty: the history's."""
    service: str = "exponential"
    cv: float = 1.0
    """Standard deviation / mean of lognormal talks and patience."""
    patience_kind: str = "exponential"
    wrap_up: float | None = None
    """None: the queue's."""
    answer: float = 0.0
    """How long an agent lets the phone ring."""
    shifts: tuple[Shift, ...] = ()
    """The shifts of one day. They are the same every day."""
    counts: tuple[int, ...] = ()
    """Agents at work in each half hour of a day (48) or a week (336). They are the same every day or week."""
    warm_up: int | None = None
    """Calls before those that are measured. None: enough to forget the empty start, at most a tenth of `calls`."""
    queue: QueueConfig | None = None
    """Its strategy, limits and times; None: the defaults."""
    history: History | None = None


def scenario_of(plan: Plan) -> Scenario:
    """Return the scenario of the plan. Raises `PlanError`."""
    queue = plan.queue or plain_queue()
    wrap_up = queue.wrap_up if plan.wrap_up is None else plan.wrap_up
    if plan.answer >= queue.ring_timeout:
        raise PlanError(
            "answer", f"the offer ends after {queue.ring_timeout:g} s, so no agent would ever answer"
        )
    arrivals, talk, patience = _arrivals(plan), _talk(plan, wrap_up), _patience(plan)
    endless = isinstance(arrivals, Poisson | Regular) and not (plan.shifts or plan.counts)
    days = 0 if endless else _days(plan, arrivals)
    warm_up = 0
    if endless:
        automatic = warm_up_calls(plan, talk.mean + wrap_up)
        warm_up = automatic if plan.warm_up is None else plan.warm_up
    try:
        return Scenario(
            arrivals=arrivals,
            talk=talk,
            patience=patience,
            answer=Constant(plan.answer),
            shifts=_shifts(plan, days),
            queue=replace(queue, wrap_up=wrap_up, call_service_good=plan.threshold),
            calls=plan.calls if endless else None,
            warm_up=warm_up,
            start=plan.history.start if plan.history and plan.arrivals == "logs" else MONDAY,
            until=math.inf if endless or isinstance(arrivals, Listed) else days * DAY,
        )
    except PlanError:
        raise
    except ValueError as error:
        raise PlanError("shifts", str(error)) from error


def warm_up_calls(plan: Plan, aht: float) -> int:
    """Return how many calls come until the empty start is forgotten; a tenth of `calls` at most.

    These are five talks of every agent, and five times what the queue takes to settle. That is about
    1 / (1 - sqrt(load))**2 calls in M/M/c (its relaxation time), and not more than the calls of one mean patience."""
    rate = (_rate(plan) or 0.0) / HOUR
    load = rate * aht / plan.agents
    filling = 5.0 * plan.agents * min(1.0, load)
    settling = 5.0 * load / (1.0 - math.sqrt(load)) ** 2 if load < 1.0 else math.inf
    if plan.patience is not None:
        settling = min(settling, 5.0 * rate * plan.patience)
    return round(min(filling + settling, plan.calls / 10.0))


def _history(plan: Plan, field: str) -> History:
    if plan.history is None or not plan.history.arrivals:
        raise PlanError(field, "there are no call logs to take it from")
    return plan.history


def _rate(plan: Plan) -> float | None:
    """Return the calls per hour."""
    if plan.calls_per_hour is not None or plan.history is None:
        return plan.calls_per_hour
    return len(plan.history.arrivals) / (plan.history.days * 24.0)


def _arrivals(plan: Plan) -> Arrivals:
    try:
        if plan.arrivals == "logs":
            return Listed(tuple(arrival.at for arrival in _history(plan, "arrivals").arrivals))
        if plan.arrivals == "by-hour":
            return ByHour(plan.rates or hourly_rates(_history(plan, "arrivals")))
        rate = _rate(plan)
        if rate is None:
            raise PlanError("calls_per_hour", "required")
        return Regular(rate / HOUR) if plan.arrivals == "constant" else Poisson(rate / HOUR)
    except PlanError:
        raise
    except ValueError as error:
        raise PlanError("arrivals" if plan.arrivals == "by-hour" else "calls_per_hour", str(error)) from error


def _talk(plan: Plan, wrap_up: float) -> Draw:
    if plan.service == "logs" or plan.aht is None:
        arrivals = _history(plan, "aht").arrivals
        try:
            seen = seen_talks(arrivals)
        except ValueError as error:
            raise PlanError("aht", str(error)) from error
        same_calls = plan.arrivals == "logs" and plan.service == "logs"
        if plan.service == "logs":
            return Listing(talks(arrivals, plan.seed)) if same_calls else Observed(seen)
        return _draw("aht", plan.service, math.fsum(seen) / len(seen), plan.cv)
    if plan.aht <= wrap_up:
        raise PlanError(
            "aht", f"it includes the wrap-up of {wrap_up:g} s, so no time would be left for the talk"
        )
    return _draw("aht", plan.service, plan.aht - wrap_up, plan.cv)


def _patience(plan: Plan) -> Draw | None:
    if plan.patience_kind == "logs":
        arrivals = _history(plan, "patience").arrivals
        if plan.arrivals == "logs":
            return Listing(patiences(arrivals, plan.seed))
        mean = mean_patience(arrivals)
        return None if mean == math.inf else Exponential(mean)
    return None if plan.patience is None else _draw("patience", plan.patience_kind, plan.patience, plan.cv)


def _draw(field: str, kind: str, mean: float, cv: float) -> Draw:
    try:
        if kind == "lognormal":
            return Lognormal(mean, cv)
        return Constant(mean) if kind == "constant" else Exponential(mean)
    except ValueError as error:
        raise PlanError(field, str(error)) from error


def _days(plan: Plan, arrivals: Arrivals) -> int:
    """Return how many days are simulated: whole weeks if the days of a week differ."""
    if isinstance(arrivals, Listed):
        return int(arrivals.at[-1] // DAY) + 1
    weekly = len(plan.counts) == 336 or (isinstance(arrivals, ByHour) and len(arrivals.rates) == 168)
    if isinstance(arrivals, ByHour):
        each = math.fsum(arrivals.rates) / (7.0 if len(arrivals.rates) == 168 else 1.0)
    else:
        each = 24.0 * (_rate(plan) or 0.0)
    if plan.calls > each * MOST_DAYS:
        raise PlanError("calls", f"so many calls would take more than {MOST_DAYS} days")
    days = max(1, math.ceil(plan.calls / each))
    return math.ceil(days / 7) * 7 if weekly else days


def _bounded(shifts: int) -> None:
    if shifts > MOST_SHIFTS:
        raise PlanError("calls", f"so many calls would take more than {MOST_SHIFTS} shifts")


def _shifts(plan: Plan, days: int) -> tuple[Shift, ...]:
    if plan.counts:
        if len(plan.counts) not in (48, 336):
            raise ValueError("counts must be 48 (half hours of a day) or 336 (of a week)")
        times = math.ceil(days * DAY / (len(plan.counts) * HALF_HOUR))
        grow = sum(max(0, after - before) for before, after in pairwise((0, *plan.counts)))
        _bounded(grow * times)
        return by_counts(plan.counts * times)
    if plan.shifts:
        _bounded(len(plan.shifts) * days)
        return tuple(
            Shift(shift.agent, shift.start + day * DAY, shift.end + day * DAY)
            for day in range(days)
            for shift in plan.shifts
        )
    if plan.agents < 1:
        raise PlanError("agents", "must be 1 or more")
    return always(plan.agents)


def theory(plan: Plan) -> Expected | None:
    """Return what Erlang C or Erlang A says of the plan. None: neither formula fits it, or it has no steady state."""
    queue = plan.queue or plain_queue()
    wrap_up = queue.wrap_up if plan.wrap_up is None else plan.wrap_up
    rate = _rate(plan)
    limits = (queue.max_wait, queue.max_waiting, queue.max_calls)
    memoryless = plan.arrivals == "poisson" and plan.service == plan.patience_kind == "exponential"
    same = not (plan.shifts or plan.counts or wrap_up or plan.answer) and limits == (None, None, None)
    if rate is None or plan.aht is None or not (memoryless and same):
        return None
    per_second = rate / HOUR
    if plan.patience is not None:
        short = queue.short_abandon
        return erlang_a(plan.agents, per_second, plan.aht, plan.patience, plan.threshold, short)
    if per_second * plan.aht >= plan.agents:
        return None
    return erlang_c(plan.agents, per_second, plan.aht, plan.threshold)
