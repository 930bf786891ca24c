"""Run observed calls again, under another strategy or with other agents."""

from dataclasses import dataclass, replace

from routing.config import QueueConfig, SkillNeed, Strategy
from routing.simulation.arrivals import Listed
from routing.simulation.distributions import Constant, Listing, Observed
from routing.simulation.history import Arrival, patiences, talks
from routing.simulation.scenario import MONDAY, Scenario, plain_queue
from routing.simulation.shifts import Shift, always
from routing.simulation.simulator import simulate
from routing.simulation.stats import Result


@dataclass(frozen=True, slots=True)
class Trace:
    """Calls of one queue and who served it. Times are in seconds since the start of the trace, `start` (POSIX)."""

    arrivals: tuple[Arrival, ...]
    """In the order of `at`."""
    threshold: float
    wrap_up: float
    agents: tuple[Shift, ...]
    queue: QueueConfig | None = None
    """The other settings of the queue (times, limits). None: the defaults."""
    start: float = MONDAY
    rings: tuple[float, ...] = ()
    """How long the phones rang that were answered. Each simulated ring takes one of these. Empty: each phone is
    answered at once."""
    skills: tuple[tuple[tuple[str, int], ...], ...] | None = None
    """The skills of each agent, by the agent's number. None: no call needs any skill."""
    needs: tuple[tuple[SkillNeed, ...], ...] = ((),)
    """What each call needs, in the order of `arrivals`."""


def run_trace(
    trace: Trace, strategy: Strategy | None = None, agents: int | None = None, seed: int = 0
) -> Result:
    """Run `scenario_of_trace` with this seed. Raises as that does."""
    return simulate(scenario_of_trace(trace, strategy, agents, seed), seed)


def scenario_of_trace(
    trace: Trace, strategy: Strategy | None = None, agents: int | None = None, seed: int = 0
) -> Scenario:
    """Return the trace's calls under `strategy`, served by its agents in their shifts, or by `agents` who are always
    there.

    What was not seen of a call is estimated with `seed` (see `routing.simulation.history`). Raises `ValueError` for a
    trace without agents, or in which no call was answered.
    """
    queue = trace.queue or plain_queue()
    queue = replace(
        queue,
        strategy=strategy or queue.strategy,
        wrap_up=trace.wrap_up,
        call_service_good=trace.threshold,
    )
    return Scenario(
        arrivals=Listed(tuple(arrival.at for arrival in trace.arrivals)),
        talk=Listing(talks(trace.arrivals, seed)),
        patience=Listing(patiences(trace.arrivals, seed)),
        shifts=trace.agents if agents is None else always(agents),
        queue=queue,
        start=trace.start,
        answer=Observed(trace.rings) if trace.rings else Constant(0.0),
        skills=trace.skills,
        needs=trace.needs,
    )
