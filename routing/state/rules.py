"""The phase rules: what each thing that can happen to a call means in each phase of the call.

THEORY OF OPERATION

Asterisk tells the engine what happens to a call's channels; the engine turns that into events. Both are slower than the
people who call. While the core decides, the caller may hang up, two agents may pick up at once, and a sound may end in
the moment in which a digit cuts it off. So an event may describe a state that the core has already left. `RULES` says
for every phase what each event means there: a `Meaning`, which `routing.handlers` carries out, or an `Ignored` with the
reason why nothing is to be done. There is no third case and no pair is missing.

The life of a call. `CallEntered` brings the call into its route. Blocks speak, listen, record and ask (`PLAYING`,
`COLLECTING`, `LISTENING`, `RECORDING`, `FETCHING`), and send the call on: into a queue (`QUEUED`), to an outside number
(`DIALING`, `CONNECTED`) or into a conference (`CONFERENCE`). A member's phone that calls an extension begins in
`DIALING`: its other party is a colleague instead of an outside number. A queue rings agents (`OFFERING`) until one
answers (`TALKING`). An offer that is called off is `WITHDRAWING` until the channel is back. A talk may be held
(`HELD`): the two sides are parted and hear music; meanwhile one of them may consult someone else, in a call of its own,
and then let all three talk together.
A caller may wait in a slot (`PARKED`) until someone fetches them, or, when the other side's telephone is lost, for
another telephone (`STRANDED`). A supervisor's phone hears another call's talk (`SUPERVISING`).
When the other party is gone, the call is `RETURNING` until the channel is back. `ENDING` means that we have sent
`HangUp`. `ENDED` means that the caller is gone and that an agent's leg is not, as far as we know. A call passes through
`ROUTING` between two blocks. A callback's attempt begins in `CALLING`; once the customer has answered, it goes on like
a call that entered.

In which order Asterisk tells it.

- A member calls a colleague: `PhoneCallEntered`, `PartyRang`, `PartyAnswered`, `PartyLegEnded`, `CallHungUp`. Asterisk
  ends the call by itself when the colleague refuses or quits; there is no `CallReturned`.
- The caller hangs up while phones ring: `CallerHangingUp`, then one `OfferFailed` (`caller-gone`) for each phone, then
  `CallHungUp`. Asterisk cancels the phones before it takes the caller's channel down, so the failed offers come first.
  `CallerHangingUp` may be missing. So an offer that failed because the caller is going does not count against the
  agent, and no other phone is rung because of it.
- The caller hangs up in a talk: `CallerHangingUp`, `AgentLegEnded`, `CallHungUp`. Asterisk takes the two channels down
  in either order; `pbx` ends the legs of a call before the call itself. Without `CallerHangingUp` the end of the
  agent's leg looks like the agent's doing.
- The agent hangs up: `AgentLegEnded`, then `CallReturned`; or the channel is back first, and the leg ends later.
- Two agents pick up at once (`ring-all`): both `AgentAnswered` come. The first one has the caller. The second one's
  phone stays held until Asterisk has ended that leg, which it tells by `OfferFailed` or `AgentLegEnded`.
- An answer overtakes a withdrawal: `AgentAnswered` comes in `WITHDRAWING`. The answer wins; the caller is connected.
- An answer and a hang-up cross: `AgentAnswered` comes in `ENDING` or `ENDED`. The phone stays held until its leg ends.
- A sound, a message, a request or a recognition ends in the moment in which the call leaves its block: the answer comes
  in another phase, or carries the token of an earlier command. Neither is awaited any more.
- A timer fires when the call is over or has left the phase for which it ran. The core forgets a timer when it cancels
  it, so only a timer that still runs gets here.
- A resync (`StateResynced`) tells in which `LivePhase` a channel is. What Asterisk sees is true; the call is brought to
  it.
- Any of these may come twice, and none of them is certain to come.

Why it is safe.

- The hang-up is legal in every phase but `ENDED`, and ends every wait of the call. Only the hang-up, a callback's
  attempt that failed, a resync or a guard brings a call to `ENDED`. A call leaves the core only from `ENDED`, with one
  record.
- An agent's phone is held by a call from the offer until its leg has ended. Every phase in which a phone can be held
  takes `OfferFailed` and `AgentLegEnded`. So no agent is lost to a call that has gone on. (An agent who is held for a
  callback is freed when the attempt ends, which has a guard.)
- What belongs to one command carries its token; what belongs to a phase is ignored in every other.
- Every phase that waits for Asterisk has a guard (`phases.GUARDS`). When an event does not come, the guard acts as if
  the wait had failed, and the call goes on.
- An event that is ignored changes nothing, so it may come any number of times.
"""

