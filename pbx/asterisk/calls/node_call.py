"""What is known of one caller's channel, and what its actions are for."""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from pbx.ami import Action
from pbx.asterisk.calls.dial import Dial
from pbx.asterisk.protocol.agi_queue import AgiQueue
from routing.events import Event, LegFailure, LivePhase
from routing.ids import CallId


@dataclass(slots=True)
class Rung:
    """A customer whom we ring, and who has not answered."""

    rang: bool = False
    status: str = ""
    """DIALSTATUS, once Asterisk has said it."""
    cancelled: bool = False
    others: list[Action] = field(default_factory=list)
    """What rings the customer over the next trunks, if this one fails."""
    told: bool = False
    """Asterisk has said that its `Originate` failed. It says so before or after the channel's `Hangup`."""
    gone: LegFailure | None = None
    """Why the channel ended. The next trunk is tried when both are told: before, Asterisk refuses another channel."""


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
    did: str = ""
    """The number as dialled; empty: it entered before this engine's time, or is no caller's."""
    digits: str = ""
    """What one side of the talk is still to hear."""
    stays: bool = False
    """The dialplan knows that the member's call waits for us as long as we renew its time, not for a moment only."""
    dial: Dial | None = None
    third: Dial | None = None
    """The Dial of who was joined to the talk of `dial`: three talk."""
    conference: bool = False
    rung: Rung | None = None
    parted: bool = False
    """Both sides of the talk of `dial` were told to hear music."""
    of: CallId | None = None
    """The held call of which this is a consultation."""
    consulting: bool = False
    """The other side of the held talk consults someone."""
    spies: bool = False
    """A supervisor's phone: it hears another call, or is on its way there."""
    pressed_by: str = ""
    """The channel of the telephone that pressed a key in the talk last."""
    freed: list[str] = field(default_factory=list)
    """Phones that the call does not use any more, and that are to be given back."""
    sender: str = ""
    """The SIP account whose telephone sent its own channel on."""
    referred_to: str | None = None
    """A telephone sent its own channel on, which is on its way to us: what was dialled."""
    handed_over: bool = False
    """That channel was the called party's before."""
    coming: bool = False
    """The channel became the call's own in a talk, and comes back from it."""
    taken: bool = False
    """It was told to leave its talk, so it does not matter why the other side's leg ends."""
    mark: str = ""
    """`SR_CALL` of all its channels: the Uniqueid of the channel with which it began."""
    returning: bool = False
    """In AsyncAGI again, but some leg's `Hangup`, which says why it failed, has not come yet."""
    held: list[Event] = field(default_factory=list)
    """What a failed command means for the core. Dropped if it failed because the caller hung up."""
    overdue: bool = False
    """It was returning already, or its AsyncAGI broken, when `NodeCalls.overdue` last looked."""
    renewed: float | None = None
    """When the absolute timeout was last set, by the clock of `NodeCalls.renewals`. None: just now, by the dialplan."""
    hanging_up: bool = False

    def __post_init__(self) -> None:
        self.mark = self.mark or self.unique_id

    @property
    def phones(self) -> tuple[str, ...]:
        """Return the phones that the call uses: the one that calls, and those that ring or talk."""
        rung = tuple(phone for dial in (self.dial, self.third) if dial for phone in dial.phones)
        return (self.phone, *rung) if self.phone else rung

    @property
    def controlled(self) -> bool:
        """Return whether it is in AsyncAGI, or will be in a moment, and stays."""
        away = self.dial is not None or self.conference or self.spies or self.rung is not None
        return not away and not self.hanging_up

    def talker(self, *, third: bool = False) -> str | None:
        """Return the channel of the other side of the talk, or of the party who was joined; None: nobody talks."""
        dial = self.third if third else self.dial
        return None if dial is None else dial.bridged

    @property
    def phase(self) -> LivePhase:
        if self.rung is not None:
            return LivePhase.CALLING
        if self.conference:
            return LivePhase.CONTROLLED if self.agi.jump else LivePhase.CONFERENCE
        if self.spies:
            return LivePhase.SUPERVISING
        if self.parted:
            return LivePhase.HELD
        if self.coming:
            return LivePhase.CONTROLLED
        if self.dial is None or self.returning or self.agi.jump:
            return LivePhase.CONTROLLED
        return LivePhase.TALKING if self.dial.talking else LivePhase.DIALING


