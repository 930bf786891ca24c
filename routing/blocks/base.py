"""What a block type is: its settings and exits as data, and what it does when something happens to the call in it."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from routing.config import Block
from routing.state import Call
from routing.world import GOODBYE_SOUND, World


@dataclass(frozen=True, slots=True)
class References:
    """What a route may point at. `None` means 'not checked'."""

    queues: Collection[str] | None = None
    sounds: Collection[str] | None = None
    users: Collection[str] | None = None
    teams: Collection[str] | None = None


Check = Callable[[Any, References], str | None]


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of a block type; `check` returns what is wrong with a value, or None."""

    check: Check
    required: bool = False
    default: Any = None


@dataclass(frozen=True, slots=True)
class Turn:
    """A call at a block: what a block type gets to work with."""

    world: World
    call: Call
    block: Block
    defaults: Mapping[str, Setting]

    def setting(self, name: str) -> Any:
        value = self.block.settings.get(name)
        return self.defaults[name].default if value is None else value

    def sounds(self, name: str) -> tuple[str, ...]:
        """A setting that holds a sound or a list of them."""
        value = self.setting(name)
        if value is None:
            return ()
        return (value,) if isinstance(value, str) else tuple(value)

    @property
    def memory(self) -> dict[str, Any]:
        return self.call.memory


@dataclass(slots=True)
class DryTurn:
    """A dry run at a block. `queue_states` maps a queue to the exit by which callers leave it, or `answered`."""

    block: Block
    defaults: Mapping[str, Setting]
    at: datetime
    caller: str
    digits: Iterator[str]
    queue_states: Mapping[str, str] = field(default_factory=dict)

    def setting(self, name: str) -> Any:
        value = self.block.settings.get(name)
        return self.defaults[name].default if value is None else value


Dry = tuple[str | None, str]
"""The exit that is taken (None: the call ends or stays here), and why."""


class BlockType(ABC):
    """Base of all block types. Each method returns the exit by which the call leaves now, or None to stay."""

    type: ClassVar[str]
    settings: ClassVar[dict[str, Setting]] = {}
    exits: ClassVar[frozenset[str]] = frozenset()
    required_exits: ClassVar[frozenset[str]] = frozenset()
    waits: ClassVar[bool] = True
    """Whether time passes here: a cycle of blocks that don't wait would never end."""
    farewell: ClassVar[dict[str, str]] = {}
    """What a caller hears before the hang-up if an exit leads nowhere; the default is a goodbye."""

    def problems(self, settings: Mapping[str, Any], exits: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """What is wrong with settings and exits taken together: (field, message)."""
        yield from ()

    @abstractmethod
    def enter(self, turn: Turn) -> str | None:
        """The call comes to the block."""

    def played(self, turn: Turn, ok: bool) -> str | None:
        """The block's `Play` came to its end by itself."""
        return None

    def digit(self, turn: Turn, digit: str) -> str | None:
        return None

    def timed_out(self, turn: Turn) -> str | None:
        """The block's own timer (`<call>:digit`) fired."""
        return None

    def recorded(self, turn: Turn, seconds: float) -> str | None:
        """The block's `RecordMessage` ended with the caller still there."""
        return None

    @abstractmethod
    def dry(self, turn: DryTurn) -> Dry:
        """What would happen, with no call made."""

    def goodbye(self, exit: str) -> str:
        return self.farewell.get(exit, GOODBYE_SOUND)
