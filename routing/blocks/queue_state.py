"""`queue-state`: branches by the present figures of a queue."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from routing.acd import estimated_wait
from routing.blocks import checks
from routing.blocks.base import Exit, Turn
from routing.blocks.cases import ELSE, Cases, check_cases
from routing.blocks.settings import Setting
from routing.blocks.ways import Look, Way
from routing.expressions import conditions
from routing.state import Queue
from routing.state.world import World

FIGURES = ("waiting", "available", "staffed", "ewt")


def figures(world: World, queue: Queue) -> dict[str, str]:
    """Return the figures: callers `waiting` for an agent, `available` agents (free now), `staffed` agents (logged in,
    free or not), and `ewt`. `ewt` is the seconds that a caller who came now would wait, the middle of the estimate; it
    is missing without an estimate."""
    if (assumed := world.assumed_figures.get(queue.config.id)) is not None:
        return dict(assumed)
    found = {
        "waiting": str(queue.callers_waiting),
        "available": str(len(queue.free)),
        "staffed": str(len(queue.staffed)),
    }
    span = estimated_wait.next_caller(queue, world.now)
    if span is not None:
        found["ewt"] = f"{(span[0] + span[1]) / 2:.1f}"
    return found


class QueueState(Cases):
    """The first case whose conditions all hold decides. A condition on an unknown figure never holds."""

    type = "queue-state"
    settings: ClassVar = {
        "queue": checks.reference("queue", required=True),
        "cases": Setting(check_cases(conditions.check_figures(FIGURES)), required=True),
    }

    def enter(self, turn: Turn) -> Exit:
        queue = turn.world.queues.get(turn.setting("queue"))
        return ELSE if queue is None else _exit(turn.setting("cases"), figures(turn.world, queue))

    def reason(self, turn: Turn) -> str:
        queue = turn.world.queues.get(turn.setting("queue"))
        known = {} if queue is None else figures(turn.world, queue)
        return ", ".join(f"{name} {text}" for name, text in known.items())

    def ways(self, look: Look) -> Iterator[Way]:
        for name, witness in conditions.possible(look.setting("cases"), "figure", {}):
            lead = ", ".join(f"{figure} is {text}" for figure, text in witness.items())
            yield Way(name or ELSE, lead or "no case applies to the queue")


def _exit(cases: list[conditions.Case], known: Mapping[str, str]) -> str:
    """Return the exit. A condition on an unknown figure never holds, not even `not-equals`."""
    fitting = [case for case in cases if all(c["figure"] in known for c in case["when"])]
    found = conditions.first_case(fitting, lambda c: known[c["figure"]], lambda text: text)
    return ELSE if found is None else str(found["name"])
