"""What the events of a call do, where the phase rules (`routing.state.rules`) say that they do something."""

from routing import events as e
from routing.acd import admission, announcements, callbacks
from routing.blocks.base import Go
from routing.blocks.voicemail import keep_message
from routing.calls import (
    errands,
    flow,
    hangup,
    legs,
    outgoing,
    phone_calls,
    placed,
    rooms,
    stranded,
    threes,
    transfers,
)
from routing.commands import HangUp
from routing.handlers.meanings import mean_alone, means
from routing.state import Call, live_calls
from routing.state.phases import CallPhase
from routing.state.rules import Meaning
from routing.state.world import World

_M = Meaning

mean_alone(
    {
        _M.SOUND_FAILED: flow.sound_failed,
        _M.NOTHING_CAME: flow.overdue,
        _M.ANNOUNCEMENT_REFUSED: announcements.over,
        _M.CAN_BE_OFFERED_AGAIN: flow.available_again,
        _M.NEXT_PHONE_DUE: flow.grow,
        _M.OFFER_REFUSED: flow.offer_refused,
        _M.PARTY_RANG: legs.party_rang,
        _M.PARTY_ANSWERED: legs.begin_party_talk,
        _M.ROOM_JOINED: rooms.joined,
        _M.ROOM_LEFT: flow.conference_over,
    }
)

# -- the caller comes and goes ---------------------------------------------------------------------------------


@means(_M.ENTERS)
def enters(world: World, _: None, event: e.CallEntered) -> None:
    call = _came(world, event)
    flow.start(world, call, event.load)


@means(_M.TURNED_AWAY)
def turned_away(world: World, _: None, event: e.CallTurnedAway) -> None:
    """Log the call. Nobody else hears of it."""
    call = _came(world, event)
    number = world.numbers.find(call.did)
    if number is not None:
        live_calls.give_to(world, call, number)
    admission.note_refused(world, call, admission.Refusal.NODE)
    call.ended_by = "system"
    hangup.caller_gone(world, call, admission.CONGESTION)


def _came(world: World, event: e.CallEntered | e.CallTurnedAway) -> Call:
    call = Call(
        event.call,
        event.did,
        event.caller,
        event.caller_name,
        world.now,
        phase_since=world.now,
        customer=event.customer,
    )
    live_calls.add(world, call)
    return call


@means(_M.PHONE_CALLS)
def phone_calls_extension(world: World, _: None, event: e.PhoneCallEntered) -> None:
    phone_calls.enters(world, event, world.now)


@means(_M.CALL_PLACED)
def call_placed(world: World, _: None, event: e.CallPlaced) -> None:
    placed.placed(world, event)


@means(_M.IS_NOT_OURS)
def is_not_ours(world: World, _: None, event: e.CallbackAnswered | e.LiveCall) -> None:
    """Hang up the customer of an attempt that is over, so that they are not left on a silent line."""
    world.emit(HangUp(event.call))


@means(_M.CALLBACK_CANCELLED)
def callback_cancelled(world: World, _: None, event: e.HangUpRequested) -> None:
    callbacks.cancel(world, event.call)


@means(_M.CALLER_GONE)
def caller_gone(world: World, call: Call, event: e.CallHungUp) -> None:
    hangup.caller_gone(world, call, event.cause)


@means(_M.CALLER_GOING)
def caller_going(world: World, call: Call, event: e.CallerHangingUp) -> None:
    """Note that the caller hangs up. What ends now is not the agent's doing, and counts against no agent."""
    call.ended_by = call.ended_by or ("agent-lost" if call.stranded else "caller")


@means(_M.HANG_UP_ASKED)
def hang_up_asked(world: World, call: Call, event: e.HangUpRequested) -> None:
    """Hang up. A call that waits in a queue is counted as abandoned there, ended by the system. A callback ends with
    its attempt. A message that is being left is kept. No one but its parties ends a call to an emergency number."""
    if call.direction == outgoing.EMERGENCY:
        return
    callbacks.cancel(world, call.id)
    hangup.abandon(world, call)
    if call.phase is CallPhase.RECORDING:
        keep_message(world, call, 0.0)
    world.hang_up(call)


# -- blocks ------------------------------------------------------------------------------------------------------


@means(_M.BLOCK_HEARS_DIGIT)
def block_hears_digit(world: World, call: Call, event: e.DigitPressed) -> None:
    """Tell the block. During a farewell no block listens any more."""
    if call.closing is None:
        flow.deliver(world, call, lambda kind, turn: kind.digit(turn, event.digit))


@means(_M.QUEUE_HEARS_DIGIT)
def queue_hears_digit(world: World, call: Call, event: e.DigitPressed) -> None:
    flow.leave_queue(world, call, flow.exit_by_digit(world, call, event.digit))


