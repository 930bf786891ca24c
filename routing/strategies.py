"""How a queue chooses among its free agents.

A strategy keeps no list of its own: it says where an agent stands in the queue's index of free agents at the moment
when it becomes free, and how many of the first are rung at once. So choosing costs the same whatever the numbers.
"""

from typing import Protocol

from routing.config import QueueConfig, QueueMember, Strategy
from routing.index import Key
from routing.state import Agent


class AgentStrategy(Protocol):
    def key(self, agent: Agent, member: QueueMember) -> Key:
        """The agent's place: the lowest rings first; the agent's id breaks ties."""

    def phones(self, queue: QueueConfig) -> int:
        """How many phones ring at once."""


class LongestIdle:
    """Who has waited longest since its last talk (or since it became `Available`)."""

    def key(self, agent: Agent, member: QueueMember) -> Key:
        return (agent.idle_since, member.order)

    def phones(self, queue: QueueConfig) -> int:
        return 1


class RingAll:
    """All free agents at once, at most `ring_limit`, the longest idle of them; the first answer wins."""

    def key(self, agent: Agent, member: QueueMember) -> Key:
        return (agent.idle_since, member.order)

    def phones(self, queue: QueueConfig) -> int:
        return max(1, queue.ring_limit)


STRATEGIES: dict[Strategy, AgentStrategy] = {
    Strategy.LONGEST_IDLE: LongestIdle(),
    Strategy.RING_ALL: RingAll(),
}
"""Those that this version knows; the api accepts no other for a queue."""


def strategy_of(queue: QueueConfig) -> AgentStrategy:
    """The queue's strategy; one that this version doesn't know is served as the default."""
    return STRATEGIES.get(queue.strategy, STRATEGIES[Strategy.LONGEST_IDLE])
