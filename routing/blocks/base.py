"""What a block type is: its settings and exits as data, and its reaction to each thing that can happen to a call."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from routing import frozen
from routing.blocks.settings import Setting
from routing.blocks.ways import Look, Way
from routing.config import Block, OpeningHours, RouteConfig
from routing.events import StoredMessage, UrlFetched
from routing.expressions import prompts, variables
from routing.expressions.prompts import Audio
from routing.ids import BlockId, QueueId
from routing.rooms import RoomEntry
from routing.state import Call
from routing.state.world import GOODBYE_SOUND, World


@frozen.dataclass(frozen=True, slots=True)
class Go:
    """A place where a call goes on without an exit: a block of its route, a block of no route, or another route."""

    to: BlockId | Block | RouteConfig


Exit = str | Go | None
"""The exit by which the call leaves, another place where it goes on, or None: it stays in the block."""


@frozen.dataclass(frozen=True, slots=True)
class Turn:
    """A call at a block: everything that a block type works with."""

    world: World
    call: Call
    block: Block
    declared: Mapping[str, Setting]

    def setting(self, name: str) -> Any:
        value = self.block.settings.get(name)
        return self.declared[name].default if value is None else value

    @property
    def memory(self) -> dict[str, Any]:
        return self.call.memory

    def value(self, variable: str) -> str:
        return variables.value_of(self.world, self.call, variable)

    def text(self, template: str) -> str:
        """Return the template with the call's variables filled in."""
        return variables.render(template, self.value)

    @property
    def language(self) -> str:
        team = None if self.call.team is None else self.world.teams.get(self.call.team)
        return self.call.language or (team.language if team else "en")

    def audio(self, name: str) -> Audio:
        """Return the sounds and texts of a setting; empty if it is not set."""
        return prompts.audio(self.setting(name), self.value, self.language)

    def play(self, audio: Audio) -> None:
        self.world.play(self.call, audio.sounds, audio.prompts)


