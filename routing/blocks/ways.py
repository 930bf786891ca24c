"""What a block type tells the exhaustive check (`routing.routes.exploration`).

That is: each way out, what leads there, how long it takes.
"""

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
    """None: the call ends here, or is with somebody."""
    lead: str
    """What makes it so, for people: `1 is pressed`, `open, Mon 2026-01-05 09:00 Europe/Berlin`."""
    seconds: float = 0.0
    """The longest that it takes, without the length of sounds (which is not known); `UNBOUNDED`: no limit."""
    digits: str = ""
    """What the caller presses."""
    chosen: bool = False
    """Whether the caller has to do something for it."""
    facts: Mapping[str, str | None] = field(default_factory=dict)
    """Variables whose value is known from here on; None: could be anything."""
    moments: tuple[int, ...] | None = None
    """Which of `Look.moments` it can be, by index; None: the block does not ask."""
    route: str | None = None
    """The route at whose entry the call goes on."""


@dataclass(frozen=True, slots=True)
class Look:
    """A block as the check comes to it."""

    block: Block
    declared: Mapping[str, Setting]
    facts: Mapping[str, str]
    """Variables whose value is certain here."""
    moments: Mapping[int, datetime]
    """When it could be: one moment for each answer that the route's hours can give together."""
    max_wait: Mapping[str, float] = field(default_factory=dict)
    """The longest wait of each queue (s), where that is known."""

    overflows: Mapping[str, str] | None = None
    """What the overflow of each queue is that has one (a block's type); None: not known."""

    def setting(self, name: str) -> Any:
        return value_in(self.block, self.declared, name)
