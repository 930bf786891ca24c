"""What a block type declares about each of its settings. Other modules read it here, and keep no lists of their own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from routing.config import Block

Check = Callable[[Any], str | None]
"""Returns what is wrong with a value, or None."""


class Words(Enum):
    """What becomes of the free texts in a setting."""

    SPOKEN = "spoken"
    """The caller hears them. The variables in them do not change the call's way."""
    SENT = "sent"
    """They leave the system, and may hold a secret or personal data: the replay journal never holds them."""
    DECIDING = "deciding"
    """The call's way depends on the variables and attributes that they name."""
    ASSIGNED = "assigned"
    """They become the values of variables: a mapping of names to texts."""
    LABELS = "labels"
    """Names that the team made up. They hold no variables."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of a block type."""

    check: Check
    required: bool = False
    default: Any = None
    refers_to: str | None = None
    """The kind of thing that the value names: `queue`, `user`, `agent`, `department`, `route`, `sound`; or `mailbox`,
    whose value names its kind itself."""
    words: Words | None = None
    """None: the value holds no free text."""
    blanked: str = "x"
    """What stands in the replay journal for a text that is `Words.SENT`."""


def value_in(block: Block, declared: Mapping[str, Setting], name: str) -> Any:
    """The block's value of a setting, or the default."""
    value = block.settings.get(name)
    return declared[name].default if value is None else value