from collections.abc import Iterable
from enum import StrEnum

from routing import commands as c
from routing import events as e
from routing.enum_members import quick_members
from routing.events import LivePhase
from routing.ids import TimerPurpose
from routing.state.phases import CallPhase

Happening = type[e.Event] | type[c.Command] | TimerPurpose | LivePhase
"""What can happen to a call: an event, by its class; a timer, by its purpose; a command that was refused, by its class;
what a resync sees, by its `LivePhase`."""


@quick_members
class Meaning(StrEnum):
    """What is to be done. `routing.handlers` has one function for each."""

    ENTERS = "a new call enters its route"
    TURNED_AWAY = "a full node refused a call without asking: it is logged"
    PHONE_CALLS = "a member's phone calls an extension"
    CALL_PLACED = "a member asked for a call: their phone is rung"
    IS_NOT_OURS = "a channel that belongs to no call of ours is hung up"
    CALLBACK_CANCELLED = "a callback is cancelled by its own id"

    CALLER_GONE = "the caller's channel is gone"
    CALLER_GOING = "the caller has hung up: the legs end next, then the channel"
    HANG_UP_ASKED = "a manager ends the call"

    BLOCK_HEARS_DIGIT = "the block hears a digit"
    QUEUE_HEARS_DIGIT = "a digit may take the caller out of the queue"
    NO_DIGIT_CAME = "the block has waited long enough for a digit"
    SOUND_OVER = "the sound of the block came to its end"
    SOUND_FAILED = "the sound of the block could not be played, or its end was not told"
    MESSAGE_RECORDED = "the caller has left a message"
    MESSAGE_REFUSED = "the message could not be recorded"
    MESSAGE_OVERDUE = "the end of the message was not told"
    PHRASE_HEARD = "the caller said something"
    URL_FETCHED = "the reply to a request came"
    CONTACT_FOUND = "the look-up of the caller came back"
    MAILBOX_READ = "the messages of a mailbox are known"
    PIN_CHECKED = "a PIN was checked or changed"
    NOTHING_CAME = "what the block waits for was refused, or did not come"

    ANNOUNCEMENT_DUE = "the waiting caller is to be told something"
    ANNOUNCEMENT_POSTPONED = "an announcement is due while phones ring: the next one is planned"
    ANNOUNCEMENT_OVER = "the announcement came to its end"
    ANNOUNCEMENT_REFUSED = "the announcement could not be played"
    ANNOUNCEMENT_OVERDUE = "the announcement's end was not told"
    LEAVES_QUEUE = "the caller has waited long enough, and leaves the queue"
    OFFER_IS_CALLED_OFF = "the caller has waited long enough: the phones stop ringing first"
    LEAVES_AFTERWARDS = "the caller has waited long enough, and leaves when the channel is back"
    SKILLS_RELAXED = "the waiter's required levels are lowered"
    OTHERS_LET_IN = "the waiter has waited long enough for the preferred agent alone"
    CAN_BE_OFFERED_AGAIN = "the channel takes commands again: the waiting call can be offered"

    PHONE_RANG = "a phone of the offer rings"
    AGENT_ANSWERED = "the first answer: the agent has the caller"
    LATE_ANSWER = "another answer came first, or the call is ending: the phone is held until its leg ends"
    PHONE_FAILED = "a phone of the offer did not answer"
    LEG_ENDED = "a phone that was held for the call is free"
    LEG_ENDED_IN_TALK = "the agent's leg is gone: the channel comes back; or another phone is free"
    NEXT_PHONE_DUE = "another phone is to be added to the offer"
    PHONE_REFUSED = "the phone that was to be added could not be rung"
    OFFER_REFUSED = "the offer could not be made"
    OFFER_NOT_TAKEN = "no agent answered, and the channel is back"
    OFFER_CALLED_OFF = "the offer was called off, and the channel is back"
    OFFER_OVERDUE = "the end of the offer was not told"
    RIVALS_OVERDUE = "it was not told that the phones of the others stopped ringing"

    PARTY_RANG = "a phone of the called party rings"
    PARTY_ANSWERED = "the called party answered"
    PARTY_FAILED = "the called party did not answer; the channel comes back, or is hung up"
    PARTY_ENDED = "the called party hung up; the channel comes back, or is hung up"
    PARTY_NOT_REACHED = "the channel is back, and the called party has not answered"

    TALK_HELD = "the two sides of the talk are parted, and hear music"
    HOLD_REFUSED = "the two sides could not be parted: they still talk"
    HOLD_OVER = "the held call becomes a talk again: someone asked, or it was held long enough"
    TRANSFER_ASKED = "the other side of the talk is to be sent on"
    RECORDING_ASKED = "the recording of the talk is to begin, to be silent, to go on, or to end"
    PAUSE_REFUSED = "the recording could not be made silent, or go on"
    PARK_ASKED = "the other side of the talk is to wait in a slot"
    PARK_OVER = "the caller was parked long enough"
    SENT_FROM_SLOT = "a parked caller is to be sent on"
    PICK_UP_FAILED = "the phone that was to fetch the caller is gone"
    CALLS_JOINED = "a telephone connected the other sides of its two talks"
    REFERRED = "a telephone sent the other side of its talk on, which is under our control"
    PARTY_LET_GO = "the called party is gone: the caller was sent on"
    STRANDED_OVER = "the caller has waited long enough for a telephone to take the talk over"
    SENT_FROM_STRAND = "a caller whose talk broke off is to be sent on, or to wait in a slot"
    CONSULT_ASKED = "one side of the talk is to call someone else"
    CONSULT_BEGAN = "the phone of a consultation is under our control"
    CONSULT_COMPLETED = "the held side is to talk to whom the other side has called"
    CONSULT_JOINED = "the two sides and whom one of them has called are to talk together"
    THIRD_LEFT = "who was joined to the talk is gone: the others talk on"
    LEAVE_ASKED = "one of three who talk leaves the others"
    CONSULT_ENDED = "the two sides are to talk again, and the consultation is over"
    CONSULT_REFUSED = "the phone that was to consult could not be taken out of the talk"
    PULL_ASKED = "the talk is to go on at another telephone of the member"
    DETACH_ASKED = "the talk is to wait for another telephone of the member"
    PICK_UP_ASKED = "a colleague wants to answer the call"
    SUPERVISE_ASKED = "a supervisor wants to hear the talk"
    SUPERVISION_OVER = "the supervised talk is over for the supervisor, or they could not hear it"
    MUTE_ASKED = "one side of the talk is not to be heard any more, or to be heard again"
    DIGITS_ASKED = "the other side of the talk is to hear digits"
    PHONE_HOLDS = "a telephone of the talk holds it, or takes it back"

    ROOM_LOOKED_UP = "the look-up of a conference came back"
    ROOM_JOINED = "the caller is in the conference"
    ROOM_HEARS_KEY = "a digit of somebody in the conference"
    PARTICIPANT_TALKED = "somebody in the conference speaks, or does no more"
    PARTICIPANT_MUTED = "somebody in the conference is muted, or is no more"
    ROOM_SEEN = "a resync found the caller still in the conference"
    ROOM_LEFT = "the conference is over for the caller, or was never joined"
    TALK_OVER = "the channel is back, and so the talk is over"
    GOES_ON = "the channel is back: the call goes on where it was to go, or ends"

    CUSTOMER_ANSWERED = "the callback's customer answered, or the member who asked for a call"
    ATTEMPT_FAILED = "the callback's customer did not answer"
    ATTEMPT_REFUSED = "the callback's customer could not be rung"
    ATTEMPT_OVERDUE = "it was not told whether the callback's customer answered"

    HANG_UP_OVERDUE = "the hang-up was not confirmed"
    LEGS_OVERDUE = "the end of the agents' legs was not told"

    ADOPTED = "a resync found a call that we did not know"
    BLOCK_BEGINS_AGAIN = "a resync found the channel idle: what the block told it may be lost"
    REQUEST_BEGINS_AGAIN = "a resync found the channel idle: the block's request is made again"
    DIAL_LOST = "a resync found the channel idle: the called party was not rung"
    WAITS_AGAIN = "a resync found the waiting call's channel idle"
    OFFER_FOUND = "a resync found phones ringing that we did not ring"
    OFFER_SEEN = "a resync found the phones of the offer that still ring"
    TALK_FOUND = "a resync found the caller in a talk"
    LINE_FOUND = "a resync found the caller in a talk after an outside line was dialled"
    TALK_SEEN = "a resync found the caller still in a talk"
    HOLD_FOUND = "a resync found the call held"
    TALK_LOST = "a resync found the channel idle: the talk is over, or the caller was not fetched"
    SEND_LOST = "a resync found the talk of which a side was sent on: it is taken out again"
    HOLD_LOST = "a resync found a held call in a talk again"
    ROOM_FOUND = "a resync found the caller in a conference"
    CUSTOMER_FOUND = "a resync found that the customer answered"
    CUSTOMER_FOUND_CONNECTED = "a resync found that the customer answered and was connected"
    HANG_UP_LOST = "a resync found a call alive that is to end"


