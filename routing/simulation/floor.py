"""What a scenario is to the core: a number, its queue, and agents with phones."""

from collections.abc import Iterator
from dataclasses import replace

from routing.config import (
    AgentConfig,
    ConfigItem,
    NumberConfig,
    QueueConfig,
    QueueMember,
    RecordingPolicy,
    TeamConfig,
)
from routing.events import ConfigChanged, Event, PhoneStateChanged
from routing.ids import AgentId, NumberId, UserId
from routing.simulation.scenario import QUEUE, TEAM, Scenario

DID = "+10000000000"


def agent_id(number: int) -> AgentId:
    return AgentId(f"agent{number:05d}")


def opening(scenario: Scenario) -> Iterator[Event]:
    """The events after which the queue is open and every phone registered; nobody works yet."""
    numbers = sorted({shift.agent for shift in scenario.shifts})
    agents = [
        AgentConfig(agent_id(n), TEAM, f"Agent {n}", UserId(f"user{n:05d}"), f"phone{n:05d}") for n in numbers
    ]
    queue = simulated_queue(scenario.queue, [agent.id for agent in agents])
    items: list[ConfigItem] = [
        TeamConfig(TEAM, "Simulated", recording=RecordingPolicy.NONE),
        queue,
        *agents,
        NumberConfig(NumberId("number"), TEAM, DID, queue=QUEUE),
    ]
    yield ConfigChanged(tuple(items))
    for agent in agents:
        yield PhoneStateChanged(agent.phone, registered=True)


def simulated_queue(config: QueueConfig, agents: list[AgentId]) -> QueueConfig:
    """The queue with its strategy, limits and times, served by these agents; what only real people or other places
    have (skills, opening hours, overflow, announcements, agents set `Away`) is left out.

    The n-th agent has the n-th member's order and weight, round and round if there are fewer members.
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
