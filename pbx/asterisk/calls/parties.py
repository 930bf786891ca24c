"""Who is rung in a Dial, on which legs, and in which slots. `pbx.asterisk.calls.dial` has the theory."""

from dataclasses import dataclass, field
from enum import Enum, auto

from pbx.asterisk.protocol.dialplan import far_half
from routing.events import LegFailure
from routing.ids import AgentId

CALLED = "called"
"""The key of the called party: the outside line of a `DialOut`, or the colleague of a `RingExtension`."""


class PartyState(Enum):
    PENDING = auto()
    ANSWERED = auto()
    OVER = auto()


@dataclass(slots=True, eq=False)
class Party:
    """An agent's phone, or the called party: `agent` is None and `key` is `CALLED`."""

    key: str
    agent: AgentId | None
    state: PartyState = PartyState.PENDING
    rang: bool = False
    withdrawn: bool = False
    legs: list["Leg"] = field(default_factory=list)
    answered_by: "Leg | None" = None

    @property
    def pending(self) -> bool:
        return self.state is PartyState.PENDING

    @property
    def answered(self) -> bool:
        return self.state is PartyState.ANSWERED

    @property
    def quiet(self) -> bool:
        return all(leg.gone for leg in self.legs)


@dataclass(slots=True, eq=False)
class Slot:
    """A `Local` channel that Dial rings beside the phones. Its far half waits in AsyncAGI for a phone to dial, and
    waits again if that phone does not answer."""

    near: str
    """The half that Dial rings: `Local/later@later-0000000a;1`."""
    status: str = ""
    """DIALSTATUS of the near half, once Dial has ended it."""
    ready: bool = False
    gone: bool = False
    party: Party | None = None
    """Who is dialled there."""

    @property
    def far(self) -> str:
        return far_half(self.near)


@dataclass(slots=True, eq=False)
class Leg:
    channel: str
    party: Party
    slot: Slot | None = None
    """The slot in which it is rung; None: the caller's Dial rings it."""
    rang: bool = False
    up: bool = False
    status: str = ""
    """DIALSTATUS of this leg, once its Dial has ended it."""
    gone: bool = False
    reason: LegFailure | None = None

    @property
    def connected(self) -> bool:
        """Return whether the caller's Dial has said that it connects this leg."""
        return (self.status if self.slot is None else self.slot.status) == "ANSWER"

    @property
    def outcome(self) -> str:
        """Return DIALSTATUS; for a leg that was cancelled with its slot, that of the slot."""
        return self.slot.status if self.slot is not None and self.status == "CANCEL" else self.status
