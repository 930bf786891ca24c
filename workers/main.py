"""An RQ worker of one queue.

The worker of a node's recordings runs its jobs in its own process: they are many, short and pure Python, and a
child for each would cost several times the job itself. The worker of another queue forks a child for each job, so
that a job that crashes, leaks memory or hangs does not harm the next one. It sets up what is costly before it forks.
"""

import ctypes
import importlib
import logging
import os
import signal
import sys
from collections.abc import Sequence
from threading import Event, Thread

from redis import Redis
from rq import Queue, SimpleWorker, Worker
from rq.executions import Execution
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.worker import BaseWorker
from sqlalchemy.exc import SQLAlchemyError

from models import Outbox, Recording, Voicemail
from switchroom import garbage
from switchroom.database import session
from switchroom.logs import configure_logs
from switchroom.storage import StorageError
from workers.disks import WARN_SHARE, report_disk
from workers.enqueue import DEFAULT, JOBS, enqueue, recordings_queue
from workers.failed import horse_killed
from workers.registered_job import RegisteredJob
from workers.resources import Resources, get_resources, make_redis

logger = logging.getLogger(__name__)

MAINTENANCE_SECONDS = 30
"""How often RQ looks for the jobs of killed workers (its own default is ten minutes), and the node is swept."""
BEAT_SECONDS = 30
"""How often a worker tells that it lives. 90 seconds after the last time its job counts as abandoned."""
PR_SET_PDEATHSIG = 1
"""prctl(2): the signal that a process gets when its parent dies."""


def _be_known(worker: BaseWorker) -> None:
    """Register the worker again if Redis has lost its data: health looks for the workers there."""
    if not worker.connection.sismember(worker.redis_workers_keys, worker.key):
        worker.connection.delete(worker.key)
        worker.register_birth()  # type: ignore[no-untyped-call]


class ForkingWorker(Worker):
    """RQ's forking worker; a child never uses the parent's database connections.

    It looks for the jobs of killed workers also while a job runs: a long recording takes an hour.
    """

    def maintain_heartbeats(self, job: Job, execution: Execution) -> None:
        super().maintain_heartbeats(job, execution)
        if self.should_run_maintenance_tasks:
            self.run_maintenance_tasks()

    def run_maintenance_tasks(self) -> None:
        super().run_maintenance_tasks()  # type: ignore[no-untyped-call]
        _be_known(self)

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        get_resources().engine.dispose(close=False)
        super().main_work_horse(job, queue)


class RecordingsWorker(SimpleWorker):
    """The worker of a node's recordings: it sweeps the node's disk at its start and at each maintenance.

    It runs a job in its own process. Meanwhile a thread tells Redis that the worker lives. If the worker is killed, the
    next one does its job when the last heartbeat has expired, and not only after the job's own timeout.
    """

    _beats: Thread | None = None

    def execute_job(self, job: Job, queue: Queue) -> None:
        if self._beats is None:
            self._beats = Thread(target=self._beat, name="heartbeats", daemon=True)
            self._beats.start()
        super().execute_job(job, queue)

    def get_heartbeat_ttl(self, job: Job, working_time: float = 0.0) -> int:
        return BaseWorker.get_heartbeat_ttl(self, job, working_time)

    def _beat(self) -> None:
        """Tell at intervals that the worker lives. No error ends this: jobs would look abandoned without it."""
        pause = Event()
        while not pause.wait(BEAT_SECONDS):
            for execution in list(self.executions.values()):
                try:
                    self.maintain_heartbeats(execution.job, execution)
                except Exception:
                    logger.exception("no heartbeat")

    def run_maintenance_tasks(self) -> None:
        super().run_maintenance_tasks()  # type: ignore[no-untyped-call]
        _be_known(self)
        resources = get_resources()
        node = resources.settings.node
        if recordings_queue(node) in self.queue_names():
            _report_disk(resources)
            enqueue(self.connection, "sweep_node", node, queue=recordings_queue(node))


def _report_disk(resources: Resources) -> None:
    try:
        use = report_disk(resources)
    except OSError as error:
        logger.error("the node's spool cannot be examined", extra={"error": type(error).__name__})
        return
    if use.share >= WARN_SHARE:
        logger.warning("the disk of the node's spool is nearly full", extra={"percent": int(100 * use.share)})


def warm_up(resources: Resources) -> None:
    """Do once in the parent what every child would do again: compile the statements, resolve S3's endpoint.

    All connections are closed again: two processes on one connection would read each other's answers.
    """
    try:
        with session(resources.engine, readonly=True) as db:
            for table in (Recording, Voicemail, Outbox):
                db.get(table, "")
        resources.storage.exists("warm-up")
    except (SQLAlchemyError, StorageError) as error:
        logger.warning("the worker starts cold: a server is away", extra={"error": type(error).__name__})
    resources.engine.dispose()
    resources.storage.close()
    garbage.freeze()


def make_worker(queue: str) -> BaseWorker:
    """Make the worker of this queue, and import everything that its jobs need."""
    resources = get_resources()
    for path in JOBS.values():
        importlib.import_module(path.rpartition(".")[0])
    connection = make_redis(resources.settings.redis_url)
    kind = RecordingsWorker if queue.startswith(recordings_queue("")) else ForkingWorker
    if kind is ForkingWorker:
        warm_up(resources)
    return kind(
        [Queue(queue, connection=connection, serializer=JSONSerializer, job_class=RegisteredJob)],
        connection=connection,
        serializer=JSONSerializer,
        job_class=RegisteredJob,
        maintenance_interval=MAINTENANCE_SECONDS,
        job_monitoring_interval=BEAT_SECONDS,
        # An idle worker wakes 15 seconds before its entry in Redis expires: often enough for the maintenance.
        worker_ttl=MAINTENANCE_SECONDS + 15,
        work_horse_killed_handler=horse_killed,
    )


def tie_children(connection: Redis) -> None:
    """Make every child of this process end with it, and close the connections that the child inherits.

    RQ's scheduler is a child that outlives a killed worker. With a copy of the worker's socket it would
    keep the worker's blocking read alive in Redis, and the next job would go to a dead process.
    """
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None

    def in_child() -> None:
        connection.connection_pool.disconnect()
        if libc is not None:
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)

    os.register_at_fork(after_in_child=in_child)


def main(queue_names: Sequence[str] = ()) -> None:
    """Run the worker of one queue until SIGTERM. `recordings` means the queue of this machine's node.

    It takes one queue only: RQ can lose a job of a worker with several, between taking and starting it.
    """
    if len(queue_names) > 1:
        raise ValueError("one queue a worker: start one process for each")
    resources = get_resources()
    settings = resources.settings
    configure_logs("worker", settings.log_level)
    queue = next(iter(queue_names), DEFAULT)
    queue = recordings_queue(settings.node) if queue == "recordings" else queue
    worker = make_worker(queue)
    tie_children(worker.connection)
    logger.info("worker started", extra={"queue": queue})
    worker.work(with_scheduler=True, logging_level="WARNING")
