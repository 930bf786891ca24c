"""A day of random traffic: at any time the live figures are those that the records give."""

import json
import random
from dataclasses import replace

import pytest

from routing import commands as c
from routing import events as e
from routing.engine import Engine
from routing.figures import Figures
from routing.ids import QueueId
from tests.support.routing.day import HOUR, MIDNIGHT, Center
from tests.support.routing.figures import Records

pytestmark = pytest.mark.unit

LOCAL_MIDNIGHT = MIDNIGHT - HOUR
"""Of Europe/Berlin, where the day's team is."""


class Comparison:
    """Compare every hour, and restart the engine then. The thresholds change now and then."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.records = Records()
        self.center: Center | None = None
        self.due = MIDNIGHT + HOUR
        self.compared = 0
        self.seen: dict[str, int] = {}

    def __call__(self, event: e.Event, now: float, said: list[c.Command]) -> None:
        self.records.take(said)
        if self.center is not None and now >= self.due:
            self.due += HOUR
            self.compare(self.center.engine, now)

    def compare(self, engine: Engine, now: float) -> None:
        today = LOCAL_MIDNIGHT if now < LOCAL_MIDNIGHT + 24 * HOUR else LOCAL_MIDNIGHT + 24 * HOUR
        records = self.records.with_live_ones(engine)
        restarted = Engine.restore(json.loads(json.dumps(engine.snapshot())))
        for id in engine.queue_ids():
            config = engine._world.queues[id].config
            found = records.figures(config, since=today)
            assert live(engine, id, now) == found
            assert live(restarted, id, now) == found
            other = replace(config, call_service_good=self.draw.choice([5.0, 60.0]), short_abandon=12.0)
            records.take(restarted.handle(e.ConfigChanged((other,)), now))
            changed = records.with_live_ones(restarted)
            assert live(restarted, id, now) == changed.figures(other, since=today)
            self.compared += 1
            for name in ("answered", "abandoned", "short_abandons", "passed_on", "callbacks"):
                self.seen[name] = self.seen.get(name, 0) + getattr(found, name)


def live(engine: Engine, id: QueueId, now: float) -> Figures:
    view = engine.queue(id, now)
    assert view is not None
    return view.today


@pytest.mark.long
@pytest.mark.parametrize("seed", [3, 4])
def test_live_figures_are_those_of_the_records(seed: int) -> None:
    comparison = Comparison(seed)
    center = Center(seed, 1_500, comparison, queues=6)
    comparison.center = center
    center.run()
    comparison.compare(center.engine, center.now)
    assert comparison.compared > 6 * 20
    assert all(comparison.seen[name] > 0 for name in comparison.seen), comparison.seen
    assert len(comparison.seen) == 5
    stays = comparison.records.stays.values()
    assert all(stay["left_at"] is not None or stay["callback"] for stay in stays)
