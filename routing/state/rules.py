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
answers (`TALKING`). An offer that is called off is `WITHDRAWING` until the channel is back. When the other party is
gone, the call is `RETURNING` until the channel is back. `ENDING` means that we have sent `HangUp`. `ENDED` means that
the caller is gone and that an agent's leg is not, as far as we know. A call passes through `ROUTING` between two
blocks. A callback's attempt begins in `CALLING`; once the customer has answered, it goes on like a call that entered.

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
    PHONE_CALLS = "a member's phone calls an extension"
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

    ROOM_JOINED = "the caller is in the conference"
    ROOM_LEFT = "the conference is over for the caller, or was never joined"
    TALK_OVER = "the channel is back, and so the talk is over"
    GOES_ON = "the channel is back: the call goes on where it was to go, or ends"

    CUSTOMER_ANSWERED = "the callback's customer answered"
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
    NO_ROOM = "late: the caller is in no conference any more"
    NO_ATTEMPT = "late: the call is no attempt of a callback that still rings"
    TIMER_OF_ANOTHER_PHASE = "late: the call has left the phase for which the timer ran"
    NOTHING_TO_END = "the refusal is for the log: nothing was begun that has to end"
    STILL_RECORDING = "the message goes on"
    STILL_RINGING = "what rings goes on ringing"
    NO_ATTEMPT_ANY_MORE = "the customer is on the line already"


Rule = Meaning | Ignored
_Row = dict[Happening, Rule]
_P, _T, _L, _M, _I = CallPhase, TimerPurpose, LivePhase, Meaning, Ignored

NO_CALLS_BUSINESS = (e.AgentStatusSet, e.PhoneStateChanged, e.ConfigChanged, e.StaysCounted)
"""Events that concern no single call."""
BY_DETAIL = (e.TimerFired, e.CommandFailed, e.StateResynced)
"""Events whose detail says what happens to a call: the timer's purpose, the refused command, the `LivePhase`."""
CALL_EVENTS = tuple(kind for kind in e.EVENTS if kind not in (*NO_CALLS_BUSINESS, *BY_DETAIL))
CALL_TIMERS = tuple(p for p in _T if p not in (_T.WRAP_UP, _T.BACKOFF, _T.LAPSE, _T.CALLBACK_RETRY))
"""The timers that run for a call. (Those that wait for an agent or a callback run for these.)"""
HAPPENINGS: tuple[Happening, ...] = (*CALL_EVENTS, *CALL_TIMERS, *c.CALL_COMMANDS, *_L)
"""Everything that can happen to a call."""


def _all(happenings: Iterable[Happening], rule: Rule) -> _Row:
    return dict.fromkeys(happenings, rule)


def _back(rule: Rule) -> _Row:
    """The caller's channel is under our control again. A call that enters a second time says the same."""
    return {e.CallReturned: rule, e.CallEntered: rule, _L.CONTROLLED: rule}


_ANSWERS = (e.PlaybackFinished, e.MessageRecorded, e.SpeechHeard, e.UrlFetched, e.ContactFound)
_PHONES = (e.PhoneRang, e.AgentAnswered, e.OfferFailed, e.AgentLegEnded)
_LINES = (e.PartyRang, e.PartyAnswered, e.PartyFailed, e.PartyLegEnded)

