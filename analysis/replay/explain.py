"""`switchroom replay --agent`: replay a moment and explain why an agent was not chosen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from analysis.replay.command import DIFFERENT, SAME, UNREADABLE, follow, print_difference, tell
from analysis.replay.replayer import Replay
from analysis.replay.segment import UnreadableSegment
from routing.acd.explanation import reason
from routing.engine import Engine
from routing.ids import AgentId
from routing.state import Call, Callback, Queue, Waiter
from routing.state.groups import Group
from routing.state.world import World

NEAR = 0.5
"""Decisions within so many seconds of the given time are explained. If there are none, the last one before is."""


@dataclass(frozen=True, slots=True)
class Explained:
    """One decision, and why the agent was or was not chosen."""

    at: float
    call: str
    queue: str
    strategy: str
    wait: float
    waiting: int
    chosen: tuple[str, ...]
    reason: str


class Witness:
    """Keep the decisions that are asked for: those of `call`, or those near `at`."""

    def __init__(self, agent: str, *, call: str = "", at: float | None = None) -> None:
        self.found: list[Explained] = []
        self._agent, self._call, self._at = AgentId(agent), call, at
        self._last: Explained | None = None

    def __call__(
        self, world: World, queue: Queue, group: Group, waiter: Waiter, chosen: list[AgentId]
    ) -> None:
        if not self._asked(world, waiter):
            return
        explained = Explained(
            at=world.now,
            call=waiter.id,
            queue=queue.config.name,
            strategy=str(queue.config.strategy),
            wait=world.now - waiter.joined_at,
            waiting=len(queue.calls),
            chosen=tuple(chosen),
            reason=reason(world, queue, group, waiter, chosen, self._agent),
        )
        if self._at is None or abs(world.now - self._at) <= NEAR:
            self.found.append(explained)
        elif self._agent in queue.members:
            self._last = explained

    def _asked(self, world: World, waiter: Waiter) -> bool:
        if self._call:
            ids = {waiter.id, _other_id(waiter)}
            return self._call in ids
        return self._at is None or world.now <= self._at + NEAR

    def answer(self) -> list[Explained]:
        """Return the decisions that are asked for, the oldest first."""
        return self.found or ([self._last] if self._last is not None else [])


def explain(console: Console, paths: Sequence[Path], agent: str, *, call: str = "", at: str = "") -> int:
    """Replay, and print why `agent` was not chosen for `call`, or at `at` (ISO 8601 or POSIX seconds). Return the exit
    status."""
    try:
        witness = Witness(agent, call=call, at=_seconds(at) if at else None)
        run = Replay.of(paths)
        run.prepare = lambda engine: _watch(engine, witness)
        different = follow(console, run)
    except (UnreadableSegment, ValueError) as error:
        console.print(str(error), style="red", highlight=False, soft_wrap=True)
        return UNREADABLE
    tell(console, run.notices)
    for explained in witness.answer():
        _print(console, agent, explained)
    if not witness.answer():
        console.print(
            "No offer was decided for that call or time." if call or at else "No offer was decided.",
            highlight=False,
        )
    if different is not None:
        print_difference(console, different)
        return DIFFERENT
    return SAME


def _watch(engine: Engine, witness: Witness) -> None:
    engine.watch(witness)


def _print(console: Console, agent: str, explained: Explained) -> None:
    at = datetime.fromtimestamp(explained.at, UTC).isoformat(timespec="milliseconds")
    console.print(
        f"{at} call {explained.call} in {explained.queue} ({explained.strategy}), waiting {explained.wait:.1f} s, "
        f"{explained.waiting} in the queue: rung {', '.join(explained.chosen)}",
        highlight=False,
        soft_wrap=True,
    )
    console.print(f"  agent {agent}: {explained.reason}", highlight=False, soft_wrap=True)


def _seconds(text: str) -> float:
    """Return POSIX seconds. Raises ValueError with a sentence."""
    try:
        return float(text)
    except ValueError:
        pass
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text} is not a time: write 2026-01-05T12:00:00Z or POSIX seconds.") from None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def _other_id(waiter: Waiter) -> str | None:
    """Return by which call a callback, or an attempt of one, is known as well."""
    if isinstance(waiter, Call):
        return waiter.callback_of
    return waiter.asked_in if isinstance(waiter, Callback) else None
