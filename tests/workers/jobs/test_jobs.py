"""Real workers run jobs by name. A failure is written to the job's row, listed and retried."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread

import pytest
from rq import Callback, Queue, Webhook, Worker
from rq.job import Job
from rq.registry import StartedJobRegistry
from rq.serializers import JSONSerializer
from sqlmodel import select

from models import Outbox, Recording
from switchroom.database import session
from tests.support.servers import wait_until
from tests.workers.conftest import WriteWav, rest, work
from workers.enqueue import JOBS, RETRY_SECONDS, UnknownJobError, enqueue, recordings_queue
from workers.failed import KILLED, count_jobs, failed_jobs, horse_killed, retry_jobs
from workers.main import BEAT_SECONDS, MAINTENANCE_SECONDS, main, make_worker
from workers.registered_job import AT_ONCE, MOST_KILLS, PAUSE_SECONDS, RegisteredJob
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


def test_a_jobs_id_takes_any_arguments(resources: Resources) -> None:
    odd: list[tuple[str | int | float | None, ...]] = [
        ("a b",), ("a.b",), ("a:b",), ("é",), ("a/b", None), ("a/b", "None"), (1.5,), ("x" * 5000,), ("",), ("\n",),
    ]  # fmt: skip
    ids = [enqueue(resources.redis, "store_recording", *args, queue=QUEUE) for args in odd]
    assert len(set(ids)) == len(odd)
    assert ids == [enqueue(resources.redis, "store_recording", *args, queue=QUEUE) for args in odd]
    assert count_jobs(resources.redis)[QUEUE, "queued"] == len(odd)
    kept = [queue_of(resources).fetch_job(id) for id in ids]
    assert [job and tuple(job.args) for job in kept] == odd


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
    assert tick(resources.redis, resources.keys) == [
        "enforce_retention",
        "enforce_inbox_retention",
        "purge_expired",
        "remove_loose_files",
        "sync_integrations",
        "resume_inbox",
        "wake_conversations",
        "expire_browser_phones",
        "send_due_reports",
        "resume_transcripts",
    ]
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
def worker_process(
    resources: Resources, queue: str, log: Path, **more: str
) -> Iterator[subprocess.Popen[bytes]]:
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
        **more,
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


@contextmanager
def server_that_hangs() -> Iterator[tuple[int, Event]]:
    """A server that takes connections and says nothing. The event is set at the first one."""
    asked, listener = Event(), socket.create_server(("127.0.0.1", 0))
    taken: list[socket.socket] = []

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                taken.append(listener.accept()[0])
                asked.set()

    Thread(target=accept, daemon=True).start()
    yield listener.getsockname()[1], asked
    for connection in (listener, *taken):
        connection.close()


def expire_heartbeats(resources: Resources, queue: str, but: str = "none") -> None:
    """As if the time since the last heartbeat of the queue's jobs were over. The execution `but` goes on."""
    registry = StartedJobRegistry(queue, connection=resources.redis, serializer=JSONSerializer)
    running = resources.redis.zrange(registry.key, 0, -1, withscores=True)
    ((member, score),) = [(member, score) for member, score in running if not member.decode().endswith(but)]
    assert 0 < score - time.time() <= BEAT_SECONDS + 60, "taken for abandoned within two minutes"
    resources.redis.zadd(registry.key, {member: 1})


def tries_left(resources: Resources, job_id: str) -> int | None:
    return Job.fetch(job_id, connection=resources.redis, serializer=JSONSerializer).retries_left