class Ignored(StrEnum):
    """Why something changes nothing."""

    BETWEEN_BLOCKS = "no event finds a call here: it goes on before `handle` returns"
    OVER = "late: the call is over, or it was never ours"
    CALLER_LEFT = "late: the caller hung up first"
    HUNG_UP = "late: we have hung up already"
    NOT_YET_A_CHANNEL = "the callback's customer has not answered: there is no channel that could do this"
    NEVER_LEFT = "the channel was under our control all the time"
    NOT_AWAITED = "late: the block that waited for it has gone on"
    NO_DIGIT_WANTED = "no block and no queue takes a digit here"
    ENDS_THE_MESSAGE = "Asterisk itself takes the digit as the end of the message"
    FOR_THE_OTHER_PARTY = "the digit is meant for the other party"
    ALREADY_LEAVING = "late: the caller leaves already"
    NO_PHONE = "late: no phone rings or talks for the call any more"
    NO_LINE = "late: no party is called any more"
    LINE_ANSWERED = "late: the called party has answered already"
    NO_TALK = "late: there is no talk, or it is held already, or not held any more"
    STILL_HELD = "the call is still held"
    NO_ROOM = "late: the caller is in no conference any more"
    NO_ATTEMPT = "late: the call is no attempt of a callback that still rings"
    TIMER_OF_ANOTHER_PHASE = "late: the call has left the phase for which the timer ran"
    NOTHING_TO_END = "the refusal is for the log: nothing was begun that has to end"
    STILL_RECORDING = "the message goes on"
    STILL_RINGING = "what rings goes on ringing"
    PLACED_ALREADY = "the call was placed already"
    NO_ATTEMPT_ANY_MORE = "the customer is on the line already"
    STILL_SUPERVISED = "the supervisor's phone is where it was"
    NOTHING_RINGS = "late: no phone rings for the call"


