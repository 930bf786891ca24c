"""Held calls: the two sides of a talk are parted, and both hear music, until the talk goes on."""

from routing.calls import legs
from routing.calls.outgoing import EMERGENCY
from routing.commands import HoldCall, JoinAgain
from routing.events import LegFailure, Side
from routing.state import Call
from routing.state.phases import CallPhase
from routing.state.world import World

LONGEST = 600.0
"""How long a call may be held (s). Then it becomes a talk again."""
MARGIN = 30.0
"""How much later Asterisk joins the two by itself (s), if no engine has."""
MUSIC = "default"


def hold(world: World, call: Call) -> None:
    """Part the two sides of the talk. No one holds a call to an emergency number, or a talk of three."""
    if call.direction == EMERGENCY or call.third is not None:
        return
    legs.drop_ringing(world, call, reason=LegFailure.WITHDRAWN, withdraw=True)
    world.move(call, CallPhase.HELD, limit=LONGEST)
    world.emit(HoldCall(call.id, music_of(world, call), LONGEST + MARGIN))


def refused(world: World, call: Call) -> None:
    """The two sides could not be parted. If one of them is gone, its own event says so."""
    world.move(call, talk_phase(call))


def end(world: World, call: Call) -> None:
    """Let the two sides talk again."""
    world.emit(JoinAgain(call.id))
    world.move(call, talk_phase(call))


def by_phone(world: World, call: Call, side: Side, *, held: bool) -> None:
    """Note that a telephone holds the talk, or no longer does. Asterisk plays the music."""
    others = tuple(it for it in call.held_by if it is not side)
    call.held_by = (*others, side) if held else others
    world.publish(call.team, "call", call.id)


def consult_over(world: World, consult: Call) -> None:
    """A consultation has ended: Asterisk makes the two of the held call talk again."""
    call = None if consult.consult_of is None else world.calls.get(consult.consult_of)
    if call is None or call.consult != consult.id:
        return
    call.consult = None
    world.publish(call.team, "call", call.id)
    if call.phase is CallPhase.HELD:
        world.move(call, talk_phase(call))


def talk_phase(call: Call) -> CallPhase:
    """Return the phase of the talk that is held."""
    return CallPhase.CONNECTED if call.agent is None else CallPhase.TALKING


def music_of(world: World, call: Call) -> str:
    """Return the music of the queue for which the two talk, if it has its own, else the team's."""
    leg = None if call.talk is None else call.legs[call.talk]
    queue = None if leg is None or leg.queue is None else world.queues.get(leg.queue)
    if queue is not None and queue.config.music != MUSIC:
        return queue.config.music
    team = None if call.team is None else world.teams.get(call.team)
    return MUSIC if team is None else team.hold_music