@means(_M.SOUND_OVER)
def sound_over(world: World, call: Call, event: e.PlaybackFinished) -> None:
    if call.awaiting == event.token:
        flow.sound_ended(world, call, event.ok)


@means(_M.ANNOUNCEMENT_OVER)
def announcement_over(world: World, call: Call, event: e.PlaybackFinished) -> None:
    if call.announcing == event.token:
        announcements.over(world, call)


Reply = (
    e.MessageRecorded
    | e.SpeechHeard
    | e.UrlFetched
    | e.ContactFound
    | e.RoomFound
    | e.MailboxRead
    | e.PinChecked
)


def _deliver(world: World, call: Call, event: Reply, what: flow.AtBlock) -> None:
    """Tell the block the reply, if it is the one that the block waits for."""
    if call.awaiting == event.token:
        call.awaiting = None
        flow.deliver(world, call, what)


@means(_M.MESSAGE_RECORDED)
def message_recorded(world: World, call: Call, event: e.MessageRecorded) -> None:
    _deliver(world, call, event, lambda kind, turn: kind.recorded(turn, event.seconds))


@means(_M.PHRASE_HEARD)
def phrase_heard(world: World, call: Call, event: e.SpeechHeard) -> None:
    _deliver(world, call, event, lambda kind, turn: kind.heard(turn, event.phrase))


@means(_M.URL_FETCHED)
def url_fetched(world: World, call: Call, event: e.UrlFetched) -> None:
    _deliver(world, call, event, lambda kind, turn: kind.fetched(turn, event))


@means(_M.CONTACT_FOUND)
def contact_found(world: World, call: Call, event: e.ContactFound) -> None:
    _deliver(world, call, event, lambda kind, turn: kind.found(turn, event.attributes))


@means(_M.MAILBOX_READ)
def mailbox_read(world: World, call: Call, event: e.MailboxRead) -> None:
    _deliver(world, call, event, lambda kind, turn: kind.mailbox_read(turn, event.messages, event.ok))


@means(_M.PIN_CHECKED)
def pin_checked(world: World, call: Call, event: e.PinChecked) -> None:
    _deliver(world, call, event, lambda kind, turn: kind.pin_checked(turn, event.problem))


@means(_M.ROOM_LOOKED_UP)
def room_looked_up(world: World, call: Call, event: e.RoomFound) -> None:
    _deliver(world, call, event, lambda kind, turn: kind.opened(turn, event.entry))


@means(_M.MESSAGE_REFUSED)
def message_refused(world: World, call: Call, _: object) -> None:
    flow.leave(world, call, "next")


# -- agents' phones ----------------------------------------------------------------------------------------------


@means(_M.PHONE_RANG, _M.LATE_ANSWER)
def phone_rang(world: World, call: Call, event: e.PhoneRang | e.AgentAnswered) -> None:
    legs.rang(world, call, event.agent)


@means(_M.AGENT_ANSWERED)
def agent_answered(world: World, call: Call, event: e.AgentAnswered) -> None:
    agent = world.agents.get(event.agent)
    if agent is not None:
        legs.answered(world, call, agent)


@means(_M.PHONE_FAILED)
def phone_failed(world: World, call: Call, event: e.OfferFailed) -> None:
    """Note the failure. A growing offer goes on with the next phone, unless the caller is going."""
    legs.failed(world, call, event.agent, event.reason)
    if event.reason is not e.LegFailure.CALLER_GONE:
        flow.grow_after_failure(world, call)


@means(_M.LEG_ENDED)
def leg_ended(world: World, call: Call, event: e.OfferFailed | e.AgentLegEnded) -> None:
    """Free the phone. When the offer is over, not to have answered is not the agent's fault. A talk that waits for
    another telephone holds its agent."""
    if call.agent == event.agent and call.stranded:
        return
    if call.agent == event.agent:
        legs.end_talk(world, call)
    elif isinstance(event, e.OfferFailed):
        missed = event.reason is e.LegFailure.NO_ANSWER
        legs.failed(world, call, event.agent, event.reason, counts=not missed)
    else:
        legs.failed(world, call, event.agent, e.LegFailure.WITHDRAWN)
    hangup.finish_if_over(world, call)


@means(_M.LEG_ENDED_IN_TALK)
def leg_ended_in_talk(world: World, call: Call, event: e.OfferFailed | e.AgentLegEnded) -> None:
    """Note it. A caller whose agent's telephone was lost waits for another one of theirs."""
    talked = call.agent == event.agent
    if talked and call.third is not None and not call.caller_going:
        threes.go_on(world, call)
        return
    if talked and not call.caller_going and _lost(call, event):
        stranded.lost(world, call)
        return
    leg_ended(world, call, event)
    if talked:
        flow.party_gone(world, call, by=_who_ended(event))


