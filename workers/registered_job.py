"""The class of every job that a worker takes: it runs the functions of `workers.enqueue.JOBS` and no others.

RQ takes the name of a function from Redis, imports it and calls it. Whoever can write to Redis could run any program.
"""

from collections.abc import Callable
from typing import Any

from rq.job import Job
from rq.utils import import_attribute

from workers.enqueue import JOBS, ON_FAILURE, UnknownJobError

AT_ONCE, PAUSE_SECONDS = 3, 60
"""A job whose worker was killed is tried again at once so often, then after a pause: memory may be short."""
MOST_KILLS = 20
"""From then on a kill uses up a try: the job itself may be what kills its workers."""


class RegisteredJob(Job):
    """A job whose function and callback are ours. Everything else that Redis names is not imported."""

    _pause: int | None = None
    """Seconds to the next try after a kill."""

    @property
    def func(self) -> Callable[..., Any]:
        """The job's function. Raises `UnknownJobError`, by which the job fails, if it is no job of ours."""
        name = self.func_name
        if self.instance or name is None or name not in JOBS.values():
            raise UnknownJobError(f"{name!r} is not a registered job")
        return import_attribute(name)

    @property
    def failure_callback(self) -> Callable[..., Any] | None:
        return import_attribute(ON_FAILURE) if self._failure_callback_name == ON_FAILURE else None

    def forgive_kill(self) -> None:
        """Let the next try come soon and use up none of the tries: the worker was killed, the job has not failed."""
        self.meta["kills"] = kills = self.meta.get("kills", 0) + 1
        if kills <= MOST_KILLS:
            self.retries_left = (self.retries_left or 0) + 1
            self._pause = 0 if kills <= AT_ONCE else PAUSE_SECONDS

    def get_retry_interval(self) -> int:
        return int(super().get_retry_interval()) if self._pause is None else self._pause

    @property
    def success_callback(self) -> None:
        """No job of ours has one."""

    @property
    def stopped_callback(self) -> None:
        """No job of ours has one."""

    def restore(self, raw_data: Any) -> None:
        """Read the job as Redis has it, without the addresses that RQ would send its outcome to."""
        super().restore(raw_data)
        self.webhooks = []
