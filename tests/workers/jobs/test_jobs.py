"""Real workers run jobs by name. A failure is written to the job's row, listed and retried."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from rq import Callback, Queue, Webhook
from rq.job import Job
from rq.serializers import JSONSerializer
from sqlmodel import select

from models import Recording
from switchroom.database import session
from tests.support.servers import wait_until
from tests.workers.conftest import WriteWav, rest, work
from workers.enqueue import JOBS, RETRY_SECONDS, UnknownJobError, enqueue, recordings_queue
from workers.failed import count_jobs, failed_jobs, retry_jobs
from workers.main import MAINTENANCE_SECONDS, main, make_worker
from workers.registered_job import RegisteredJob
from workers.resources import Resources
from workers.schedule import tick

pytestmark = pytest.mark.service

QUEUE = recordings_queue("a")


@pytest.fixture(autouse=True)
def of_this_process(resources: Resources, monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs that a worker runs in the test's own process use the test's servers."""
    for module in ("recordings", "voicemails", "sweep"):
        monkeypatch.setattr(f"workers.jobs.{module}.get_resources", lambda: resources)
    monkeypatch.setattr("workers.failed.get_resources", lambda: resources)


def add(resources: Resources, call: str = "c1") -> Recording:
    row = Recording(call_id=call, team_id="t1", number=1, node="a", file_base=f"recordings/{call}-1")
    with session(resources.engine) as db:
        db.add(row)
    return row


def state(resources: Resources, row: Recording) -> Recording:
    with session(resources.engine, readonly=True) as db:
        return db.get_one(Recording, row.id)


def queue_of(resources: Resources) -> Queue:
    return Queue(QUEUE, connection=resources.redis, serializer=JSONSerializer)


def break_file(resources: Resources) -> Path:
    """Leave a file that is no sound."""
    path = resources.settings.spool_dir / "recordings/c1-1.agent.wav"
    path.write_bytes(b"no sound" * 10)
    rest(path, 90)
    return path


def run_again_now(resources: Resources, job_id: str) -> None:
    """As if the wait before the next try were over."""
    queue = queue_of(resources)
    job = Job.fetch(job_id, connection=resources.redis, serializer=JSONSerializer)
    queue.scheduled_job_registry.remove(job)
    queue.enqueue_job(job)
    work(resources, QUEUE)


def test_every_name_leads_to_a_function() -> None:
    for name, path in JOBS.items():
        module, _, function = path.rpartition(".")
        assert callable(getattr(__import__(module, fromlist=[function]), function)), name


def test_enqueueing_imports_no_job() -> None:
    code = "import sys, workers.enqueue; print([m for m in sys.modules if m.startswith(('workers.jobs', 'pydub'))])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_same_work_stands_in_the_queue_once(resources: Resources) -> None:
    ids = {enqueue(resources.redis, "store_recording", "r1", queue=QUEUE) for _ in range(3)}
    assert ids == {"store_recording-r1"}
    assert enqueue(resources.redis, "store_recording", "r1", queue=QUEUE, delay=5) == "store_recording-r1"
    assert count_jobs(resources.redis)[QUEUE, "queued"] == 1
    assert count_jobs(resources.redis)[QUEUE, "scheduled"] == 0
    with pytest.raises(UnknownJobError):
        enqueue(resources.redis, "os.system", "rm")


def test_a_job_that_fails_is_tried_again_and_tells_why(resources: Resources, write_wav: WriteWav) -> None:
    row = add(resources)
    broken = break_file(resources)
    job = enqueue(resources.redis, "store_recording", row.id, queue=QUEUE)
    work(resources, QUEUE)
    told = state(resources, row)
    assert (told.state, told.attempts) == ("pending", 1)
    assert "neither leg can be read" in (told.error or "")
    assert count_jobs(resources.redis)[QUEUE, "scheduled"] == 1
    broken.unlink()
    write_wav("recordings/c1-1.agent.wav")
    run_again_now(resources, job)
    told = state(resources, row)
    assert (told.state, told.error) == ("stored", None)
    assert failed_jobs(resources.redis) == []