Rule = Meaning | Ignored
_Row = dict[Happening, Rule]
_P, _T, _L, _M, _I = CallPhase, TimerPurpose, LivePhase, Meaning, Ignored

NO_CALLS_BUSINESS = (
    e.AgentStatusSet,
    e.PhoneStateChanged,
    e.PhoneUsed,
    e.ConfigChanged,
    e.StaysCounted,
    e.RoomChangeRequested,
    e.WorkEntered,
    e.WorkAccepted,
    e.WorkDeclined,
    e.WorkTransferred,
    e.WorkClosed,
)
"""Events that concern no single call."""
BY_DETAIL = (e.TimerFired, e.CommandFailed, e.StateResynced)
"""Events whose detail says what happens to a call: the timer's purpose, the refused command, the `LivePhase`."""
CALL_EVENTS = tuple(kind for kind in e.EVENTS if kind not in (*NO_CALLS_BUSINESS, *BY_DETAIL))
CALL_TIMERS = tuple(p for p in _T if p not in (_T.WRAP_UP, _T.BACKOFF, _T.LAPSE, _T.OFFER, _T.CALLBACK_RETRY))
"""The timers that run for a call. (Those of an agent, a callback or a conversation run for these.)"""
HAPPENINGS: tuple[Happening, ...] = (*CALL_EVENTS, *CALL_TIMERS, *c.CALL_COMMANDS, *_L)
"""Everything that can happen to a call."""


