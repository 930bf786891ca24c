"""Turn the options of the command into plans."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlmodel import Session, col, or_, select

from analysis.simulate.call_history import history, queue_config
from analysis.simulate.options import Options
from analysis.simulate.shifts_file import UnreadableFile, read_rates, read_shifts
from models import Queue
from routing.config import QueueConfig, Strategy
from routing.simulation import Plan, PlanError
from routing.simulation.plan import ARRIVALS, DURATIONS
from routing.simulation.scenario import plain_queue
from switchroom import database
from switchroom.ids import parse_id

MOST_AGENTS = 100_000
WEEKS = 4
"""How many weeks of call logs are taken unless said otherwise."""


def plan_of(options: Options) -> Plan:
    """Return the plan that was asked for, without the number of agents. Raises `PlanError`."""
    plan = _logged(options) if options.from_logs else Plan()
    try:
        plan = replace(
            _traffic(plan, options), seed=options.seed, calls=options.calls, warm_up=options.warm_up
        )
        queue = _queue(plan.queue or plain_queue(), options)
        shifts, counts = read_shifts(options.shifts) if options.shifts else ((), ())
    except UnreadableFile as error:
        raise PlanError("file", str(error)) from error
    threshold = queue.call_service_good if options.threshold is None else options.threshold
    return replace(
        plan,
        queue=queue,
        threshold=threshold,
        wrap_up=options.wrap_up,
        answer=options.answer_delay,
        shifts=shifts,
        counts=counts,
    )


def agent_counts(options: Options, plan: Plan) -> list[int]:
    """Return the numbers of agents to compare. With shifts the number does not matter. Raises `PlanError`."""
    if plan.shifts or plan.counts:
        return [1]
    if not options.agents:
        members = len(plan.queue.members) if plan.queue else 0
        if not members:
            raise PlanError("agents", "give a number of agents, or --shifts")
        return [members]
    counts: list[int] = []
    for part in options.agents.split(","):
        match = re.fullmatch(r"\s*(\d+)(?:\s*-\s*(\d+))?\s*", part)
        if not match:
            raise PlanError("agents", f"{part!r} is neither a number such as 10 nor a range such as 10-14")
        counts += range(int(match[1]), int(match[2] or match[1]) + 1)
    if not counts or min(counts) < 1 or max(counts) > MOST_AGENTS or len(counts) > 1000:
        raise PlanError("agents", f"each must be 1 to {MOST_AGENTS}, and there may be 1000 staffs at most")
    return counts


def _queue(queue: QueueConfig, options: Options) -> QueueConfig:
    changes = {
        "ring_timeout": options.ring_timeout,
        "max_wait": options.max_wait,
        "max_waiting": options.max_waiting,
        "strategy": _strategy(options.strategy),
    }
    return replace(queue, **{name: value for name, value in changes.items() if value is not None})  # type: ignore[arg-type]


def _strategy(name: str | None) -> Strategy | None:
    if name is None:
        return None
    try:
        return Strategy(name)
    except ValueError as error:
        raise PlanError("strategy", f"{name!r} is not one of {', '.join(Strategy)}") from error


def _traffic(plan: Plan, options: Options) -> Plan:
    logged = plan.history is not None
    arrivals, rates = options.arrivals, plan.rates
    if arrivals is None:
        arrivals = "logs" if logged and options.calls_per_hour is None else "poisson"
    elif arrivals not in ARRIVALS:
        arrivals, rates = "by-hour", read_rates(Path(arrivals))
    service = options.service or ("logs" if logged and options.aht is None else "exponential")
    patience, kind = _patience(options, logged=logged)
    for field, value in (("service", service), ("patience-kind", kind)):
        if value not in DURATIONS:
            raise PlanError(field, f"{value!r} is not one of {', '.join(DURATIONS)}")
    if options.aht is None and not logged:
        raise PlanError("aht", "required")
    return replace(
        plan,
        arrivals=arrivals,
        rates=rates,
        calls_per_hour=options.calls_per_hour,
        aht=options.aht,
        service=service,
        patience=patience,
        patience_kind=kind,
        cv=options.cv,
    )


def _patience(options: Options, *, logged: bool) -> tuple[float | None, str]:
    if options.patience == "logs" or (logged and not options.patience):
        return None, "logs"
    if options.patience in ("", "none"):
        return None, options.patience_kind
    try:
        return float(options.patience), options.patience_kind
    except ValueError as error:
        raise PlanError("patience", f"{options.patience!r} is not a number of seconds") from error


def _logged(options: Options) -> Plan:
    """Return a plan with the queue's settings and its calls of the days that were asked for."""
    with database.session(readonly=True) as session:
        queue = _find(session, options.from_logs or "")
        end = options.end or datetime.now(UTC)
        start = options.start or end - timedelta(weeks=WEEKS)
        past = history(session, queue, start, end)
        if not past.arrivals:
            raise PlanError("from-logs", f"{queue.name} had no calls in these days")
        return Plan(queue=queue_config(session, queue), history=past)


def _find(session: Session, name: str) -> Queue:
    """Return the queue with this id or name. Raises `PlanError`."""
    wanted = or_(col(Queue.id) == (parse_id(name) or ""), col(Queue.name) == name)
    found = session.exec(select(Queue).where(wanted)).all()
    if len(found) != 1:
        problem = "several teams have a queue with this name: give its id" if found else "no such queue"
        raise PlanError("from-logs", f"{name}: {problem}")
    return found[0]
