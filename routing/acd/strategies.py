"""How a queue chooses among its free agents.

A strategy keeps no list of its own. It says where an agent stands in the indices of free agents at the moment when they
become free, in what order the agents are then taken, and how many phones ring. Every key begins with the number of
calls that the agent has already, so that agents with a capacity above one get their second call last.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from routing.acd.random_order import shuffled, weighted
from routing.config import QueueConfig, QueueMember, Strategy
from routing.ids import AgentId, QueueId
from routing.state import Agent, Queue, Tally
from routing.state.index import Index, Key

_NOTHING = Tally()

Keyed = Callable[[Agent, QueueMember, Tally], Key]


@dataclass(frozen=True, slots=True)
class AgentStrategy:
    """`key` is an agent's place: the lowest rings first; the agent's id breaks ties."""

    key: Keyed
    draw: Callable[[Index[AgentId], Queue, Random], Iterator[AgentId]] | None = None
    """The order in which free agents are taken for one call, where it is not that of the keys."""
    all_phones: bool = False
    """Whether up to `ring_limit` phones ring at once."""
    progressive: bool = False
    """Whether phones are added while the earlier ones ring."""
    turns: bool = False
    """Whether the order depends on when an agent was offered a call last."""
    daily: bool = False
    """Whether the order depends on figures of today."""

    def phones(self, config: QueueConfig) -> int:
        """Return how many phones ring at once."""
        return max(1, config.ring_limit) if self.all_phones else 1


def _idle(agent: Agent, member: QueueMember, tally: Tally) -> Key:
    """The agent comes first who has waited longest since their last talk (or since they became `Available`)."""
    return (len(agent.calls), agent.idle_since, member.order)


def _turn(agent: Agent, member: QueueMember, tally: Tally) -> Key:
    return (len(agent.calls), tally.turn, member.order)


def _calls(agent: Agent, member: QueueMember, tally: Tally) -> Key:
    return (len(agent.calls), tally.counted_calls, agent.idle_since, member.order)


def _talk(agent: Agent, member: QueueMember, tally: Tally) -> Key:
    return (len(agent.calls), tally.counted_talk, agent.idle_since, member.order)


def _order(agent: Agent, member: QueueMember, tally: Tally) -> Key:
    return (len(agent.calls), member.order)


def _alike(agent: Agent, member: QueueMember, tally: Tally) -> Key:
    """All are equal: the order is drawn."""
    return (len(agent.calls),)


def _weight(agent: Agent, member: QueueMember, tally: Tally) -> Key:
    """Weights of the same power of two stand together, see `random_order.weighted`."""
    return (len(agent.calls), _share(member).bit_length())


def _share(member: QueueMember) -> int:
    return max(1, member.weight)


def _by_weight(free: Index[AgentId], queue: Queue, rng: Random) -> Iterator[AgentId]:
    members = queue.members
    return weighted(free, lambda id: _share(members[id]), rng)


STRATEGIES: dict[Strategy, AgentStrategy] = {
    Strategy.LONGEST_IDLE: AgentStrategy(_idle),
    Strategy.RING_ALL: AgentStrategy(_idle, all_phones=True),
    Strategy.RING_PROGRESSIVELY: AgentStrategy(_idle, progressive=True),
    Strategy.ROUND_ROBIN: AgentStrategy(_turn, turns=True),
    Strategy.FEWEST_CALLS: AgentStrategy(_calls, daily=True),
    Strategy.LEAST_TALK_TIME: AgentStrategy(_talk, daily=True),
    Strategy.RANDOM: AgentStrategy(_alike, lambda free, queue, rng: shuffled(free, rng)),
    Strategy.WEIGHTED_RANDOM: AgentStrategy(_weight, _by_weight),
    Strategy.LINEAR: AgentStrategy(_order),
}
"""Every strategy that a queue can have."""


def strategy_of(queue: QueueConfig) -> AgentStrategy:
    return STRATEGIES[queue.strategy]


def tally_of(agent: Agent, queue: QueueId, now: float) -> Tally:
    """Return what the agent did for the queue today."""
    known = agent.tallies.get(queue)
    if known is None:
        return _NOTHING
    return known if now < known.until else Tally(turn=known.turn)