def _lost(call: Call, event: e.OfferFailed | e.AgentLegEnded | e.PartyLegEnded) -> bool:
    """Return whether the other side's telephone is gone without having hung up, or while it consulted someone."""
    cause = 0 if isinstance(event, e.OfferFailed) else event.cause
    return cause == hangup.MEDIA_LOST or call.consult is not None


def _who_ended(event: e.OfferFailed | e.AgentLegEnded | e.PartyLegEnded) -> str:
    """Return the `ended_by` of a talk that ended with this leg."""
    lost = not isinstance(event, e.OfferFailed) and event.cause == hangup.MEDIA_LOST
    return "agent-lost" if lost else "agent"


@means(_M.PHONE_REFUSED)
def phone_refused(world: World, call: Call, _: object) -> None:
    """Note the failure of the phone that was added last."""
    if call.ringing:
        legs.failed(world, call, call.rung()[-1], e.LegFailure.FAILED)
        flow.grow_after_failure(world, call)


# -- the channel is back -----------------------------------------------------------------------------------------


@means(_M.OFFER_NOT_TAKEN)
def offer_not_taken(world: World, call: Call, _: object) -> None:
    legs.drop_ringing(world, call)
    flow.offer_over(world, call)


@means(_M.OFFER_CALLED_OFF)
def offer_called_off(world: World, call: Call, _: object) -> None:
    legs.drop_ringing(world, call)
    if call.on_return is None:
        flow.offer_over(world, call)
    else:
        flow.leave(world, call, call.on_return)


@means(_M.TALK_OVER)
def talk_over(world: World, call: Call, _: object) -> None:
    legs.end_talk(world, call)
    legs.drop_ringing(world, call)
    world.hang_up(call, by="agent")


@means(_M.GOES_ON)
def goes_on(world: World, call: Call, _: object) -> None:
    """Go where the call was sent; else tell the block that the called party did not answer, or hang up."""
    if transfers.goes_on(world, call):
        return
    if call.stranded:
        stranded.wait(world, call)
        errands.again(world, call)
        return
    if call.on_return is None:
        world.hang_up(call, by="agent")
    else:
        flow.party_not_taken(world, call)


means(_M.ROOM_HEARS_KEY)(rooms.key_pressed)
means(_M.PARTICIPANT_TALKED)(rooms.talked)
means(_M.PARTICIPANT_MUTED)(rooms.muted)

# -- the called party, conferences, callbacks -----------------------------------------------------------------------


@means(_M.PARTY_FAILED)
def party_failed(world: World, call: Call, event: e.PartyFailed) -> None:
    legs.fail_party(world, call, event.reason)
    if phone_calls.ends_itself(call):
        phone_calls.not_taken(world, call, event.reason)
    else:
        flow.wait_for_channel(world, call, "failed")


@means(_M.PARTY_NOT_REACHED)
def party_not_reached(world: World, call: Call, _: object) -> None:
    legs.fail_party(world, call, e.LegFailure.FAILED)
    if phone_calls.ends_itself(call):
        phone_calls.not_taken(world, call, e.LegFailure.FAILED)
        world.hang_up(call)
    else:
        flow.party_not_taken(world, call)


@means(_M.PARTY_ENDED)
def party_ended(world: World, call: Call, event: e.PartyLegEnded) -> None:
    """Note it. A caller whose colleague's telephone was lost waits, as for an agent's."""
    leg = transfers.talking(call)
    if call.third is not None and not call.caller_going:
        threes.go_on(world, call)
        return
    if leg is not None and leg.member and not call.phone and not call.caller_going and _lost(call, event):
        stranded.lost(world, call)
        return
    legs.end_talk(world, call)
    flow.party_gone(world, call, by=_who_ended(event))


@means(_M.CUSTOMER_ANSWERED)
def customer_answered(world: World, call: Call, _: object) -> None:
    if call.errand:
        errands.answered(world, call)
        return
    if call.phone:
        placed.answered(world, call)
        return
    block = callbacks.picked_up(world, call)
    if block is not None:
        flow.enter(world, call, Go(block))


@means(_M.ATTEMPT_FAILED)
def attempt_failed(world: World, call: Call, event: e.CallbackFailed) -> None:
    _attempt_over(world, call, event.reason)


@means(_M.ATTEMPT_REFUSED)
def attempt_refused(world: World, call: Call, _: object) -> None:
    _attempt_over(world, call, e.LegFailure.FAILED)


def _attempt_over(world: World, call: Call, reason: e.LegFailure) -> None:
    """End an attempt without a channel: no `CallHungUp` will come."""
    if call.errand:
        errands.failed(world, call)
        return
    if call.phone and not call.answered:
        placed.not_answered(world, call, reason)
    elif not call.answered:
        call.ended_by = call.ended_by or "system"
        hangup.caller_gone(world, call, callbacks.CAUSES.get(reason, callbacks.OUT_OF_ORDER))
