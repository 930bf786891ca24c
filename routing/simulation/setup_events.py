"""The events that set a scenario up in the core: a number, its queue, and agents with phones."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from routing.config import (
    AgentConfig,
    Block,
    ConfigItem,
    NumberConfig,
    QueueConfig,
    QueueMember,
    RecordingPolicy,
    RouteConfig,
    SkillNeed,
    TeamConfig,
)
from routing.events import ConfigChanged, Event, PhoneStateChanged
from routing.ids import AgentId, BlockId, NumberId, RouteId, UserId
from routing.simulation.scenario import QUEUE, TEAM, Scenario

DID = "+10000000000"


def did_of(needs: Sequence[tuple[SkillNeed, ...]], number: int) -> str:
    """Return the number that a call with these needs dials. `number` counts the distinct needs from 0."""
    return DID if not needs[number] else f"+1{number:010d}"


def agent_id(number: int) -> AgentId:
    return AgentId(f"agent{number:05d}")


def setup_events(scenario: Scenario) -> Iterator[Event]:
    """Yield the events after which the queue is open and every phone is registered. No agent works yet."""
    numbers = sorted({shift.agent for shift in scenario.shifts})
    agents = [
        AgentConfig(agent_id(n), TEAM, f"Agent {n}", UserId(f"user{n:05d}"), f"phone{n:05d}") for n in numbers
    ]
    queue = simulated_queue(scenario.queue, [agent.id for agent in agents])
    if scenario.skills is not None:
        queue = _with_skills(queue, scenario, numbers)
    items: list[ConfigItem] = [
        TeamConfig(TEAM, "Simulated", recording=RecordingPolicy.NONE),
        queue,
        *agents,
        NumberConfig(NumberId("number"), TEAM, DID, queue=QUEUE),
        *_skilled_numbers(scenario),
    ]
    yield ConfigChanged(tuple(items))
    for agent in agents:
        yield PhoneStateChanged(agent.phone, registered=True)


def distinct_needs(scenario: Scenario) -> list[tuple[SkillNeed, ...]]:
    """Return what calls need, each set of needs once."""
    return list(dict.fromkeys(scenario.needs)) if scenario.skills is not None else [()]


def _with_skills(queue: QueueConfig, scenario: Scenario, numbers: list[int]) -> QueueConfig:
    """Return the queue with the skills that it really asks for. Its agents have the skills that they really have."""
    known = scenario.skills or ()
    members = tuple(
        replace(member, skills=known[number] if number < len(known) else ())
        for number, member in zip(numbers, queue.members, strict=True)
    )
    config = scenario.queue
    return replace(queue, members=members, skills=config.skills, relaxation=config.relaxation)


def _skilled_numbers(scenario: Scenario) -> Iterator[ConfigItem]:
    """Yield a number for each set of needs, with a route that sets these needs."""
    needs = distinct_needs(scenario)
    for place, wanted in enumerate(needs):
        if wanted:
            skills = [{"skill": n.skill, "level": n.level, "required": n.required} for n in wanted]
            blocks = {
                BlockId("set"): Block(BlockId("set"), "set", {"skills": skills}, {"next": BlockId("queue")}),
                BlockId("queue"): Block(BlockId("queue"), "queue", {"queue": QUEUE}),
            }
            route = RouteConfig(RouteId(f"route{place}"), TEAM, "", 1, BlockId("set"), blocks)
            yield route
            yield NumberConfig(NumberId(f"number{place}"), TEAM, did_of(needs, place), route=route.id)


def simulated_queue(config: QueueConfig, agents: list[AgentId]) -> QueueConfig:
    """Return the queue with its strategy, limits and times, served by these agents. Skills, opening hours, overflow and
    announcements are left out, and no agent is set `Away`.

    The n-th agent has the order and the weight of the n-th member. After the last member the first one comes again.
    """
    places = config.members or (QueueMember(AgentId("")),)
    members = tuple(
        QueueMember(id, places[n % len(places)].order, weight=places[n % len(places)].weight)
        for n, id in enumerate(agents)
    )
    return replace(
        config,
        id=QUEUE,
        team=TEAM,
        members=members,
        missed_limit=None,
        recording=RecordingPolicy.NONE,
        skills=(),
        relaxation=(),
        sticky_wait=None,
        hours=None,
        overflow=None,
        announce_position=False,
        announce_wait=False,
        comfort_sounds=(),
        agent_sounds=(),
        agent_wait=False,
    )