def _all(happenings: Iterable[Happening], rule: Rule) -> _Row:
    return dict.fromkeys(happenings, rule)


def _back(rule: Rule) -> _Row:
    """The caller's channel is under our control again. A call that enters a second time says the same."""
    return {e.CallReturned: rule, e.CallEntered: rule, _L.CONTROLLED: rule}


_ANSWERS = (
    e.PlaybackFinished,
    e.MessageRecorded,
    e.SpeechHeard,
    e.UrlFetched,
    e.ContactFound,
    e.MailboxRead,
    e.PinChecked,
    e.RoomFound,
)
_REQUESTS = (c.FetchUrl, c.FindContact, c.FindRoom, c.ReadMailbox, c.CheckPin, c.SetPin)
_IN_ROOM = (e.ConferenceJoined, e.RoomKeyPressed, e.ParticipantTalked, e.ParticipantMuted)
_PHONES = (e.PhoneRang, e.AgentAnswered, e.OfferFailed, e.AgentLegEnded)
_LINES = (e.PartyRang, e.PartyAnswered, e.PartyFailed, e.PartyLegEnded, e.ThirdLeft)
_ASKED_OF_TALKS = (
    e.PhoneHeld,
    e.HoldRequested,
    e.UnholdRequested,
    e.TransferRequested,
    e.ParkRequested,
    e.RecordingRequested,
    e.ConsultRequested,
    e.ConsultCompleted,
    e.ConsultJoined,
    e.LeaveRequested,
    e.ConsultEnded,
    e.PullRequested,
    e.DetachRequested,
    e.SuperviseRequested,
    e.MuteRequested,
    e.DigitsRequested,
    e.CallReferred,
    e.CallsJoined,
)

_NOTHING_RUNS: _Row = {
    e.CallTurnedAway: _I.NEVER_LEFT,
    e.PhoneCallEntered: _I.NEVER_LEFT,
    e.CallPlaced: _I.PLACED_ALREADY,
    e.ConsultBegan: _I.NEVER_LEFT,
    e.PickUpRequested: _I.NOTHING_RINGS,
    e.CallHungUp: _M.CALLER_GONE,
    e.CallerHangingUp: _M.CALLER_GOING,
    e.HangUpRequested: _M.HANG_UP_ASKED,
    e.DigitPressed: _I.NO_DIGIT_WANTED,
    **_all(_ANSWERS, _I.NOT_AWAITED),
    **_all(_PHONES, _I.NO_PHONE),
    **_all(_LINES, _I.NO_LINE),
    **_all(_ASKED_OF_TALKS, _I.NO_TALK),
    **_all(_IN_ROOM, _I.NO_ROOM),
    **_all((e.CallbackAnswered, e.CallbackFailed), _I.NO_ATTEMPT),
    **_all(CALL_TIMERS, _I.TIMER_OF_ANOTHER_PHASE),
    **_all(c.CALL_COMMANDS, _I.NOTHING_TO_END),
    **_back(_I.NEVER_LEFT),
    _L.DIALING: _M.OFFER_FOUND,
    _L.TALKING: _M.TALK_FOUND,
    _L.HELD: _M.HOLD_FOUND,
    _L.CONFERENCE: _M.ROOM_FOUND,
    _L.CALLING: _I.NO_ATTEMPT_ANY_MORE,
    _L.SUPERVISING: _I.STILL_SUPERVISED,
}
"""A caller who is on the line, and for whom nothing runs. Each phase below names what runs in it."""

_HELD_PHONES: _Row = {
    e.PhoneRang: _M.PHONE_RANG,
    e.AgentAnswered: _M.LATE_ANSWER,
    **_all((e.OfferFailed, e.AgentLegEnded), _M.LEG_ENDED),
}
"""Phones of an offer that is over may still be held."""

