"""What is counted today: a queue's calls, and what each agent did for the queue."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from routing.figures import Stays
from routing.state import Agent, Attendance, Counters, Day, LastTalk, Queue, Stay, Tally
from routing.state.world import World

LAST_TALKS = 5_000
"""How many callers a queue remembers; the caller whose talk is longest ago is forgotten first."""


def counters(world: World, queue: Queue) -> Counters:
    """Return what is counted today. All of it begins again at the team's local midnight."""
    if world.now >= queue.counters.until:
        known = queue.counters.until > 0.0
        queue.counters, queue.day = Counters(*_local_day(world, queue)), Day(complete=known)
    return queue.counters


def date(world: World, queue: Queue) -> None:
    """Note at which midnight the day began that is counted. Snapshots of version 1 tell only when it ends."""
    if queue.counters.until > world.now:
        queue.counters.since, _ = _local_day(world, queue)


def _local_day(world: World, queue: Queue) -> tuple[float, float]:
    """Return the midnights at which the team's local day began and ends."""
    team = world.teams.get(queue.config.team)
    zone = ZoneInfo(team.timezone if team else "UTC")
    today = datetime.fromtimestamp(world.now, zone).date()
    first, last = (datetime.combine(day, time.min, zone) for day in (today, today + timedelta(days=1)))
    return first.timestamp(), last.timestamp()


def count(world: World, stay: Stay, calls: int = 1, *, talk: float = 0.0, wrap_up: float = 0.0) -> None:
    """Add the stay to the figures of today, if it began today. A stay counts in the day in which it began.

    `calls` -1 takes it out again; 0 adds `talk` or `wrap_up` (s) to a stay that is counted already.
    """
    queue = world.queues.get(stay.queue) if world.watched else None
    if stay.of_work and queue is not None:
        queue = queue.work
    if queue is not None and stay.joined_at >= counters(world, queue).since:
        queue.day.add(Stays(stay.outcome, stay.wait, stay.callback is not None, calls, talk, wrap_up))


def take_over(world: World, queue: Queue, since: float, recorded: Iterable[Stays]) -> None:
    """Add what the records tell of the day that began at `since`, if the queue's figures of that day lack it."""
    if counters(world, queue).since == since and not queue.day.complete:
        queue.day.complete = True
        for stays in recorded:
            queue.day.add(stays)
        world.publish(queue.config.team, "queue", queue.config.id)


def tally(world: World, agent: Agent, queue: Queue) -> Tally:
    """Return what the agent did for the queue today, to be added to. The queue's own counters are today's then too."""
    found = agent.tallies.get(queue.config.id)
    if found is None:
        found = agent.tallies[queue.config.id] = Tally()
    if world.now >= found.until:
        figures = counters(world, queue)
        found.calls, found.talk, found.until = 0, 0.0, figures.until
        found.given_calls, found.given_talk = 0, 0.0
        figures.working += found.attendance is not Attendance.ABSENT
    return found


def begin_work(world: World, agent: Agent, queue: Queue) -> None:
    """Note that the agent serves the queue from now on. One who comes today for the first time, or was absent, starts
    level with those who are at work. After a break the agent goes on with their own figures."""
    found = agent.tallies.get(queue.config.id)
    if found is not None and found.attendance is Attendance.AT_WORK:
        return
    if found is not None and world.now >= found.until:
        found.attendance = Attendance.ABSENT
    found = tally(world, agent, queue)
    if found.attendance is Attendance.ABSENT:
        _start_level(found, counters(world, queue))
    found.attendance = Attendance.AT_WORK


def _start_level(found: Tally, figures: Counters) -> None:
    if figures.working:
        calls, talk = figures.working_calls // figures.working, figures.working_talk / figures.working
        found.given_calls = max(found.given_calls, calls - found.calls)
        found.given_talk = max(found.given_talk, talk - found.talk)
    figures.working += 1
    figures.working_calls += found.counted_calls
    figures.working_talk += found.counted_talk


def stop_work(world: World, agent: Agent, queue: Queue, *, on_break: bool) -> None:
    """Note that the agent does not serve the queue any more: they have a break, or are absent."""
    found = agent.tallies.get(queue.config.id)
    if found is None or found.attendance is Attendance.ABSENT:
        return
    if on_break:
        tally(world, agent, queue).attendance = Attendance.ON_BREAK
        return
    if world.now < found.until:
        figures = counters(world, queue)
        figures.working -= 1
        figures.working_calls -= found.counted_calls
        figures.working_talk -= found.counted_talk
    found.attendance = Attendance.ABSENT


def take_turn(world: World, agent: Agent, queue: Queue) -> None:
    """Note that the agent is offered a call: every other agent's turn comes before their next one."""
    world.sequence += 1
    tally(world, agent, queue).turn = world.sequence


def talk_began(world: World, agent: Agent, queue: Queue, customer: str) -> None:
    queue.pace.talks += 1
    if _serves(world, agent, queue):
        found = tally(world, agent, queue)
        found.calls += 1
        if found.attendance is not Attendance.ABSENT:
            queue.counters.working_calls += 1
    if customer and queue.config.sticky_wait is not None:
        remember(world, agent, queue, customer)


def remember(world: World, agent: Agent, queue: Queue, customer: str) -> None:
    """Note that the customer was served by this agent last (`sticky_wait`)."""
    queue.last_talks.pop(customer, None)
    queue.last_talks[customer] = LastTalk(agent.config.id, world.now)
    if len(queue.last_talks) > LAST_TALKS:
        del queue.last_talks[next(iter(queue.last_talks))]


def talk_ended(world: World, agent: Agent | None, queue: Queue, seconds: float) -> None:
    queue.pace.talks = max(0, queue.pace.talks - 1)
    if agent is not None and _serves(world, agent, queue):
        found = tally(world, agent, queue)
        found.talk += seconds
        if found.attendance is not Attendance.ABSENT:
            queue.counters.working_talk += seconds


def _serves(world: World, agent: Agent, queue: Queue) -> bool:
    """Return False for an agent who has left the queue while they rang or talked: what is counted for them would stay
    for ever."""
    return queue.config.id in world.memberships.get(agent.config.id, ())
