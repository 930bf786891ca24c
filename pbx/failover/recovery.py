"""Recovers a dead engine's state: its last snapshot, then the journal after it. The commands are thrown away.

Snapshot (JSON): `{at, core, journal, command, calls, configured}`: POSIX seconds; `Engine.snapshot()`; the ids of
the newest journal entry and of the newest `commands` entry in it; call id -> node; the ids of all configuration
objects.
Journal entry: `{"type": "event", at, event, node?, command?}`, or `{"type": "snapshot", snapshot}`, which opens a
segment that can be replayed by itself.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pbx.configuration.known_ids import Configured
from pbx.persistence.store import Store
from routing.commands import LogCall
from routing.engine import Engine
from routing.errors import HandlerFailed, RoutingError
from routing.events import ConfigChanged, Entrance, StateResynced
from routing.ids import CallId
from routing.persistence.codec import decode_event

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Recovered:
    """`calls` says on which node each live call is; `command` is the newest `commands` entry applied.

    `clock` is the last engine's reading of its clock; see `pbx.loop.steady_clock`.
    """

    core: Engine
    command: str
    calls: dict[CallId, str]
    configured: Configured
    clock: dict[str, Any] | None = None


async def recover(store: Store) -> Recovered | None:
    """Return the state that the last engine of this shard left; None if there is none, or it cannot be read."""
    snapshot = await store.snapshot()
    if snapshot is None:
        return None
    try:
        recovered = Recovered(
            Engine.restore(snapshot["core"]),
            str(snapshot["command"]),
            {CallId(call): str(node) for call, node in snapshot["calls"].items()},
            Configured(snapshot["configured"]),
            snapshot.get("clock"),
        )
    except (KeyError, TypeError, ValueError, RoutingError):
        log.exception("the snapshot cannot be read: starting without it")
        return None
    tail = await store.journal_after(snapshot["journal"])
    replay(recovered, (entry for _, entry in tail))
    log.info("state recovered", extra={"entries": len(tail), "calls": len(recovered.calls)})
    return recovered


def replay(recovered: Recovered, entries: Iterable[dict[str, Any]]) -> None:
    """Apply journal entries. An event that the core refused the first time is refused again, in the same way."""
    for entry in entries:
        if entry["type"] != "event":
            continue
        event = decode_event(entry["event"])
        node = entry.get("node")
        if isinstance(event, ConfigChanged):
            recovered.configured.update(event)
        if isinstance(event, Entrance) and node is not None:
            recovered.calls[event.call] = node
        elif isinstance(event, StateResynced) and node is not None:
            recovered.calls.update({live.call: node for live in event.calls})
        try:
            commands = recovered.core.handle(event, entry["at"])
        except HandlerFailed as error:
            commands = error.commands
        except RoutingError:
            commands = []
        for command in commands:
            if isinstance(command, LogCall):
                recovered.calls.pop(CallId(command.record["id"]), None)
        recovered.command = entry.get("command", recovered.command)