class TestKilled:
    """A worker is killed. Its job is done by the next worker without help, and the kill uses up none of its tries."""

    def test_in_an_upload(self, resources: Resources, write_wav: WriteWav, tmp_path: Path) -> None:
        row = add(resources)
        write_wav("recordings/c1-1.agent.wav")
        enqueue(resources.redis, "store_recording", row.id, queue=QUEUE)
        with server_that_hangs() as (port, asked):
            away = {"SWITCHROOM_S3_ENDPOINT": f"http://127.0.0.1:{port}"}
            with worker_process(resources, QUEUE, tmp_path / "one.log", **away) as process:
                assert asked.wait(60)
                process.kill()
                process.wait(10)
        assert state(resources, row).state == "pending"
        assert count_jobs(resources.redis)[QUEUE, "started"] == 1, "visible meanwhile"
        expire_heartbeats(resources, QUEUE)
        with worker_process(resources, QUEUE, tmp_path / "two.log"):
            wait_until(lambda: state(resources, row).state == "stored", "the next worker's upload", 40)
        assert (state(resources, row).attempts, state(resources, row).error) == (0, None)
        assert f'"error": "{KILLED}"' in (tmp_path / "two.log").read_text()

    def test_in_the_child_of_a_worker(self, resources: Resources, tmp_path: Path) -> None:
        """As the kernel does when no memory is left. Jobs on the default queue have a process each."""
        mail = Outbox(kind="mail", payload={"to": "a@example.org", "subject": "x", "text": "y"})
        with session(resources.engine) as db:
            db.add(mail)
        job = enqueue(resources.redis, "send_mail", mail.id)
        with server_that_hangs() as (port, asked):
            smtp = {"SWITCHROOM_SMTP_URL": f"smtp://127.0.0.1:{port}"}
            with worker_process(resources, "default", tmp_path / "worker.log", **smtp) as process:
                assert asked.wait(60)
                first = child_of(process.pid, resources, "default")
                os.kill(first, signal.SIGKILL)
                wait_until(
                    lambda: child_of(process.pid, resources, "default") not in (0, first), "the next try", 30
                )
                assert tries_left(resources, job) == len(RETRY_SECONDS)
                process.kill()
                process.wait(10)
        with session(resources.engine, readonly=True) as db:
            assert db.get_one(Outbox, mail.id).error == f"will be tried again: {KILLED}"

    def test_beside_a_worker_that_is_busy_for_long(
        self, resources: Resources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The busy worker puts the job back into the queue, where a transcription makes way for it."""
        mail = Outbox(kind="mail", payload={"to": "a@example.org", "subject": "x", "text": "y"})
        with session(resources.engine) as db:
            db.add(mail)
        enqueue(resources.redis, "send_mail", mail.id)
        with server_that_hangs() as (port, asked):
            smtp = {"SWITCHROOM_SMTP_URL": f"smtp://127.0.0.1:{port}"}
            with worker_process(resources, "default", tmp_path / "one.log", **smtp) as process:
                assert asked.wait(60)
                process.kill()
                process.wait(10)
        enqueue(resources.redis, "purge_expired")
        for module in ("main", "failed"):
            monkeypatch.setattr(f"workers.{module}.get_resources", lambda: resources)
        busy = make_worker("default")
        busy.register_birth()  # type: ignore[no-untyped-call]
        long = busy.dequeue_job_and_maintain_ttl(1)
        assert long is not None
        execution = busy.prepare_execution(long[0])
        expire_heartbeats(resources, "default", but=execution.id)
        busy.maintain_heartbeats(long[0], execution)
        assert busy.queues[0].count == 0, "it looked a moment ago, before it took the long job"
        monkeypatch.setattr(busy, "last_cleaned_at", datetime(2026, 1, 1, tzinfo=UTC))
        busy.maintain_heartbeats(long[0], execution)
        assert busy.queues[0].job_ids == [f"send_mail-{mail.id}"]
        busy.register_death()  # type: ignore[no-untyped-call]

    def test_by_its_own_job_it_ends_some_time(self, resources: Resources) -> None:
        row = add(resources)
        enqueue(resources.redis, "store_recording", row.id, queue=QUEUE)
        job = RegisteredJob.fetch(
            f"store_recording-{row.id}", connection=resources.redis, serializer=JSONSerializer
        )
        for kill in range(1, MOST_KILLS + 1):
            horse_killed(job, 1, 9, None)
            assert job.get_retry_interval() == (0 if kill <= AT_ONCE else PAUSE_SECONDS)
            job.retries_left = (job.retries_left or 0) - 1
        assert (job.retries_left, state(resources, row).attempts) == (len(RETRY_SECONDS), 0)
        horse_killed(job, 1, 9, None)
        assert job.retries_left == len(RETRY_SECONDS)

    def test_a_job_that_takes_long_is_not_taken_for_abandoned(
        self, resources: Resources, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("workers.main.get_resources", lambda: resources)
        monkeypatch.setattr("workers.main.BEAT_SECONDS", 0.05)
        queue = queue_of(resources)
        registry = StartedJobRegistry(QUEUE, connection=resources.redis, serializer=JSONSerializer)
        seen: list[float] = []

        def scores() -> list[float]:
            return [score for _, score in resources.redis.zrange(registry.key, 0, -1, withscores=True)]

        def long_job(_: str) -> None:
            first = scores()
            wait_until(lambda: scores() > first, "a heartbeat")
            seen.extend(scores())

        monkeypatch.setattr("workers.jobs.recordings.store_recording", long_job)
        enqueue(resources.redis, "store_recording", "r1", queue=QUEUE)
        worker = make_worker(QUEUE)
        monkeypatch.setattr(worker, "subscribe", lambda: None)
        worker.work(burst=True, logging_level="ERROR")
        assert len(seen) == 1
        assert queue.count == 0


def child_of(pid: int, resources: Resources, queue: str) -> int:
    """Return the process that runs the job of this worker, or 0; its scheduler is a child, too."""
    (worker,) = [w for w in Worker.all(connection=resources.redis) if queue in w.queue_names()]
    assert worker.pid == pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    for child in map(int, children):
        with contextlib.suppress(ProcessLookupError):
            if os.getpgid(child) == child:
                return child
    return 0


@pytest.mark.parametrize("queue", [QUEUE, "transcripts"])
def test_a_worker_is_known_again_after_redis_lost_its_data(
    resources: Resources, monkeypatch: pytest.MonkeyPatch, queue: str
) -> None:
    monkeypatch.setattr("workers.main.get_resources", lambda: resources)
    worker = make_worker(queue)
    worker.register_birth()  # type: ignore[no-untyped-call]
    resources.redis.flushdb()
    worker.heartbeat()  # type: ignore[no-untyped-call]
    for _ in range(2):
        worker.run_maintenance_tasks()  # type: ignore[no-untyped-call]
        (known,) = Worker.all(connection=resources.redis)
        assert known.queue_names() == [queue]
    worker.register_death()  # type: ignore[no-untyped-call]


def test_a_job_that_cannot_be_read_hides_no_other(resources: Resources) -> None:
    for name in ("broken", "whole"):
        enqueue(resources.redis, "store_recording", name, queue=QUEUE)
        job = queue_of(resources).fetch_job(f"store_recording-{name}")
        assert job is not None
        queue_of(resources).failed_job_registry.add(job, ttl=60)
    resources.redis.hset("rq:job:store_recording-broken", "data", b"nonsense")
    assert {(job.id, job.args) for job in failed_jobs(resources.redis)} == {
        ("store_recording-broken", ()),
        ("store_recording-whole", ("whole",)),
    }
    assert retry_jobs(resources.redis) == ["store_recording-whole"]


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
