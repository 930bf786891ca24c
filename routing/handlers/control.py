"""What people and telephones do with a talk: hold it, take it back, and send the other side on."""

from routing import events as e
from routing.calls import (
    consults,
    errands,
    flow,
    holds,
    legs,
    parts,
    pickups,
    pulls,
    recordings,
    stranded,
    supervisions,
    threes,
    transfers,
)
from routing.calls.errands import Errand
from routing.calls.outgoing import EMERGENCY
from routing.handlers.meanings import mean_alone, means
from routing.state import Call
from routing.state.rules import Meaning
from routing.state.world import World

_M = Meaning

mean_alone(
    {
        _M.TALK_HELD: holds.hold,
        _M.HOLD_REFUSED: holds.refused,
        _M.CONSULT_REFUSED: consults.refused,
        _M.STRANDED_OVER: stranded.over,
        _M.SUPERVISION_OVER: supervisions.over,
        _M.PICK_UP_FAILED: pickups.failed,
        _M.PAUSE_REFUSED: recordings.refused,
        _M.THIRD_LEFT: legs.end_third,
    }
)


@means(_M.PARTY_LET_GO)
def party_let_go(world: World, call: Call, _: e.PartyLegEnded) -> None:
    """End the talk, unless it waits for another telephone."""
    if not call.stranded:
        legs.end_talk(world, call)


@means(_M.PHONE_HOLDS)
def phone_holds(world: World, call: Call, event: e.PhoneHeld) -> None:
    holds.by_phone(world, call, event.side, held=event.held)


@means(_M.TRANSFER_ASKED)
def transfer_asked(world: World, call: Call, event: e.TransferRequested) -> None:
    transfers.ask(world, call, event.to, event.by)


@means(_M.REFERRED)
def referred(world: World, call: Call, event: e.CallReferred) -> None:
    transfers.referred(world, call, event)


@means(_M.CALLS_JOINED)
def calls_joined(world: World, call: Call, event: e.CallsJoined) -> None:
    consults.joined(world, call, event)


@means(_M.PARK_ASKED)
def park_asked(world: World, call: Call, event: e.ParkRequested) -> None:
    transfers.park(world, call, event.by)


@means(_M.PARK_OVER)
def park_over(world: World, call: Call, _: e.TimerFired) -> None:
    flow.deliver(world, call, lambda kind, turn: kind.timed_out(turn))


@means(_M.SENT_FROM_SLOT)
def sent_from_slot(world: World, call: Call, event: e.TransferRequested) -> None:
    transfers.from_slot(world, call, event.to)


@means(_M.RECORDING_ASKED)
def recording_asked(world: World, call: Call, event: e.RecordingRequested) -> None:
    recordings.ask(world, call, event.wanted)


@means(_M.HOLD_OVER, _M.CONSULT_ENDED)
def hold_over(world: World, call: Call, _: object) -> None:
    """Make it a talk again. That ends a consultation too."""
    if call.consult is not None or call.consult_to is not None:
        consults.end(world, call)
    else:
        holds.end(world, call)


@means(_M.CONSULT_ASKED)
def consult_asked(world: World, call: Call, event: e.ConsultRequested) -> None:
    consults.ask(world, call, event.to, event.by)


@means(_M.CONSULT_BEGAN)
def consult_began(world: World, _: None, event: e.ConsultBegan) -> None:
    consults.began(world, event)


@means(_M.CONSULT_COMPLETED)
def consult_completed(world: World, call: Call, _: e.ConsultCompleted) -> None:
    consults.complete(world, call)


@means(_M.CONSULT_JOINED)
def consult_joined(world: World, call: Call, _: e.ConsultJoined) -> None:
    threes.join(world, call)


@means(_M.LEAVE_ASKED)
def leave_asked(world: World, call: Call, event: e.LeaveRequested) -> None:
    threes.leave(world, call, event.by)


@means(_M.SENT_FROM_STRAND)
def sent_from_strand(world: World, call: Call, event: e.TransferRequested | e.ParkRequested) -> None:
    if isinstance(event, e.TransferRequested):
        stranded.send(world, call, transfers.block_of(world, call, event.to))
    else:
        stranded.send(world, call, transfers.block("park", music=holds.music_of(world, call)))


@means(_M.PULL_ASKED)
def pull_asked(world: World, call: Call, event: e.PullRequested) -> None:
    """Ring the member's phone, if they are a side of the talk."""
    member = None if call.team is None else world.users.find(call.team, event.by)
    if member is None or call.phase_shown not in pulls.MOVES or not call.only_two:
        return
    if pulls.leg_of(world, call, member.id) is not None:
        errands.send(world, call, event.by, event.by_call, Errand.PULL, event.phone)


@means(_M.DETACH_ASKED)
def detach_asked(world: World, call: Call, event: e.DetachRequested) -> None:
    """Let the caller wait, if the member is the party whom they talk to."""
    member = None if call.team is None else world.users.find(call.team, event.by)
    leg = None if member is None else pulls.leg_of(world, call, member.id)
    if leg is not None and leg is transfers.talking(call) and call.only_two and not call.phone:
        stranded.detach(world, call)


@means(_M.PICK_UP_ASKED)
def pick_up_asked(world: World, call: Call, event: e.PickUpRequested) -> None:
    errands.send(world, call, event.by, event.by_call, Errand.PICK_UP)


@means(_M.SUPERVISE_ASKED)
def supervise_asked(world: World, call: Call, event: e.SuperviseRequested) -> None:
    """Ring the supervisor's phone, or change how they take part. No one hears a call to an emergency number."""
    there = supervisions.of(world, call, event.by)
    if there is not None:
        supervisions.change(world, there, event.mode)
    elif call.direction != EMERGENCY:
        errands.send(world, call, event.by, event.by_call, Errand(event.mode.value))


@means(_M.MUTE_ASKED)
def mute_asked(world: World, call: Call, event: e.MuteRequested) -> None:
    parts.mute(world, call, event.by, muted=event.muted)


@means(_M.DIGITS_ASKED)
def digits_asked(world: World, call: Call, event: e.DigitsRequested) -> None:
    parts.send_digits(world, call, event.by, event.digits)