_RINGING: _Row = {
    **_HELD_PHONES,
    e.AgentAnswered: _M.AGENT_ANSWERED,
    _T.RELAX: _M.SKILLS_RELAXED,
    **_all((_T.ANNOUNCE, _T.COMFORT), _M.ANNOUNCEMENT_POSTPONED),
    _T.GUARD: _M.OFFER_OVERDUE,
    _L.DIALING: _M.OFFER_SEEN,
}
"""An offer rings, or is being called off."""


_TALKS: _Row = {
    **_NOTHING_RUNS,
    **_HELD_PHONES,
    **_back(_M.TALK_OVER),
    e.DigitPressed: _I.FOR_THE_OTHER_PARTY,
    e.PhoneHeld: _M.PHONE_HOLDS,
    e.HoldRequested: _M.TALK_HELD,
    e.TransferRequested: _M.TRANSFER_ASKED,
    e.ParkRequested: _M.PARK_ASKED,
    c.PickUp: _M.PICK_UP_FAILED,
    e.RecordingRequested: _M.RECORDING_ASKED,
    c.PauseRecording: _M.PAUSE_REFUSED,
    e.ConsultRequested: _M.CONSULT_ASKED,
    e.PullRequested: _M.PULL_ASKED,
    e.DetachRequested: _M.DETACH_ASKED,
    e.LeaveRequested: _M.LEAVE_ASKED,
    e.ThirdLeft: _M.THIRD_LEFT,
    e.SuperviseRequested: _M.SUPERVISE_ASKED,
    e.MuteRequested: _M.MUTE_ASKED,
    e.DigitsRequested: _M.DIGITS_ASKED,
    e.CallReferred: _M.REFERRED,
    e.CallsJoined: _M.CALLS_JOINED,
    _L.TALKING: _M.TALK_SEEN,
    _L.CONTROLLED: _M.TALK_LOST,
}
"""Two sides talk."""

_WITH_AGENT: _Row = _all((e.OfferFailed, e.AgentLegEnded), _M.LEG_ENDED_IN_TALK)
_WITH_PARTY: _Row = {
    **_all((e.PartyRang, e.PartyAnswered, e.PartyFailed), _I.LINE_ANSWERED),
    e.PartyLegEnded: _M.PARTY_ENDED,
}


def _ending(why: Ignored) -> _Row:
    """The call is at its end: only what frees a phone, and the end itself, still counts."""
    return {**_all(HAPPENINGS, why), **_HELD_PHONES, **_all(_L, _M.HANG_UP_LOST)}


