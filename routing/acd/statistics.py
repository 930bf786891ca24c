"""What is counted today: a queue's calls, and what each agent did for the queue."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from routing.state import Agent, Call, Counters, LastTalk, Queue, Tally
from routing.state.world import World

LAST_TALKS = 5_000
"""How many callers a queue remembers; the caller whose talk is longest ago is forgotten first."""


def counters(world: World, queue: Queue) -> Counters:
    """Return today's figures. They begin again at the team's local midnight."""
    if world.now >= queue.counters.until:
        queue.counters = Counters(until=next_midnight(world, queue))
    return queue.counters


def next_midnight(world: World, queue: Queue) -> float:
    team = world.teams.get(queue.config.team)
    zone = ZoneInfo(team.timezone if team else "UTC")
    day = datetime.fromtimestamp(world.now, zone).date() + timedelta(days=1)
    return datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()


def count_answer(world: World, call: Call, queue: Queue) -> None:
    figures, wait = counters(world, queue), world.now - call.waits_since()
    figures.answered += 1
    figures.wait_sum += wait
    figures.answered_in_threshold += wait <= queue.config.call_service_good


def tally(world: World, agent: Agent, queue: Queue) -> Tally:
    """Return what the agent did for the queue today, to be added to."""
    found = agent.tallies.get(queue.config.id)
    if found is None:
        found = agent.tallies[queue.config.id] = Tally()
    if world.now >= found.until:
        found.calls, found.talk, found.until = 0, 0.0, counters(world, queue).until
    return found


def take_turn(world: World, agent: Agent, queue: Queue) -> None:
    """Note that the agent is offered a call: every other agent's turn comes before their next one."""
    world.sequence += 1
    tally(world, agent, queue).turn = world.sequence


def talk_began(world: World, agent: Agent, queue: Queue, customer: str) -> None:
    queue.pace.talks += 1
    if _serves(world, agent, queue):
        tally(world, agent, queue).calls += 1
    if customer and queue.config.sticky_wait is not None:
        queue.last_talks.pop(customer, None)
        queue.last_talks[customer] = LastTalk(agent.config.id, world.now)
        if len(queue.last_talks) > LAST_TALKS:
            del queue.last_talks[next(iter(queue.last_talks))]


def talk_ended(world: World, agent: Agent | None, queue: Queue, seconds: float) -> None:
    queue.pace.talks = max(0, queue.pace.talks - 1)
    if agent is not None and _serves(world, agent, queue):
        tally(world, agent, queue).talk += seconds


def _serves(world: World, agent: Agent, queue: Queue) -> bool:
    """Return False for an agent who has left the queue while they rang or talked: what is counted for them would stay
    for ever."""
    return queue.config.id in world.memberships.get(agent.config.id, ())
