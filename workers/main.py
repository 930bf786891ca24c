"""An RQ worker of one queue: a process that forks a child for each job.

A child keeps a job that crashes, leaks or hangs away from the next one. What is costly to set up
(imports, the S3 client's service model) is made before the fork and shared by every child, so that the
fork costs some milliseconds only.
"""

import importlib
import logging
from collections.abc import Sequence

from rq import Queue, Worker
from rq.job import Job
from rq.serializers import JSONSerializer

from switchroom.logs import configure_logs
from workers.enqueue import DEFAULT, JOBS, enqueue, recordings_queue
from workers.failed import horse_killed
from workers.resources import get_resources, make_redis

logger = logging.getLogger(__name__)

MAINTENANCE_SECONDS = 60
"""How often jobs of workers that were killed are looked for (RQ's own default is ten minutes)."""


class JobWorker(Worker):
    """RQ's forking worker; a child never uses the parent's database connections."""

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        get_resources().engine.dispose(close=False)
        super().main_work_horse(job, queue)


def make_worker(queue: str) -> JobWorker:
    """A worker of this queue, with everything imported that its jobs need."""
    resources = get_resources()
    for path in JOBS.values():
        importlib.import_module(path.rpartition(".")[0])
    connection = make_redis(resources.settings.redis_url)
    return JobWorker(
        [Queue(queue, connection=connection, serializer=JSONSerializer)],
        connection=connection,
        serializer=JSONSerializer,
        maintenance_interval=MAINTENANCE_SECONDS,
        work_horse_killed_handler=horse_killed,
    )


def main(queue_names: Sequence[str] = ()) -> None:
    """`switchroom worker [QUEUE]`: `default`, `recordings-<node>`, or `recordings` for this machine's node.

    One queue, because a worker of several can lose a job between taking it and starting it. Runs until
    SIGTERM.
    """
    if len(queue_names) > 1:
        raise ValueError("one queue a worker: start one process for each")
    resources = get_resources()
    settings = resources.settings
    configure_logs("worker", settings.log_level)
    mine = recordings_queue(settings.node)
    queue = next(iter(queue_names), DEFAULT)
    queue = mine if queue == "recordings" else queue
    worker = make_worker(queue)
    if queue == mine:
        enqueue(resources.redis, "sweep_node", settings.node, queue=queue)
    logger.info("worker started", extra={"queue": queue})
    worker.work(with_scheduler=True, logging_level="WARNING")