RULES: dict[CallPhase | None, _Row] = {
    None: {
        **_all(HAPPENINGS, _I.OVER),
        e.CallEntered: _M.ENTERS,
        e.CallTurnedAway: _M.TURNED_AWAY,
        e.PhoneCallEntered: _M.PHONE_CALLS,
        e.CallPlaced: _M.CALL_PLACED,
        e.ConsultBegan: _M.CONSULT_BEGAN,
        e.CallbackAnswered: _M.IS_NOT_OURS,
        e.HangUpRequested: _M.CALLBACK_CANCELLED,
        **_all(_L, _M.ADOPTED),
        _L.CALLING: _M.IS_NOT_OURS,
    },
    _P.ROUTING: {
        **_NOTHING_RUNS,
        **_back(_I.BETWEEN_BLOCKS),
    },
    _P.PLAYING: {
        **_NOTHING_RUNS,
        e.DigitPressed: _M.BLOCK_HEARS_DIGIT,
        e.PlaybackFinished: _M.SOUND_OVER,
        c.Play: _M.SOUND_FAILED,
        _T.GUARD: _M.SOUND_FAILED,
        _L.CONTROLLED: _M.BLOCK_BEGINS_AGAIN,
    },
    _P.COLLECTING: {
        **_NOTHING_RUNS,
        e.DigitPressed: _M.BLOCK_HEARS_DIGIT,
        _T.DIGIT: _M.NO_DIGIT_CAME,
        _L.CONTROLLED: _M.BLOCK_BEGINS_AGAIN,
    },
    _P.LISTENING: {
        **_NOTHING_RUNS,
        e.DigitPressed: _M.BLOCK_HEARS_DIGIT,
        e.SpeechHeard: _M.PHRASE_HEARD,
        c.Listen: _M.NOTHING_CAME,
        _T.GUARD: _M.NOTHING_CAME,
        _L.CONTROLLED: _M.BLOCK_BEGINS_AGAIN,
    },
    _P.RECORDING: {
        **_NOTHING_RUNS,
        e.DigitPressed: _I.ENDS_THE_MESSAGE,
        e.MessageRecorded: _M.MESSAGE_RECORDED,
        c.RecordMessage: _M.MESSAGE_REFUSED,
        _T.GUARD: _M.MESSAGE_OVERDUE,
        _L.CONTROLLED: _I.STILL_RECORDING,
    },
    _P.FETCHING: {
        **_NOTHING_RUNS,
        e.UrlFetched: _M.URL_FETCHED,
        e.ContactFound: _M.CONTACT_FOUND,
        e.RoomFound: _M.ROOM_LOOKED_UP,
        e.MailboxRead: _M.MAILBOX_READ,
        e.PinChecked: _M.PIN_CHECKED,
        **_all(_REQUESTS, _M.NOTHING_CAME),
        _T.GUARD: _M.NOTHING_CAME,
        _L.CONTROLLED: _M.REQUEST_BEGINS_AGAIN,
    },
    _P.QUEUED: {
        **_NOTHING_RUNS,
        **_back(_M.CAN_BE_OFFERED_AGAIN),
        e.DigitPressed: _M.QUEUE_HEARS_DIGIT,
        e.PlaybackFinished: _M.ANNOUNCEMENT_OVER,
        c.Play: _M.ANNOUNCEMENT_REFUSED,
        **_all((_T.ANNOUNCE, _T.COMFORT), _M.ANNOUNCEMENT_DUE),
        _T.GUARD: _M.ANNOUNCEMENT_OVERDUE,
        _T.RETRY: _M.CAN_BE_OFFERED_AGAIN,
        _T.MAX_WAIT: _M.LEAVES_QUEUE,
        _T.RELAX: _M.SKILLS_RELAXED,
        _T.STICKY: _M.OTHERS_LET_IN,
        _L.CONTROLLED: _M.WAITS_AGAIN,
    },
    _P.OFFERING: {
        **_NOTHING_RUNS,
        **_RINGING,
        **_back(_M.OFFER_NOT_TAKEN),
        e.DigitPressed: _M.QUEUE_HEARS_DIGIT,
        e.OfferFailed: _M.PHONE_FAILED,
        c.OfferCall: _M.OFFER_REFUSED,
        c.AddToOffer: _M.PHONE_REFUSED,
        e.PickUpRequested: _M.PICK_UP_ASKED,
        _T.RING_NEXT: _M.NEXT_PHONE_DUE,
        _T.MAX_WAIT: _M.OFFER_IS_CALLED_OFF,
    },
    _P.WITHDRAWING: {
        **_NOTHING_RUNS,
        **_RINGING,
        **_back(_M.OFFER_CALLED_OFF),
        e.DigitPressed: _I.ALREADY_LEAVING,
        _T.MAX_WAIT: _M.LEAVES_AFTERWARDS,
    },
    _P.TALKING: {
        **_TALKS,
        **_WITH_AGENT,
        _T.GUARD: _M.RIVALS_OVERDUE,
    },
    _P.DIALING: {
        **_NOTHING_RUNS,
        **_back(_M.PARTY_NOT_REACHED),
        e.PartyRang: _M.PARTY_RANG,
        e.PartyAnswered: _M.PARTY_ANSWERED,
        e.PartyFailed: _M.PARTY_FAILED,
        e.PickUpRequested: _M.PICK_UP_ASKED,
        **_all((c.DialOut, c.RingExtension), _M.PARTY_NOT_REACHED),
        _T.GUARD: _M.PARTY_NOT_REACHED,
        _L.CONTROLLED: _M.DIAL_LOST,
        _L.DIALING: _I.STILL_RINGING,
        _L.TALKING: _M.LINE_FOUND,
    },
    _P.CONNECTED: {
        **_TALKS,
        **_WITH_PARTY,
    },
    _P.HELD: {
        **_TALKS,
        **_WITH_AGENT,
        **_WITH_PARTY,
        e.HoldRequested: _I.NO_TALK,
        e.UnholdRequested: _M.HOLD_OVER,
        c.HoldCall: _M.HOLD_REFUSED,
        c.Consult: _M.CONSULT_REFUSED,
        e.ConsultCompleted: _M.CONSULT_COMPLETED,
        e.ConsultJoined: _M.CONSULT_JOINED,
        e.ConsultEnded: _M.CONSULT_ENDED,
        _T.GUARD: _M.HOLD_OVER,
        _L.TALKING: _M.HOLD_LOST,
        _L.HELD: _I.STILL_HELD,
    },
    _P.PARKED: {
        **_NOTHING_RUNS,
        e.TransferRequested: _M.SENT_FROM_SLOT,
        e.PickUpRequested: _M.PICK_UP_ASKED,
        _T.GUARD: _M.PARK_OVER,
    },
    _P.STRANDED: {
        **_NOTHING_RUNS,
        **_HELD_PHONES,
        e.TransferRequested: _M.SENT_FROM_STRAND,
        e.ParkRequested: _M.SENT_FROM_STRAND,
        e.PullRequested: _M.PULL_ASKED,
        _T.GUARD: _M.STRANDED_OVER,
    },
    _P.SUPERVISING: {
        **_NOTHING_RUNS,
        **_back(_M.SUPERVISION_OVER),
        c.Supervise: _M.SUPERVISION_OVER,
    },
    _P.CONFERENCE: {
        **_NOTHING_RUNS,
        **_back(_M.ROOM_LEFT),
        e.DigitPressed: _I.FOR_THE_OTHER_PARTY,
        e.ConferenceJoined: _M.ROOM_JOINED,
        e.RoomKeyPressed: _M.ROOM_HEARS_KEY,
        e.ParticipantTalked: _M.PARTICIPANT_TALKED,
        e.ParticipantMuted: _M.PARTICIPANT_MUTED,
        c.JoinConference: _M.ROOM_LEFT,
        _T.GUARD: _M.ROOM_LEFT,
        _L.CONFERENCE: _M.ROOM_SEEN,
    },
    _P.RETURNING: {
        **_NOTHING_RUNS,
        **_HELD_PHONES,
        **_back(_M.GOES_ON),
        **_all((c.DialOut, c.RingExtension), _M.GOES_ON),
        e.PartyLegEnded: _M.PARTY_LET_GO,
        c.PickUp: _M.PICK_UP_FAILED,
        e.CallReferred: _M.REFERRED,
        e.CallsJoined: _M.CALLS_JOINED,
        e.PullRequested: _M.PULL_ASKED,
        _T.GUARD: _M.GOES_ON,
        _L.TALKING: _M.SEND_LOST,
    },
    _P.CALLING: {
        **_all(HAPPENINGS, _I.NOT_YET_A_CHANNEL),
        e.CallHungUp: _M.CALLER_GONE,
        e.CallerHangingUp: _M.CALLER_GOING,
        e.HangUpRequested: _M.HANG_UP_ASKED,
        e.CallbackAnswered: _M.CUSTOMER_ANSWERED,
        e.CallbackFailed: _M.ATTEMPT_FAILED,
        **_all((c.LaunchCallback, c.RingMember), _M.ATTEMPT_REFUSED),
        _T.GUARD: _M.ATTEMPT_OVERDUE,
        **_all(_L, _M.CUSTOMER_FOUND_CONNECTED),
        _L.CONTROLLED: _M.CUSTOMER_FOUND,
        _L.CALLING: _I.STILL_RINGING,
        _L.SUPERVISING: _I.STILL_SUPERVISED,
    },
    _P.ENDING: {
        **_ending(_I.HUNG_UP),
        e.CallHungUp: _M.CALLER_GONE,
        e.HangUpRequested: _M.HANG_UP_ASKED,
        e.CallbackFailed: _M.ATTEMPT_FAILED,
        _T.GUARD: _M.HANG_UP_OVERDUE,
    },
    _P.ENDED: {
        **_ending(_I.CALLER_LEFT),
        _T.GUARD: _M.LEGS_OVERDUE,
    },
}
"""phase -> what happens -> what it means. None: there is no such call."""