def test_a_job_that_finally_fails_is_seen_and_can_be_retried(
    resources: Resources, write_wav: WriteWav
) -> None:
    row = add(resources)
    broken = break_file(resources)
    job = enqueue(resources.redis, "store_recording", row.id, queue=QUEUE)
    work(resources, QUEUE)
    for _ in RETRY_SECONDS:
        run_again_now(resources, job)
    told = state(resources, row)
    assert (told.state, told.attempts) == ("failed", len(RETRY_SECONDS) + 1)
    (failed,) = failed_jobs(resources.redis)
    assert (failed.id, failed.queue, failed.name, failed.args) == (job, QUEUE, "store_recording", (row.id,))
    assert "neither leg can be read" in failed.error
    assert count_jobs(resources.redis)[QUEUE, "failed"] == 1
    broken.unlink()
    write_wav("recordings/c1-1.caller.wav")
    assert retry_jobs(resources.redis, "another") == []
    assert retry_jobs(resources.redis, job) == [job]
    assert failed_jobs(resources.redis) == []
    work(resources, QUEUE)
    assert state(resources, row).state == "stored"


def test_a_file_that_is_still_written_costs_no_try(resources: Resources, write_wav: WriteWav) -> None:
    row = add(resources)
    write_wav("recordings/c1-1.agent.wav", age=0)
    job = enqueue(resources.redis, "store_recording", row.id, queue=QUEUE)
    work(resources, QUEUE)
    assert (state(resources, row).attempts, state(resources, row).error) == (0, None)
    assert count_jobs(resources.redis)[QUEUE, "scheduled"] == 1
    write_wav("recordings/c1-1.agent.wav", age=5)
    run_again_now(resources, job)
    assert state(resources, row).state == "stored"


def test_periodic_jobs_start_once(resources: Resources) -> None:
    assert tick(resources.redis, resources.keys) == ["enforce_retention", "purge_expired"]
    assert tick(resources.redis, resources.keys) == []


