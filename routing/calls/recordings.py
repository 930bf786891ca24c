"""The recording of a talk: it begins, is silent for a while (marked in the leg's record), goes on, and ends.

A talk of three has two recordings, one at each of those to whom the caller talks. They begin, pause and end together.
"""

from routing.commands import AnswerKey, KeyAnswer, PauseRecording, RecordTalk
from routing.config import RecordingPolicy
from routing.events import Wanted
from routing.state import Call, Leg
from routing.state.phases import CallPhase
from routing.state.world import World

Spans = list[tuple[float, float | None]]
TALKS = (CallPhase.TALKING, CallPhase.CONNECTED, CallPhase.HELD)


def ask(world: World, call: Call, wanted: Wanted) -> None:
    now = state(world, call)
    if wanted is Wanted.CHANGED:
        wanted = Wanted.PAUSED if now == "on" else Wanted.ON
        answer = (KeyAnswer.OFF if now == "on" else KeyAnswer.ON) if now else KeyAnswer.REFUSED
        world.emit(AnswerKey(call.id, answer))
    match wanted:
        case Wanted.ON if now in ("off", "paused"):
            _begin(world, call)
            _resume(world, call)
        case Wanted.PAUSED if now == "on":
            _pause(world, call)
        case Wanted.OFF if on_demand(call):
            _end(world, call)
        case _:
            return
    world.publish(call.team, "call", call.id)


def refused(world: World, call: Call) -> None:
    """Asterisk did not change the recording. One of the policy goes on, and the record says so. One that was asked for
    is not there: the command that began it was lost with an engine. It begins now."""
    for leg in _recorded(call):
        if paused(leg):
            leg.pauses.pop()
        if leg.asked:
            _close(leg.asked, world.now)
            _record(world, call, leg)
    world.publish(call.team, "call", call.id)


def again(world: World, call: Call) -> None:
    """Tell Asterisk once more, after a resync, what was asked for: the command may have been lost."""
    for leg in _recorded(call):
        if leg.asked or paused(leg):
            world.emit(PauseRecording(call.id, paused(leg), _is_third(call, leg)))


def note(world: World, call: Call, leg: Leg, recording: str) -> None:
    """Note that the leg is recorded to this file from now on."""
    call.recordings.append(recording)
    if leg.recording is None:
        leg.recording = recording
    else:
        leg.more_recordings.append(recording)
    on_demand = world.recording_policy(call, leg.queue) is RecordingPolicy.ON_DEMAND
    if not runs(leg) or (on_demand and not leg.asked):
        leg.asked.append((world.now, None))


def for_third(world: World, call: Call) -> str | None:
    """Return the file for who is joined to the talk. While the talk's recording is silent, theirs does not begin."""
    now = state(world, call)
    begins = now == "on" or (now != "paused" and world.recording_base(call, None) is not None)
    return next_file(call) if begins else None


def next_file(call: Call) -> str:
    """Return a file for one more recording of a talk that is there already."""
    while (base := f"recordings/{call.id}-{call.talks}") in call.recordings:
        call.talks += 1
    return base


def runs(leg: Leg) -> bool:
    return leg.recording is not None and (not leg.asked or _is_open(leg.asked))


def paused(leg: Leg) -> bool:
    return _is_open(leg.pauses)


def _is_open(spans: Spans) -> bool:
    """Return whether the last of these times has no end yet."""
    return bool(spans) and spans[-1][1] is None


def _close(spans: Spans, at: float) -> None:
    if _is_open(spans):
        spans[-1] = (spans[-1][0], at)


def state(world: World, call: Call) -> str:
    """Return `on`, `paused` or `off` (it can begin); empty: no one talks, or the talk must not be recorded."""
    if call.talk is None:
        return ""
    if recorded := _recorded(call):
        return "paused" if any(paused(leg) for leg in recorded) else "on"
    begins = call.phase in TALKS and world.may_record(call, call.legs[call.talk].queue)
    return "off" if begins else ""


def on_demand(call: Call) -> bool:
    """Return whether a recording runs that someone asked for."""
    return any(leg.asked for leg in _recorded(call))


def _begin(world: World, call: Call) -> None:
    for leg in _talking(call):
        if not runs(leg):
            _record(world, call, leg)


def _record(world: World, call: Call, leg: Leg) -> None:
    recording = next_file(call)
    note(world, call, leg, recording)
    world.emit(RecordTalk(call.id, recording, _is_third(call, leg)))


def _end(world: World, call: Call) -> None:
    for leg in _recorded(call):
        if leg.asked:
            _close(leg.pauses, world.now)
            _close(leg.asked, world.now)
            world.emit(RecordTalk(call.id, None, _is_third(call, leg)))


def _pause(world: World, call: Call) -> None:
    for leg in _recorded(call):
        leg.pauses.append((world.now, None))
        world.emit(PauseRecording(call.id, True, _is_third(call, leg)))


def _resume(world: World, call: Call) -> None:
    for leg in _recorded(call):
        if paused(leg):
            _close(leg.pauses, world.now)
            world.emit(PauseRecording(call.id, False, _is_third(call, leg)))


def _recorded(call: Call) -> list[Leg]:
    return [leg for leg in _talking(call) if runs(leg)]


def _is_third(call: Call, leg: Leg) -> bool:
    return call.third is not None and call.legs[call.third] is leg


def _talking(call: Call) -> list[Leg]:
    return [call.legs[it] for it in (call.talk, call.third) if it is not None]
