"""Conferences: who is in which room, what they ask for by their keys, and what moderators ask for from outside.

Asterisk holds the conference. It goes on without an engine: who waits for a moderator, who leaves with the last one,
and the keys that concern one participant alone (`*1` mutes) are Asterisk's own. The core says who may enter, knows who
is there, and carries out the rest.
"""

from collections.abc import Callable

from routing.calls import flow, recordings
from routing.commands import MuteParticipant, RecordRoom, TellParticipant, TellRoom
from routing.config import RecordingPolicy
from routing.events import (
    ParticipantMuted,
    ParticipantTalked,
    RoomChangeRequested,
    RoomKeyPressed,
)
from routing.ids import CallId, RoomId
from routing.rooms import RoomAction, RoomEntry, chat_of
from routing.state import Call, Leg, Participant, Role, Room
from routing.state.phases import CallPhase
from routing.state.world import World

RECORDING_SOUND = "conf-now-recording"
LOCKED_SOUND, UNLOCKED_SOUND = "conf-lockednow", "conf-unlockednow"
MUTED_SOUND, UNMUTED_SOUND = "conf-now-muted", "conf-now-unmuted"
NO_SOUND = "beeperr"
KICKED = "taken out by a moderator"


def joined(world: World, call: Call, seen: RoomId | None = None) -> None:
    """Note that the caller is in the room. `seen`: a resync found them there, so nothing else may be known of it."""
    flow.conference_joined(world, call)
    if call.entry is None and seen is not None:
        call.entry = RoomEntry(seen, chat_of(seen))
    entry = call.entry
    if entry is None or call.team is None or call.room is not None:
        return
    room = world.rooms.get(entry.room)
    begins = room is None
    if room is None:
        room = Room(entry.room, call.team, world.now, entry.chat, entry.number, entry.options)
        world.rooms[room.id] = room
    muted = entry.options.muted and not entry.moderator
    name = entry.who or call.caller_name
    room.participants[call.id] = Participant(world.now, name, entry.user, entry.moderator, muted)
    call.room, call.conference = room.id, entry.chat
    call.talks += 1
    call.answered_at = world.now if call.answered_at is None else call.answered_at
    leg = Leg(Role.ROOM, world.now, number=entry.number or None, answered_at=world.now, outcome="answered")
    call.legs.append(leg)
    world.publish_room(room, "created" if begins else "updated")
    if begins and entry.options.record:
        record(world, room, call)


def _there(world: World, call: Call) -> tuple[Room, Participant] | None:
    room = None if call.room is None else world.rooms.get(call.room)
    who = None if room is None else room.participants.get(call.id)
    return None if room is None or who is None else (room, who)


def talked(world: World, call: Call, event: ParticipantTalked) -> None:
    there = _there(world, call)
    if there is not None and there[1].talking is not event.talking:
        there[1].talking = event.talking
        world.publish_room(there[0])


def muted(world: World, call: Call, event: ParticipantMuted) -> None:
    note_muted(world, call, muted=event.muted)


def note_muted(world: World, call: Call, *, muted: bool) -> None:
    """Note whether the others hear the caller. Nobody who is muted counts as speaking."""
    there = _there(world, call)
    if there is not None and there[1].muted is not muted:
        there[1].muted = muted
        there[1].talking = there[1].talking and not muted
        world.publish_room(there[0])


# -- keys ----------------------------------------------------------------------------------------------------------


def key_pressed(world: World, call: Call, event: RoomKeyPressed) -> None:
    """Note `*`, and do what the digit after it means. Asterisk itself does what the other digits mean."""
    there = _there(world, call)
    if there is None:
        return
    room, who = there
    before, who.keys = who.keys, "*" if event.digit == "*" and not who.keys else ""
    act = _KEYS.get(event.digit) if before else None
    if act is not None:
        world.emit(TellParticipant(call.id, act(world, room, call)))


