"""What a block type declares about each of its settings. Other modules read it here, and keep no lists of their own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from routing.config import Block
from routing.expressions.secrets import Secrets

Check = Callable[[Any], str | None]
"""A check returns what is wrong with a value, or None."""


class Words(Enum):
    """What happens with the free texts in a setting."""

    SPOKEN = "spoken"
    """The caller hears them. The variables in them do not change the call's way."""
    SENT = "sent"
    """They leave the system and may hold a secret or personal data. The replay journal never holds them."""
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
    """What the value names: a `queue`, `user`, `agent`, `department`, `route`, `chat`, `sound` or `music`; a `mailbox`,
    whose value holds its own kind; or `callers`: cases with telephone numbers."""
    words: Words | None = None
    """None: the value holds no free text."""
    blanked: str = "x"
    """The text that is written to the replay journal in place of one that is `Words.SENT`."""
    secrets: Secrets | None = None
    """How the value's secrets are hidden from whoever reads the route. None: it has none."""


def value_in(block: Block, declared: Mapping[str, Setting], name: str) -> Any:
    """Return the block's value of a setting, or the default."""
    value = block.settings.get(name)
    return declared[name].default if value is None else value
