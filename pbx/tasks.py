"""Ends tasks."""

import asyncio
from collections.abc import Iterable
from typing import Any

AGAIN_SECONDS = 1.0


async def end(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel tasks and wait until all have ended, with or without an error.

    Each task is cancelled again each second. A client library may take a cancellation for a lost connection; a loop
    that survives lost connections would then never end. Not for tasks whose own clean-up takes more than a second.
    """
    pending = {task for task in tasks if not task.done()}
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=AGAIN_SECONDS)