def _lock(world: World, room: Room, call: Call) -> str:
    if not room.participants[call.id].moderator:
        return NO_SOUND
    lock(world, room, not room.locked)
    return LOCKED_SOUND if room.locked else UNLOCKED_SOUND


def _mute_others(world: World, room: Room, call: Call) -> str:
    if not room.participants[call.id].moderator:
        return NO_SOUND
    silent = any(not room.participants[id].muted for id in others(room))
    for id in others(room):
        world.emit(MuteParticipant(id, room.id, silent))
    return MUTED_SOUND if silent else UNMUTED_SOUND


def _record(world: World, room: Room, call: Call) -> str:
    if not room.participants[call.id].moderator:
        return NO_SOUND
    if room.recording is None:
        record(world, room, call)
    else:
        stop_recording(world, room)
    return "beep" if room.recording is None else RECORDING_SOUND


_KEYS: dict[str, Callable[[World, Room, Call], str]] = {
    "2": _lock,
    "3": _mute_others,
    "4": _record,
}
"""The digit after `*` -> what it does for a moderator. Each returns what the caller hears. The other digits are
Asterisk's own (confbridge.conf)."""


# -- what is asked for ---------------------------------------------------------------------------------------------


def change_requested(world: World, event: RoomChangeRequested) -> None:
    """Do what was asked of a conference of the team. One that is over, or a participant who has left, is ignored."""
    room = world.rooms.get(event.room)
    if room is None or room.team != event.team:
        return
    id = event.participant
    match event.action:
        case RoomAction.LOCK | RoomAction.UNLOCK:
            lock(world, room, event.action is RoomAction.LOCK)
        case RoomAction.RECORD:
            record(world, room, world.calls[next(iter(room.participants))])
        case RoomAction.STOP_RECORDING:
            stop_recording(world, room)
        case RoomAction.MUTE | RoomAction.UNMUTE:
            for one in others(room) if id is None else [id] if id in room.participants else []:
                world.emit(MuteParticipant(one, room.id, event.action is RoomAction.MUTE))
        case RoomAction.KICK if id in room.participants:
            kick(world, id)


def others(room: Room) -> list[CallId]:
    """Return the participants who are no moderators."""
    return [id for id, who in room.participants.items() if not who.moderator]


def lock(world: World, room: Room, locked: bool) -> None:
    if room.locked is not locked:
        room.locked = locked
        world.publish_room(room)


def kick(world: World, id: CallId) -> None:
    call = world.calls[id]
    if call.path:
        call.path[-1].reason = KICKED
    world.hang_up(call)


def record(world: World, room: Room, call: Call) -> None:
    """Begin the recording, unless it runs or the team records nothing. It is the recording of this caller's call, also
    if they leave before its end. Everybody hears that the conference is recorded."""
    if room.recording is not None or world.recording_policy(call, None) is RecordingPolicy.NONE:
        return
    room.recording = base = recordings.next_file(call)
    call.recordings.append(base)
    for leg in call.legs:
        if leg.kind is Role.ROOM and leg.ended_at is None:
            leg.recording = leg.recording or base
    world.emit(RecordRoom(call.id, room.id, base))
    world.emit(TellRoom(call.id, room.id, RECORDING_SOUND))
    world.publish_room(room)


def stop_recording(world: World, room: Room) -> None:
    if room.recording is not None:
        room.recording = None
        world.emit(RecordRoom(next(iter(room.participants)), room.id, None))
        world.publish_room(room)


def seen(world: World, call: Call, room: RoomId | None, *, muted: bool) -> None:
    """Note that a resync found the caller in the room."""
    joined(world, call, room)
    note_muted(world, call, muted=muted)


def found(world: World, call: Call, room: RoomId | None, *, muted: bool) -> None:
    """Note that a resync found the caller in a room where the core did not think them."""
    world.place(call, CallPhase.CONFERENCE)
    seen(world, call, room, muted=muted)