def test_a_nodes_worker_sweeps_it_by_the_clock(resources: Resources, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workers.main.get_resources", lambda: resources)
    worker = make_worker(QUEUE)
    assert worker.dequeue_timeout == MAINTENANCE_SECONDS, "an idle worker would sleep too long"
    worker.run_maintenance_tasks()
    worker.run_maintenance_tasks()
    assert queue_of(resources).job_ids == ["sweep_node-a"]
    elsewhere = make_worker(recordings_queue("b"))
    elsewhere.run_maintenance_tasks()
    assert list(elsewhere.queues[0].job_ids) == []


def test_a_worker_takes_one_queue() -> None:
    with pytest.raises(ValueError, match="one queue"):
        main(["default", "recordings"])


@contextmanager
def worker_process(resources: Resources, queue: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    settings = resources.settings
    environment = {
        **os.environ,
        "SWITCHROOM_DATABASE_URL": settings.database_url,
        "SWITCHROOM_REDIS_URL": settings.redis_url,
        "SWITCHROOM_SHARD": settings.shard,
        "SWITCHROOM_SPOOL_DIR": str(settings.spool_dir),
        "SWITCHROOM_S3_ENDPOINT": settings.s3_endpoint,
        "SWITCHROOM_S3_ACCESS_KEY": settings.s3_access_key.get_secret_value(),
        "SWITCHROOM_S3_SECRET_KEY": settings.s3_secret_key.get_secret_value(),
    }
    code = f"from workers.main import MAINTENANCE_SECONDS, main, make_worker; main([{queue!r}])"
    with log.open("wb") as out:
        process = subprocess.Popen([sys.executable, "-c", code], env=environment, stderr=out, stdout=out)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


def test_a_worker_stores_what_lies_there_at_its_start(
    resources: Resources, write_wav: WriteWav, tmp_path: Path
) -> None:
    rows = [add(resources, f"c{n}") for n in range(3)]
    for n in range(3):
        write_wav(f"recordings/c{n}-1.agent.wav")
    with worker_process(resources, "recordings", tmp_path / "worker.log") as process:
        wait_until(lambda: all(state(resources, row).state == "stored" for row in rows), "the sweep", 30)
        late = add(resources, "late")
        write_wav("recordings/late-1.agent.wav", age=0)
        enqueue(resources.redis, "store_recording", late.id, queue=QUEUE, delay=1)
        wait_until(lambda: state(resources, late).state == "stored", "the scheduled job", 30)
    assert process.returncode == 0
    assert list((resources.settings.spool_dir / "recordings").iterdir()) == []
    assert '"level": "ERROR"' not in (tmp_path / "worker.log").read_text()


def test_a_killed_workers_job_is_done_by_the_next(
    resources: Resources, write_wav: WriteWav, tmp_path: Path
) -> None:
    """The first worker dies in the middle of a job; the sweep of the next one brings it on its way."""
    row = add(resources)
    write_wav("recordings/c1-1.agent.wav", age=-3600)
    with worker_process(resources, QUEUE, tmp_path / "one.log") as process:
        wait_until(lambda: count_jobs(resources.redis).get((QUEUE, "scheduled"), 0) == 1, "the wait", 30)
        process.kill()
        process.wait(10)
    resources.redis.flushdb()
    write_wav("recordings/c1-1.agent.wav")
    with worker_process(resources, QUEUE, tmp_path / "two.log"):
        wait_until(lambda: state(resources, row).state == "stored", "the second worker", 30)
    with session(resources.engine, readonly=True) as db:
        assert len(db.exec(select(Recording)).all()) == 1


def test_the_default_queues_worker_forks(resources: Resources, tmp_path: Path) -> None:
    enqueue(resources.redis, "enforce_retention")
    with worker_process(resources, "default", tmp_path / "worker.log"):
        wait_until(
            lambda: (
                count_jobs(resources.redis).get(("default", "queued"), 1) == 0
                and not resources.redis.exists("rq:job:enforce_retention")
            ),
            "the job",
            30,
        )
    assert "retention enforced" in (tmp_path / "worker.log").read_text()


class TestOnlyRegisteredJobs:
    """Redis may name any function. A worker runs its own ones, and imports no other."""

    @pytest.fixture
    def trap(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """A module that leaves a file when it is imported. Returns the file's path."""
        sprung = tmp_path / "imported"
        (tmp_path / "trap.py").write_text(f"open({str(sprung)!r}, 'w')\n\ndef spring(*_): ...\n")
        monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{os.environ.get('PYTHONPATH', '')}")
        return sprung

    @pytest.mark.parametrize("name", ["default", QUEUE])
    def test_others_are_refused_as_failed_jobs(
        self, resources: Resources, tmp_path: Path, trap: Path, name: str
    ) -> None:
        queue = Queue(name, connection=resources.redis, serializer=JSONSerializer)
        ran = tmp_path / "ran"
        queue.enqueue("os.system", f"touch {ran}", job_id="shell")
        queue.enqueue("trap.spring", job_id="import")
        queue.enqueue("workers.main.main", job_id="not-a-job", failure_ttl=60)
        with worker_process(resources, name, tmp_path / "worker.log"):
            wait_until(lambda: len(failed_jobs(resources.redis)) == 3, "the refusals", 60)
        assert not ran.exists()
        assert not trap.exists()
        assert {job.error.partition(": ")[2] for job in failed_jobs(resources.redis)} == {
            f"{name!r} is not a registered job" for name in ("os.system", "trap.spring", "workers.main.main")
        }
        assert retry_jobs(resources.redis) == []

    def test_their_callbacks_and_webhooks_are_not_called(
        self, resources: Resources, tmp_path: Path, trap: Path
    ) -> None:
        queue = queue_of(resources)
        evil = Callback("trap.spring")
        job = queue.create_job(
            "workers.jobs.purge.purge_expired",
            job_id="ours",
            on_success=evil,
            on_failure=evil,
            on_stopped=evil,
        )
        job.webhooks = [Webhook("http://127.0.0.1:1/", "finished")]
        queue.enqueue_job(job)
        with worker_process(resources, QUEUE, tmp_path / "worker.log"):
            wait_until(lambda: queue.finished_job_registry.count == 1, "the job", 60)
        assert not trap.exists()
        taken = RegisteredJob.fetch("ours", connection=resources.redis, serializer=JSONSerializer)
        assert (taken.success_callback, taken.failure_callback, taken.webhooks) == (None, None, [])
