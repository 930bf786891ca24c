"""What a block type is: its settings and exits as data, and what it does when something happens to the call in it."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from routing import frozen
from routing.blocks.settings import Setting, value_in
from routing.blocks.ways import Look, Way
from routing.config import Block, OpeningHours, RouteConfig
from routing.events import UrlFetched
from routing.expressions import prompts, variables
from routing.expressions.prompts import Audio
from routing.ids import BlockId
from routing.state import Call
from routing.state.world import GOODBYE_SOUND, World


@frozen.dataclass(frozen=True, slots=True)
class Go:
    """Where a call goes on that no exit names: a block of its route, a block of no route, or another route."""

    to: BlockId | Block | RouteConfig


Exit = str | Go | None
"""The exit by which the call leaves, where else it goes on, or None: it stays."""


@frozen.dataclass(frozen=True, slots=True)
class Turn:
    """A call at a block: what a block type gets to work with."""

    world: World
    call: Call
    block: Block
    declared: Mapping[str, Setting]

    def setting(self, name: str) -> Any:
        return value_in(self.block, self.declared, name)

    @property
    def memory(self) -> dict[str, Any]:
        return self.call.memory

    def value(self, variable: str) -> str:
        return variables.value_of(self.world, self.call, variable)

    def text(self, template: str) -> str:
        """A template with the call's variables."""
        return variables.render(template, self.value)

    @property
    def language(self) -> str:
        team = None if self.call.team is None else self.world.teams.get(self.call.team)
        return self.call.language or (team.language if team else "en")

    def audio(self, name: str) -> Audio:
        """A setting that holds sounds and texts; empty if it is not set."""
        return prompts.audio(self.setting(name), self.value, self.language)

    def play(self, audio: Audio) -> None:
        self.world.play(self.call, audio.sounds, audio.prompts)


class BlockType(ABC):
    """Base of all block types. What happens to the call comes in; each method answers where it goes."""

    type: ClassVar[str]
    settings: ClassVar[dict[str, Setting]] = {}
    exits: ClassVar[frozenset[str]] = frozenset()
    required_exits: ClassVar[frozenset[str]] = frozenset()
    waits: ClassVar[bool] = True
    """Whether time passes here: a cycle of blocks that don't wait would never end."""
    instant: ClassVar[frozenset[str]] = frozenset()
    """Exits of a block that waits by which a call may leave at once all the same."""
    farewell: ClassVar[dict[str, str]] = {}
    """What a caller hears before the hang-up if an exit leads nowhere; the default is a goodbye."""
    overflow_target: ClassVar[bool] = False
    """Whether a queue's overflow may lead to a block of this type."""
    digits_go_to: ClassVar[str | None] = None
    """The setting that names the variable in which the pressed digits are kept; None: each digit chooses an exit."""

    # -- settings and exits ------------------------------------------------------------------------------

    def problems(self, settings: Mapping[str, Any], exits: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """What is wrong with settings and exits taken together: (field, message)."""
        yield from ()

    def exits_of(self, settings: Mapping[str, Any]) -> frozenset[str]:
        """The exits that a block with these settings has. The settings may be bad."""
        return self.exits

    def required_of(self, settings: Mapping[str, Any]) -> frozenset[str]:
        return self.required_exits

    def instant_of(self, settings: Mapping[str, Any]) -> frozenset[str]:
        """Exits that may be taken without any time having passed."""
        return self.instant if self.waits else self.exits_of(settings)

    # -- what the settings decide by ---------------------------------------------------------------------

    @property
    def hears_digits(self) -> bool:
        """Whether it makes a difference which digit the caller presses."""
        return type(self).digit is not BlockType.digit

    def compared(self, settings: Mapping[str, Any]) -> Iterable[str]:
        """The variables whose values `ways` compares."""
        return ()

    def opening_hours(self, settings: Mapping[str, Any]) -> OpeningHours | None:
        """The opening hours by which the block decides; None: it asks for no time."""
        return None

    # -- what happens ------------------------------------------------------------------------------------

    @abstractmethod
    def enter(self, turn: Turn) -> Exit:
        """The call comes to the block."""

    def played(self, turn: Turn, ok: bool) -> Exit:
        """The block's `Play` came to its end by itself."""
        return None

    def digit(self, turn: Turn, digit: str) -> Exit:
        return None

    def timed_out(self, turn: Turn) -> Exit:
        """The block's own timer (`<call>:digit`) fired."""
        return None

    def recorded(self, turn: Turn, seconds: float) -> Exit:
        """The block's `RecordMessage` ended with the caller still there."""
        return None

    def heard(self, turn: Turn, phrase: str) -> Exit:
        """The block's `Listen` ended."""
        return None

    def fetched(self, turn: Turn, reply: UrlFetched) -> Exit:
        """The block's `FetchUrl` ended."""
        return None

    def found(self, turn: Turn, attributes: Mapping[str, str] | None) -> Exit:
        """The block's `FindContact` ended."""
        return None

    def overdue(self, turn: Turn) -> Exit:
        """What the block waits for from outside was refused, or never came."""
        return None

    def not_taken(self, turn: Turn) -> Exit:
        """Nobody answered the block's own offer, and the channel is back."""
        return "failed"

    def rings_next(self, turn: Turn) -> Exit:
        """Another phone may be added to the block's own offer: its time came, or one that rang has failed."""
        return None

    def joined(self, turn: Turn) -> None:
        """The caller is in the conference."""
        return

    def left(self, turn: Turn) -> Exit:
        """The caller is back from the conference."""
        return None

    def beyond(self, turn: Turn, exit: str) -> Go | None:
        """Where the call goes if `exit` leads nowhere; None: a farewell."""
        return None

    def lands(self, look: Look, exit: str) -> tuple[str, bool]:
        """Where `beyond` leads, for people, and whether that is certain; empty: nowhere."""
        return "", True

    def goodbye(self, exit: str) -> str:
        return self.farewell.get(exit, GOODBYE_SOUND)

    def reason(self, turn: Turn) -> str:
        """Say what the block is about to decide by, or to set; empty: its way out tells it."""
        return ""

    def likeliest(self, settings: Mapping[str, Any]) -> str | None:
        """The exit that most callers take where chance decides; None: no chance is involved."""
        return None

    # -- what could happen -------------------------------------------------------------------------------

    @abstractmethod
    def ways(self, look: Look) -> Iterator[Way]:
        """Every way out that a call can take here; see `Way`. An exit that no way takes is never taken."""
