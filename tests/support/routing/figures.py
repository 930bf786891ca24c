"""The figures of a queue, live and from records alone."""

from collections.abc import Iterable
from typing import Any

from routing import commands as c
from routing.config import QueueConfig
from routing.engine import Engine
from routing.figures import Figures, Stays, figures
from tests.support.routing.story import Story


def today(story: Story, queue: QueueConfig) -> Figures:
    """Return the figures that the live view shows."""
    view = story.engine.queue(queue.id, story.now)
    assert view is not None
    return view.today


def recomputed(story: Story, queue: QueueConfig) -> Figures:
    """Return the figures from the records of the story alone."""
    return Records(story.said).figures(queue)


class Records:
    """The records of stays and wrap-ups among these commands."""

    def __init__(self, commands: Iterable[c.Command] = ()) -> None:
        self.stays: dict[tuple[str, int], dict[str, Any]] = {}
        """The newest record of each stay."""
        self.wrap_ups: dict[tuple[str, str | None], dict[float, float]] = {}
        """The seconds of each agent's wrap-ups of a call, by their beginnings."""
        self.take(commands)

    def take(self, commands: Iterable[c.Command]) -> None:
        for command in commands:
            if isinstance(command, c.LogCall):
                self._keep(command.record["stays"])
            elif isinstance(command, c.LogStay):
                self._keep([command.record["stay"]])
            elif isinstance(command, c.LogWrapUp):
                record = command.record
                work = self.wrap_ups.setdefault((record["call"], record["agent"]), {})
                work[record["began_at"]] = record["seconds"]

    def _keep(self, stays: Iterable[dict[str, Any]]) -> None:
        self.stays.update(((stay["call"], stay["number"]), stay) for stay in stays)

    def with_live_ones(self, engine: Engine) -> "Records":
        """Return these records and those of the stays of live calls and of callbacks."""
        found = Records()
        found.stays, found.wrap_ups = {**self.stays, **_unwritten(engine)}, self.wrap_ups
        return found

    def figures(self, queue: QueueConfig, *, since: float = 0.0) -> Figures:
        """Return the figures of the queue's stays that began `since` then."""
        groups = [
            Stays(
                stay["outcome"],
                stay["wait"],
                stay["callback"] is not None,
                talk=stay["talk"],
                wrap_up=sum(self.wrap_ups.get((stay["last_call"], stay["agent"]), {}).values())
                if stay["outcome"] == "answered"
                else 0.0,
            )
            for stay in self.stays.values()
            if stay["queue"] == queue.id and stay["joined_at"] >= since
        ]
        return figures(groups, good=queue.call_service_good, short=queue.short_abandon)


def _unwritten(engine: Engine) -> dict[tuple[str, int], dict[str, Any]]:
    """Return the stays of live calls and of callbacks."""
    image: Any = engine.snapshot()
    live = [stay for call in image["calls"] for stay in call["stays"]]
    kept = [callback["stay"] for callback in image["callbacks"] if callback["stay"] is not None]
    return {(stay["call"], stay["number"]): stay for stay in (*live, *kept)}