FORGETS = 0.3
"""Seconds. Asterisk forgets how a channel was recorded with the first packet after that recording, every 20 to 60 ms.
One that begins sooner goes on with the former one's translator, and with its RTP numbers."""


@dataclass(slots=True)
class Later:
    """A recording that begins when its channel has left the talk in which it is.

    One that runs when the other side changes is silent on that side from then on, if the new one's RTP packets have
    lower numbers: Debian's Asterisk takes them for late ones (2016_opus_plc.patch).
    """

    action: Action
    overdue: bool = False
    """It waited already when `NodeCalls.overdue` last looked."""


class Registry:
    """The calls of one node, by their own id, by their own channel's Uniqueid and by the mark of all their channels."""

    def __init__(self) -> None:
        self.by_id: dict[CallId, NodeCall] = {}
        self.by_unique_id: dict[str, NodeCall] = {}
        self.by_mark: dict[str, NodeCall] = {}
        self.hanging_up: set[CallId] = set()
        """Those that were told to hang up, and are not gone."""
        self.later: dict[str, Later] = {}
        """By the Uniqueid of the channel that is left in the former talk, and ends next."""

    def add(self, call: NodeCall) -> None:
        self.by_id[call.id] = self.by_unique_id[call.unique_id] = self.by_mark[call.mark] = call

    def remove(self, call: NodeCall) -> None:
        del self.by_id[call.id], self.by_unique_id[call.unique_id], self.by_mark[call.mark]
        self.hanging_up.discard(call.id)

    def change_own(self, call: NodeCall, unique_id: str, channel: str) -> None:
        """Make another channel the call's own."""
        del self.by_unique_id[call.unique_id]
        call.unique_id, call.channel = unique_id, channel
        self.by_unique_id[unique_id] = call

    def hand_over(self, call: NodeCall, unique_id: str, channel: str) -> None:
        """Make another channel the call's own. It comes back from a talk, and nothing is dialled for it."""
        self.change_own(call, unique_id, channel)
        called = call.dial.phones if call.dial else ()
        call.freed += [call.phone] if call.phone else []
        call.phone = called[0] if called else ""
        call.dial, call.agi = None, AgiQueue(call.agi.next_id, away=True)
        call.coming, call.parted, call.returning = True, False, False

    def replace(self, calls: dict[CallId, NodeCall]) -> None:
        self.by_id = calls
        self.by_unique_id = {call.unique_id: call for call in calls.values()}
        self.by_mark = {call.mark: call for call in calls.values()}
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
    HOLD_CALL = "HoldCall"
    JOIN_AGAIN = "JoinAgain"
    TAKE_BACK = "TakeBack"
    PICK_UP = "PickUp"
    PAUSE_RECORDING = "PauseRecording"
    RECORD_TALK = "RecordTalk"
    ANSWER_KEY = "AnswerKey"
    CONSULT = "Consult"
    COMPLETE_CONSULT = "CompleteConsult"
    JOIN_CONSULT = "JoinConsult"
    LET_GO = "LetGo"
    SUPERVISE = "Supervise"
    MUTE_PARTY = "MuteParty"
    SEND_DIGITS = "SendDigits"
    HAND_OVER = "HandOver"
    JOIN_CONFERENCE = "JoinConference"
    MUTE_PARTICIPANT = "MuteParticipant"
    TELL_PARTICIPANT = "TellParticipant"
    TELL_ROOM = "TellRoom"
    RECORD_ROOM = "RecordRoom"
    LAUNCH_CALLBACK = "LaunchCallback"
    RING_MEMBER = "RingMember"
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
