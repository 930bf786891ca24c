"""JSON logs on stderr: one object a line, with the call's id on every line about a call.

Nothing personal (numbers, names) is logged at info level or above: log ids, counts and causes.
"""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from pythonjsonlogger.json import JsonFormatter

_call: ContextVar[str | None] = ContextVar("call", default=None)


class _Formatter(JsonFormatter):
    """`{"at", "level", "process", "logger", "message", "call"?, ...extra, "exc_info"?}`."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def add_fields(
        self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]
    ) -> None:
        log_data["at"] = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        log_data["level"] = record.levelname
        log_data["process"] = self._process
        log_data["logger"] = record.name
        super().add_fields(log_data, record, message_dict)
        call = _call.get()
        if call is not None:
            log_data.setdefault("call", call)


def configure_logs(process: str, level: str = "INFO") -> None:
    """Make every logger of this process write JSON lines to stderr. `process` names it: `engine`, `api` ..."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Formatter(process))
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for noisy in ("uvicorn", "uvicorn.error", "uvicorn.access", "asyncio"):
        logging.getLogger(noisy).handlers.clear()
        logging.getLogger(noisy).propagate = True
    # httpx and httpcore log addresses, which hold customers' numbers and what webhooks keep secret.
    for chatty in ("uvicorn.access", "alembic", "httpx", "httpcore"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    logging.captureWarnings(True)


def set_call(call: str | None) -> None:
    """Put this call's id on each line that this task or thread logs from now on; None: no id. It is fast."""
    _call.set(call)


@contextmanager
def about_call(call: str | None) -> Iterator[None]:
    """Put the call's id on each line that is logged inside."""
    token = _call.set(call)
    try:
        yield
    finally:
        _call.reset(token)
