"""The states of a call as data: which may follow which, and which need a guard timer."""

from enum import StrEnum

from routing.enum_members import quick_members


@quick_members
class CallPhase(StrEnum):
    """Where a call stands: what holds the caller's channel."""

    ROUTING = "routing"
    """Between two blocks. No call is in this phase when `handle` returns."""
    PLAYING = "playing"
    COLLECTING = "collecting"
    """Waiting for a digit."""
    RECORDING = "recording"
    """Leaving a message."""
    QUEUED = "queued"
    """Waiting in a queue on music."""
    OFFERING = "offering"
    """One or more agents' phones are rung; the call keeps its place in the queue."""
    WITHDRAWING = "withdrawing"
    """The offer was called off; the channel comes back with `CallReturned`."""
    TALKING = "talking"
    """With an agent."""
    FETCHING = "fetching"
    """Waiting for something from outside: a URL, a contact."""
    LISTENING = "listening"
    """Waiting for a spoken phrase or a digit."""
    DIALING = "dialing"
    """The called party is rung: an outside number, or a colleague."""
    CONNECTED = "connected"
    """With the called party."""
    HELD = "held"
    """With an agent or the called party, but parted from them: both sides hear music."""
    PARKED = "parked"
    """Waiting on music in a slot, until someone fetches the caller."""
    STRANDED = "stranded"
    """On music: the other side of the talk is gone without having hung up, or it is not known why it is gone."""
    CONFERENCE = "conference"
    SUPERVISING = "supervising"
    """A supervisor's phone hears the talk of another call."""
    CALLING = "calling"
    """The customer of a callback is rung; there is no channel of ours yet."""
    RETURNING = "returning"
    """The other party is gone; the channel comes back with `CallReturned`."""
    ENDING = "ending"
    """`HangUp` is on its way."""
    ENDED = "ended"
    """The caller is gone; an agent's leg is not yet."""


_P = CallPhase
_OVER = {_P.ENDING, _P.ENDED}
_BLOCKS = {_P.PLAYING, _P.COLLECTING, _P.RECORDING, _P.FETCHING, _P.LISTENING}
"""What goes on while a block speaks or listens."""
_SENDS = {_P.QUEUED, _P.OFFERING, _P.DIALING, _P.CONFERENCE, _P.PARKED}
"""What a block may send the call to."""

MOVES: dict[CallPhase, set[CallPhase]] = {
    _P.ROUTING: _BLOCKS | _SENDS | _OVER,
    _P.PLAYING: {_P.ROUTING} | _BLOCKS | _SENDS | _OVER,
    _P.COLLECTING: {_P.ROUTING, _P.PLAYING, _P.FETCHING, _P.OFFERING} | _OVER,
    _P.RECORDING: {_P.ROUTING} | _OVER,
    _P.FETCHING: {_P.ROUTING, _P.PLAYING, _P.CONFERENCE} | _OVER,
    _P.LISTENING: {_P.ROUTING, _P.PLAYING, _P.COLLECTING} | _OVER,
    _P.QUEUED: {_P.ROUTING, _P.OFFERING, _P.TALKING} | _OVER,
    _P.OFFERING: {_P.ROUTING, _P.COLLECTING, _P.QUEUED, _P.TALKING, _P.CONNECTED, _P.WITHDRAWING} | _OVER,
    _P.WITHDRAWING: {_P.ROUTING, _P.COLLECTING, _P.QUEUED, _P.TALKING} | _OVER,
    _P.TALKING: {_P.ROUTING, _P.RETURNING, _P.HELD, _P.STRANDED} | _OVER,
    _P.DIALING: {_P.ROUTING, _P.TALKING, _P.CONNECTED, _P.RETURNING} | _OVER,
    _P.CONNECTED: {_P.ROUTING, _P.RETURNING, _P.HELD, _P.STRANDED} | _OVER,
    _P.HELD: {_P.ROUTING, _P.RETURNING, _P.TALKING, _P.CONNECTED, _P.STRANDED} | _OVER,
    _P.PARKED: {_P.ROUTING, _P.TALKING, _P.CONNECTED} | _OVER,
    _P.STRANDED: {_P.ROUTING, _P.RETURNING, _P.TALKING, _P.CONNECTED} | _OVER,
    _P.CONFERENCE: {_P.ROUTING, _P.RETURNING} | _OVER,
    _P.SUPERVISING: {_P.ROUTING, _P.RETURNING} | _OVER,
    _P.CALLING: {_P.ROUTING, _P.SUPERVISING} | _OVER,
    _P.RETURNING: {_P.ROUTING, _P.TALKING, _P.CONNECTED, _P.STRANDED} | _OVER,
    _P.ENDING: {_P.ENDED},
    _P.ENDED: set(),
}
"""phase -> the phases that may follow it. (A resync may find a call anywhere: `World.place`.)"""

OFFERED = frozenset({_P.OFFERING, _P.WITHDRAWING})
"""Agents' phones ring, or are being told to stop."""

GUARDS: dict[CallPhase, float] = {
    _P.PLAYING: 600.0,
    _P.RECORDING: 30.0,
    _P.OFFERING: 15.0,
    _P.WITHDRAWING: 15.0,
    _P.FETCHING: 15.0,
    _P.LISTENING: 30.0,
    _P.DIALING: 15.0,
    _P.CALLING: 15.0,
    _P.HELD: 0.0,
    _P.PARKED: 0.0,
    _P.STRANDED: 0.0,
    _P.RETURNING: 15.0,
    _P.ENDING: 15.0,
    _P.ENDED: 15.0,
}
"""phase -> seconds beyond the phase's own limit after which the core no longer waits for Asterisk's event. Phases that
are not listed have a holder of another kind: a timer of their own, a queue or a talk."""
