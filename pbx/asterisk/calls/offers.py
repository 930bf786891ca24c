"""Commands that ring phones or join a room: each takes the caller's channel out of AsyncAGI."""

import logging
import math

from pbx.ami import Action
from pbx.asterisk.calls.dial import Dial
from pbx.asterisk.calls.node_call import NodeCall, Purpose, tagged
from pbx.asterisk.calls.parties import CALLED
from pbx.asterisk.calls.phones import Phones
from pbx.asterisk.calls.step import Step
from pbx.asterisk.protocol import actions
from routing.commands import (
    AddToOffer,
    DialOut,
    HangUp,
    JoinConference,
    OfferCall,
    RingExtension,
    WithdrawOffer,
)
from routing.events import CallReturned, CommandFailed, Event, LegFailure, OfferFailed, PlaybackFinished
from routing.ids import AgentId
from routing.rooms import Announce
from switchroom.sip_accounts import is_browser

log = logging.getLogger(__name__)


def usable(wanted: tuple[str, ...], known: tuple[str, ...]) -> tuple[str, ...]:
    """Return the trunks that a call goes out over: those that are wanted and known, else all that are known."""
    return tuple(trunk for trunk in wanted if trunk in known) or known


class Offers:
    """Begins offers, adds phones to them and withdraws them. Every method raises `UnsafeValue`."""

    def __init__(self, node: str, phones: Phones, spool: str, trunks: tuple[str, ...]) -> None:
        self._node = node
        self._phones = phones
        self._spool = spool
        self._trunks = trunks

    def offer(self, call: NodeCall, command: OfferCall) -> Step:
        if call.dial is not None:
            return Step.failed(command, "the call is being dialled already")
        channel, more = call.channel, min(command.more, actions.SLOTS_LIMIT)
        made = [
            *self._dial(call, channel, command.phones),
            actions.set_timeout(channel, math.ceil(command.timeout)),
            actions.set_music(channel, command.music),
            actions.set_recording(channel, command.recording),
        ]
        if more or command.whisper:
            made += [
                actions.set_slots(channel, more),
                actions.set_whisper(channel, self._spool, command.whisper),
                actions.redirect_to_growing_offer(channel),
            ]
        else:
            made.append(actions.redirect_to_offer(channel))
        parties: dict[str, AgentId | None] = dict(zip(command.phones, command.agents, strict=True))
        for phone in parties:
            self._phones.take(phone)
        return self._leave(call, Dial(call.id, parties, growing=bool(more)), Purpose.OFFER_CALL, made)

    def add(self, call: NodeCall, command: AddToOffer) -> Step:
        """Add a phone to the offer. If the offer is over, or about to be, the phone is not rung."""
        dial = call.dial
        if dial is None or dial.over or not dial.growing:
            return Step([OfferFailed(call.id, command.agent, LegFailure.WITHDRAWN)])
        if dial.rings(command.phone):
            return Step([CommandFailed(call.id, "AddToOffer", "this phone rings already")])
        actions.checked("phone", command.phone)
        self._phones.take(command.phone)
        dial.add(command.phone, command.agent)
        return Step([], self.ring_added(call))

    def ring_added(self, call: NodeCall) -> list[Action]:
        """Return what lets slots that are ready dial the phones that wait for one."""
        made = []
        for far, phone in call.dial.assigned() if call.dial else ():
            made += [*self._dial(call, far, (phone,)), actions.redirect_to_added_phone(far)]
        return [tagged(call.id, Purpose.ADD_TO_OFFER, action) for action in made]

    def withdraw(self, call: NodeCall, command: WithdrawOffer) -> Step:
        dial = call.dial
        if dial is None:
            return Step()
        events, channels = dial.withdraw(command.agents)
        if call.agi.jump and dial.all_withdrawn:
            call.agi.cancel_jump()
            return Step([*events, *dial.refuse(LegFailure.WITHDRAWN), CallReturned(call.id)])
        return Step(
            events, [tagged(call.id, Purpose.WITHDRAW_OFFER, actions.hang_up(name)) for name in channels]
        )

    def dial_out(self, call: NodeCall, command: DialOut) -> Step:
        if call.dial is not None:
            return Step.failed(command, "the call is being dialled already")
        trunks = () if command.own else usable(command.trunks, self._trunks)
        if not trunks and not command.own:
            log.error("outside call refused: no trunk in SWITCHROOM_TRUNKS has a host")
            return Step.failed(command, "there is no outbound trunk")
        channel, ends = call.channel, bool(call.phone) and not command.comes_back
        made = [
            actions.set_trunks(channel, trunks),
            actions.set_caller_id(channel, command.caller_id),
            actions.set_timeout(channel, math.ceil(command.timeout)),
            actions.set_music(channel, "default"),
            actions.set_recording(channel, command.recording),
            actions.redirect_to_number(channel, command.number, ends_call=ends),
        ]
        dial = Dial(call.id, {CALLED: None}, lines=len(trunks), ends_call=ends)
        return self._leave(call, dial, Purpose.DIAL_OUT, made)

    def ring_extension(self, call: NodeCall, command: RingExtension) -> Step:
        """Ring a colleague. Nothing is to be done if the dialplan rings them already."""
        if call.dial is not None:
            return Step()
        channel = call.channel
        made = [
            *self._dial(call, channel, command.phones),
            actions.set_timeout(channel, math.ceil(command.timeout)),
            actions.set_recording(channel, command.recording),
            actions.set_comes_back(channel, command.comes_back),
            actions.redirect_to_extension(channel),
        ]
        for phone in command.phones:
            self._phones.take(phone)
        call.stays = False
        ends = not command.comes_back
        dial = Dial(call.id, {CALLED: None}, called=command.phones, ends_call=ends)
        return self._leave(call, dial, Purpose.RING_EXTENSION, made)

    def refuse(self, call: NodeCall, command: HangUp) -> Step:
        """Let a phone that calls hear why, and hang it up."""
        made = [
            *actions.set_refusal(call.channel, command.sounds, command.cause),
            actions.redirect_to_refusal(call.channel),
        ]
        return self._leave(call, None, Purpose.HANG_UP, made)

    def join(self, call: NodeCall, command: JoinConference) -> Step:
        if call.dial is not None or call.conference:
            failed = CommandFailed(call.id, "JoinConference", "the call is dialled, or in a room, already")
            return Step([failed])
        channel = call.channel
        made = [
            actions.set_room(channel, command.room),
            actions.set_members(channel, command.max_members),
            actions.set_music(channel, command.music),
            actions.set_room_options(channel, room_options(command)),
            actions.redirect_to_conference(channel),
        ]
        call.conference = True
        return self._leave(call, None, Purpose.JOIN_CONFERENCE, made)

    def _dial(self, call: NodeCall, channel: str, phones: tuple[str, ...]) -> tuple[Action, ...]:
        homes = {phone: self._phones.places(phone) for phone in phones}
        dial = actions.set_dial(channel, phones, homes, self._node)
        browsers = any(is_browser(account) for places in homes.values() for _, account in places)
        return (actions.set_call_id(channel, call.id), *dial) if browsers else dial

    def _leave(self, call: NodeCall, dial: Dial | None, purpose: Purpose, made: list[Action]) -> Step:
        call.dial = dial
        if dial is not None and call.conference:
            call.conference = call.agi.away = False
        actions_now, cut = call.agi.leave(*(tagged(call.id, purpose, action) for action in made))
        events: list[Event] = [] if cut is None else [PlaybackFinished(call.id, cut)]
        return Step(events, actions_now)


_ANNOUNCED = {Announce.NONE: "", Announce.TONE: "t", Announce.NAME: "n"}


def room_options(command: JoinConference) -> str:
    """Return how the caller takes part, in the letters of `actions.ROOM_OPTIONS`."""
    letters = {"m": command.moderator, "w": command.waits, "e": command.ends, "q": command.muted}
    return "".join(letter for letter, on in letters.items() if on) + _ANNOUNCED[command.announce]
