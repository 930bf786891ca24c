"""What a block type tells the exhaustive check (`routing.routes.exploration`): each way out of a block, its cause, and
how long it takes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from routing.blocks.settings import Setting, value_in
from routing.config import Block

UNBOUNDED = float("inf")


@dataclass(frozen=True, slots=True)
class Way:
    """One way out of a block."""

    exit: str | None
    """None: the call ends here, or the caller talks to somebody."""
    lead: str
    """What causes it, for people: `1 is pressed`, `open, Mon 2026-01-05 09:00 Europe/Berlin`."""
    seconds: float = 0.0
    """The longest time that it takes, without the length of sounds, which is not known. `UNBOUNDED`: there is no
    limit."""
    digits: str = ""
    """What the caller presses."""
    chosen: bool = False
    """Whether it happens only if the caller does something."""
    facts: Mapping[str, str | None] = field(default_factory=dict)
    """Variables whose value is known after this way; None: it can be anything."""
    moments: tuple[int, ...] | None = None
    """The indices of the `Look.moments` at which it can happen; None: the time does not matter."""
    route: str | None = None
    """The route with whose entry the call goes on."""


@dataclass(frozen=True, slots=True)
class Look:
    """A block, and what the check knows when it comes to it."""

    block: Block
    declared: Mapping[str, Setting]
    facts: Mapping[str, str]
    """Variables whose value is certain here."""
    moments: Mapping[int, datetime]
    """The moments at which the call may be here: one for each answer that the route's hours can give together."""
    max_wait: Mapping[str, float] = field(default_factory=dict)
    """The longest wait of each queue (s), if it is known."""

    overflows: Mapping[str, str] | None = None
    """The block type of each queue's overflow, if the queue has one; None: not known."""

    def setting(self, name: str) -> Any:
        return value_in(self.block, self.declared, name)