_NOTHING_RUNS: _Row = {
    e.PhoneCallEntered: _I.NEVER_LEFT,
    e.CallHungUp: _M.CALLER_GONE,
    e.CallerHangingUp: _M.CALLER_GOING,
    e.HangUpRequested: _M.HANG_UP_ASKED,
    e.DigitPressed: _I.NO_DIGIT_WANTED,
    **_all(_ANSWERS, _I.NOT_AWAITED),
    **_all(_PHONES, _I.NO_PHONE),
    **_all(_LINES, _I.NO_LINE),
    e.ConferenceJoined: _I.NO_ROOM,
    **_all((e.CallbackAnswered, e.CallbackFailed), _I.NO_ATTEMPT),
    **_all(CALL_TIMERS, _I.TIMER_OF_ANOTHER_PHASE),
    **_all(c.CALL_COMMANDS, _I.NOTHING_TO_END),
    **_back(_I.NEVER_LEFT),
    _L.DIALING: _M.OFFER_FOUND,
    _L.TALKING: _M.TALK_FOUND,
    _L.CONFERENCE: _M.ROOM_FOUND,
    _L.CALLING: _I.NO_ATTEMPT_ANY_MORE,
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


def _ending(why: Ignored) -> _Row:
    """The call is at its end: only what frees a phone, and the end itself, still counts."""
    return {**_all(HAPPENINGS, why), **_HELD_PHONES, **_all(_L, _M.HANG_UP_LOST)}


RULES: dict[CallPhase | None, _Row] = {
    None: {
        **_all(HAPPENINGS, _I.OVER),
        e.CallEntered: _M.ENTERS,
        e.PhoneCallEntered: _M.PHONE_CALLS,
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
        **_all((c.FetchUrl, c.FindContact), _M.NOTHING_CAME),
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
        **_NOTHING_RUNS,
        **_HELD_PHONES,
        **_back(_M.TALK_OVER),
        e.DigitPressed: _I.FOR_THE_OTHER_PARTY,
        **_all((e.OfferFailed, e.AgentLegEnded), _M.LEG_ENDED_IN_TALK),
        _T.GUARD: _M.RIVALS_OVERDUE,
        _L.TALKING: _M.TALK_SEEN,
    },
    _P.DIALING: {
        **_NOTHING_RUNS,
        **_back(_M.PARTY_NOT_REACHED),
        e.PartyRang: _M.PARTY_RANG,
        e.PartyAnswered: _M.PARTY_ANSWERED,
        e.PartyFailed: _M.PARTY_FAILED,
        **_all((c.DialOut, c.RingExtension), _M.PARTY_NOT_REACHED),
        _T.GUARD: _M.PARTY_NOT_REACHED,
        _L.CONTROLLED: _M.DIAL_LOST,
        _L.DIALING: _I.STILL_RINGING,
        _L.TALKING: _M.LINE_FOUND,
    },
    _P.CONNECTED: {
        **_NOTHING_RUNS,
        **_HELD_PHONES,
        **_back(_M.TALK_OVER),
        e.DigitPressed: _I.FOR_THE_OTHER_PARTY,
        **_all((e.PartyRang, e.PartyAnswered, e.PartyFailed), _I.LINE_ANSWERED),
        e.PartyLegEnded: _M.PARTY_ENDED,
        _L.TALKING: _M.TALK_SEEN,
    },
    _P.CONFERENCE: {
        **_NOTHING_RUNS,
        **_back(_M.ROOM_LEFT),
        e.DigitPressed: _I.FOR_THE_OTHER_PARTY,
        e.ConferenceJoined: _M.ROOM_JOINED,
        c.JoinConference: _M.ROOM_LEFT,
        _T.GUARD: _M.ROOM_LEFT,
        _L.CONFERENCE: _M.ROOM_JOINED,
    },
    _P.RETURNING: {
        **_NOTHING_RUNS,
        **_HELD_PHONES,
        **_back(_M.GOES_ON),
        **_all((c.DialOut, c.RingExtension), _M.GOES_ON),
        _T.GUARD: _M.GOES_ON,
    },
    _P.CALLING: {
        **_all(HAPPENINGS, _I.NOT_YET_A_CHANNEL),
        e.CallHungUp: _M.CALLER_GONE,
        e.CallerHangingUp: _M.CALLER_GOING,
        e.HangUpRequested: _M.HANG_UP_ASKED,
        e.CallbackAnswered: _M.CUSTOMER_ANSWERED,
        e.CallbackFailed: _M.ATTEMPT_FAILED,
        c.LaunchCallback: _M.ATTEMPT_REFUSED,
        _T.GUARD: _M.ATTEMPT_OVERDUE,
        **_all(_L, _M.CUSTOMER_FOUND_CONNECTED),
        _L.CONTROLLED: _M.CUSTOMER_FOUND,
        _L.CALLING: _I.STILL_RINGING,
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
