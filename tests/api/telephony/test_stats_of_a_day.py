"""A day of random traffic, from the core through the record writer to the statistics: all show the same figures."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session

from analysis.reports.intervals import Period
from api.telephony.queues import stats
from models import Queue
from pbx.persistence.records import record_entry
from routing import commands as c
from routing import events as e
from routing.ids import QueueId
from switchroom.messages.records import parse_entry
from tests.support.api.world import World
from tests.support.routing.day import DAY, HOUR, MIDNIGHT, Center
from tests.support.routing.figures import Records
from workers.records.write_batch import write_batch

pytestmark = [pytest.mark.service, pytest.mark.timeout(300)]

BERLIN = ZoneInfo("Europe/Berlin")
LOCAL_MIDNIGHT = MIDNIGHT - HOUR
KINDS = {c.LogCall: "call", c.LogStay: "stay", c.LogWrapUp: "wrap-up"}


class Told:
    """Gets the day's events, and keeps the entries for the record writer."""

    def __init__(self) -> None:
        self.records = Records()
        self.entries: list[str] = []

    def __call__(self, event: e.Event, now: float, said: list[c.Command]) -> None:
        self.records.take(said)
        for command in said:
            kind = KINDS.get(type(command))
            if kind is not None:
                record: Any = command.record  # type: ignore[union-attr]
                self.entries.append(record_entry(kind, record, "a").model_dump_json())


def test_live_view_statistics_and_records_agree(any_world: World) -> None:
    told = Told()
    center = Center(7, 400, told, queues=4)
    center.run()
    with Session(any_world.api.context.engine) as db:
        entries = [parse_entry(text) for text in told.entries]
        for start in range(0, len(entries), 50):
            write_batch(db, entries[start : start + 50])
        for id in center.engine.queue_ids():
            check(db, center, told.records, str(id))
        db.rollback()


def check(db: Session, center: Center, records: Records, id: str) -> None:
    view = center.engine.queue(QueueId(id), center.now)
    config = next(queue for queue in center.queues if queue.id == id)
    assert view is not None
    row = Queue(
        id=id,
        team_id="1" * 32,
        name=id,
        call_service_good=config.call_service_good,
        short_abandon=config.short_abandon,
    )
    first, middle, last = (datetime.fromtimestamp(LOCAL_MIDNIGHT + n * DAY, UTC) for n in (0, 1, 2))
    found = stats.report(db, row, Period(first, last, BERLIN), 86_400)
    days = [{name: day[name] for name in asdict(view.today)} for day in found["intervals"]]
    assert days[1] == asdict(view.today) == asdict(records.figures(config, since=middle.timestamp()))
    total = asdict(records.figures(config, since=first.timestamp()))
    assert {name: found[name] for name in total} == total
    assert found["offered"] == days[0]["offered"] + days[1]["offered"] > 40
