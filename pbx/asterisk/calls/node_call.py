"""What is known of one caller's channel, and what its actions are for."""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from pbx.ami import Action
from pbx.asterisk.calls.dial import Dial
from pbx.asterisk.protocol.agi_queue import AgiQueue
from routing.events import Event, LivePhase
from routing.ids import CallId


@dataclass(slots=True)
class Rung:
    """A customer whom we ring, and who has not answered."""

    rang: bool = False
    status: str = ""
    """DIALSTATUS, once Asterisk has said it."""
    cancelled: bool = False


@dataclass(slots=True)
class NodeCall:
    """One call as its node knows it: the caller's channel and what is dialled for it.

    `dial` is there from the offer on until the channel is under our control again; so is `conference`, from the
    redirect into the room on. `rung`: it is a callback's, and not answered; `channel` is empty until Asterisk has
    named it.
    """

    id: CallId
    unique_id: str
    channel: str
    agi: AgiQueue
    phone: str = ""
    """The SIP account of a member who calls; empty: any other caller."""
    dial: Dial | None = None
    conference: bool = False
    rung: Rung | None = None
    returning: bool = False
    """In AsyncAGI again, but some leg's `Hangup`, which says why it failed, has not come yet."""
    held: list[Event] = field(default_factory=list)
    """What a failed command means for the core. Dropped if it failed because the caller hung up."""
    overdue: bool = False
    """It was returning already, or its AsyncAGI broken, when `NodeCalls.overdue` last looked."""
    renewed: float | None = None
    """When the absolute timeout was last set, by the clock of `NodeCalls.renewals`. None: just now, by the dialplan."""
    hanging_up: bool = False

    @property
    def phones(self) -> tuple[str, ...]:
        """Return the phones that the call uses: the one that calls, and those that ring or talk."""
        rung = self.dial.phones if self.dial else ()
        return (self.phone, *rung) if self.phone else rung

    @property
    def controlled(self) -> bool:
        """Return whether it is in AsyncAGI, or will be in a moment, and stays."""
        away = self.dial is not None or self.conference or self.rung is not None
        return not away and not self.hanging_up

    @property
    def phase(self) -> LivePhase:
        if self.rung is not None:
            return LivePhase.CALLING
        if self.conference:
            return LivePhase.CONTROLLED if self.agi.jump else LivePhase.CONFERENCE
        if self.dial is None or self.returning or self.agi.jump:
            return LivePhase.CONTROLLED
        return LivePhase.TALKING if self.dial.talking else LivePhase.DIALING


class Registry:
    """The calls of one node, by their own id and by their channel's Uniqueid."""

    def __init__(self) -> None:
        self.by_id: dict[CallId, NodeCall] = {}
        self.by_unique_id: dict[str, NodeCall] = {}
        self.hanging_up: set[CallId] = set()
        """Those that were told to hang up, and are not gone."""

    def add(self, call: NodeCall) -> None:
        self.by_id[call.id] = self.by_unique_id[call.unique_id] = call

    def remove(self, call: NodeCall) -> None:
        del self.by_id[call.id], self.by_unique_id[call.unique_id]
        self.hanging_up.discard(call.id)

    def replace(self, calls: dict[CallId, NodeCall]) -> None:
        self.by_id = calls
        self.by_unique_id = {call.unique_id: call for call in calls.values()}
        self.hanging_up = {call.id for call in calls.values() if call.hanging_up}


class Purpose(StrEnum):
    """What an action is for. Those that carry out a command have its name, by which `CommandFailed` tells it."""

    AGI = "AGI"
    STOP_PLAY = "StopPlay"
    HANG_UP = "HangUp"
    OFFER_CALL = "OfferCall"
    ADD_TO_OFFER = "AddToOffer"
    WITHDRAW_OFFER = "WithdrawOffer"
    DIAL_OUT = "DialOut"
    RING_EXTENSION = "RingExtension"
    JOIN_CONFERENCE = "JoinConference"
    LAUNCH_CALLBACK = "LaunchCallback"
    END_WHISPER = "EndWhisper"
    END_LOST_LEG = "EndLostLeg"


@dataclass(frozen=True, slots=True)
class Tag:
    """The `tag` of every action that is sent for a call."""

    call: CallId
    purpose: Purpose


def tagged(call: CallId, purpose: Purpose, action: Action) -> Action:
    """Say of an action what it is for, unless that is said already."""
    return action if action.tag is not None else replace(action, tag=Tag(call, purpose))
