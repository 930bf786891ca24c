"""How full a node's disk is: told by its worker, seen in the metrics."""

import shutil
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from workers.disks import disk_of, report_disk
from workers.enqueue import recordings_queue
from workers.main import make_worker
from workers.metrics import DISK_USED
from workers.records.record_writer import RecordWriter
from workers.resources import Resources

pytestmark = pytest.mark.service


class Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.fixture
def is_full(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Let every disk look as if so many percent of it were used; root keeps a tenth for itself."""

    def set_to(percent: int) -> None:
        monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(1100, 10 * percent, 1000 - 10 * percent))

    return set_to


def test_the_nodes_worker_tells_how_full_its_disk_is(
    resources: Resources,
    is_full: Callable[[int], None],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("workers.main.get_resources", lambda: resources)
    assert disk_of(resources.redis, resources.keys, "a") is None
    worker = make_worker(recordings_queue("a"))
    for percent, warns in ((50, False), (91, True)):
        is_full(percent)
        worker.run_maintenance_tasks()
        use = disk_of(resources.redis, resources.keys, "a")
        assert use is not None
        assert use.share == percent / 100
        assert ("nearly full" in caplog.text) == warns
        RecordWriter(resources).refresh_metrics()
        assert DISK_USED.labels("a")._value.get() == percent / 100
    assert 0 < resources.redis.ttl(resources.keys.disk("a")) <= 120


def test_a_spool_that_is_not_there_stops_no_maintenance(
    resources: Resources, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def missing(*_: Any) -> None:
        raise FileNotFoundError

    monkeypatch.setattr("workers.main.get_resources", lambda: resources)
    monkeypatch.setattr(shutil, "disk_usage", missing)
    make_worker(recordings_queue("a")).run_maintenance_tasks()
    assert "cannot be examined" in caplog.text
    assert list(make_worker(recordings_queue("a")).queues[0].job_ids) == ["sweep_node-a"]


def test_a_real_disk_has_a_share(resources: Resources) -> None:
    assert 0 < report_disk(resources).share < 1