class BlockType(ABC):
    """Base of all block types. Each method is told what happened to the call, and returns where the call goes."""

    type: ClassVar[str]
    settings: ClassVar[dict[str, Setting]] = {}
    exits: ClassVar[frozenset[str]] = frozenset()
    required_exits: ClassVar[frozenset[str]] = frozenset()
    waits: ClassVar[bool] = True
    """Whether time passes in the block. A cycle of blocks in which no time passes would never end."""
    instant: ClassVar[frozenset[str]] = frozenset()
    """Exits by which a call may leave at once, although time passes in the block otherwise."""
    farewell: ClassVar[dict[str, str]] = {}
    """What a caller hears before the hang-up if an exit leads nowhere. The default is a goodbye."""
    overflow_target: ClassVar[bool] = False
    """Whether a queue's overflow may lead to a block of this type."""
    takes_over: ClassVar[bool] = False
    """Whether a caller who comes here from a queue was passed on: someone talks to them, takes their message or calls
    them back."""
    digits_go_to: ClassVar[str | None] = None
    """The setting that names the variable for the pressed digits. None: each digit chooses an exit."""

    secret_digits: ClassVar[bool] = False
    """Whether pressed digits are a secret. Then the replay journal holds how many there were, not which. The call's way
    must not depend on anything but their number: what they open is told by an event."""

    # -- settings and exits ------------------------------------------------------------------------------

    def problems(self, settings: Mapping[str, Any], exits: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """Return (field, message) for everything that is wrong with settings and exits taken together."""
        yield from ()

    def exits_of(self, settings: Mapping[str, Any]) -> frozenset[str]:
        """Return the exits of a block with these settings. The settings may be bad."""
        return self.exits

    def required_of(self, settings: Mapping[str, Any]) -> frozenset[str]:
        return self.required_exits

    def instant_of(self, settings: Mapping[str, Any]) -> frozenset[str]:
        """Return the exits by which a call may leave at once."""
        return self.instant if self.waits else self.exits_of(settings)

    # -- what the settings decide by ---------------------------------------------------------------------

    @property
    def hears_digits(self) -> bool:
        """Return whether it makes a difference which digit the caller presses."""
        return type(self).digit is not BlockType.digit and not self.secret_digits

    def compared(self, settings: Mapping[str, Any]) -> Iterable[str]:
        """Return the variables whose values `ways` compares."""
        return ()

    def opening_hours(self, settings: Mapping[str, Any]) -> OpeningHours | None:
        """Return the opening hours by which the block decides; None: the block does not depend on the time."""
        return None

    def queue(self, turn: "Turn") -> QueueId | None:
        """Return the queue to which the block sends the call; None: to no queue."""
        return None

    # -- what happens ------------------------------------------------------------------------------------

    @abstractmethod
    def enter(self, turn: Turn) -> Exit:
        """The call has come to the block."""

    def played(self, turn: Turn, ok: bool) -> Exit:
        """The block's `Play` has ended by itself."""
        return None

    def digit(self, turn: Turn, digit: str) -> Exit:
        return None

    def timed_out(self, turn: Turn) -> Exit:
        """The block's own timer (`<call>:digit`) has fired."""
        return None

    def recorded(self, turn: Turn, seconds: float) -> Exit:
        """The block's `RecordMessage` has ended. The caller is still there."""
        return None

    def heard(self, turn: Turn, phrase: str) -> Exit:
        """The block's `Listen` has ended."""
        return None

    def fetched(self, turn: Turn, reply: UrlFetched) -> Exit:
        """The block's `FetchUrl` has ended."""
        return None

    def found(self, turn: Turn, attributes: Mapping[str, str] | None) -> Exit:
        """The block's `FindContact` has ended."""
        return None

    def mailbox_read(self, turn: Turn, messages: tuple[StoredMessage, ...], ok: bool) -> Exit:
        """The block's `ReadMailbox` has ended."""
        return None

    def pin_checked(self, turn: Turn, problem: str) -> Exit:
        """The block's `CheckPin` or `SetPin` has ended."""
        return None

    def opened(self, turn: Turn, entry: RoomEntry | None) -> Exit:
        """The block's `FindRoom` has ended."""
        return None

    def overdue(self, turn: Turn) -> Exit:
        """The answer from outside that the block waits for was refused, or never came."""
        return None

    def not_taken(self, turn: Turn) -> Exit:
        """No phone of the block's own offer was answered, or the called party did not answer; the channel is back."""
        return "failed"

    def rings_next(self, turn: Turn) -> Exit:
        """Another phone may be added to the block's own offer: the time has come, or a phone that rang has failed."""
        return None

    def joined(self, turn: Turn) -> None:
        """The caller is in the conference."""
        return

    def left(self, turn: Turn) -> Exit:
        """The caller is back from the conference."""
        return None

    def beyond(self, turn: Turn, exit: str) -> Go | None:
        """Return where the call goes if `exit` leads nowhere; None: the caller hears a farewell."""
        return None

    def lands(self, look: Look, exit: str) -> tuple[str, bool]:
        """Return where `beyond` leads, for people, and whether that is certain; empty: nowhere."""
        return "", True

    def goodbye(self, exit: str) -> str:
        return self.farewell.get(exit, GOODBYE_SOUND)

    def reason(self, turn: Turn) -> str:
        """Return what the block is about to decide by, or to set, for people. Empty: the exit that is taken says
        enough."""
        return ""

    def likeliest(self, settings: Mapping[str, Any]) -> str | None:
        """Return the exit that most callers take where chance decides; None: chance plays no part."""
        return None

    # -- what could happen -------------------------------------------------------------------------------

    @abstractmethod
    def ways(self, look: Look) -> Iterator[Way]:
        """Return every way out that a call can take here. An exit without a way is never taken."""
