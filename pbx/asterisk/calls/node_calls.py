"""The calls of one Asterisk: its events become the core's events, the core's commands AMI actions. No I/O."""

import re
import secrets
from collections.abc import Callable, Collection, Set
from dataclasses import replace
from itertools import count
from typing import Any

from pbx.ami import Action, ActionTimeout, AmiError, Response
from pbx.asterisk.calls import consults, threes
from pbx.asterisk.calls.agi_results import DEAD_CHANNEL, executed, refused
from pbx.asterisk.calls.callbacks import Callbacks
from pbx.asterisk.calls.consults import held_is_gone
from pbx.asterisk.calls.dial import Dial
from pbx.asterisk.calls.moves import end_other_side, next_digit
from pbx.asterisk.calls.node_call import NodeCall, Purpose, Registry, Tag, tagged
from pbx.asterisk.calls.parties import CALLED
from pbx.asterisk.calls.phones import Phones
from pbx.asterisk.calls.referrals import connected, referred
from pbx.asterisk.calls.step import Step
from pbx.asterisk.calls.translator import CONTROL_TIMEOUT, Translator
from pbx.asterisk.protocol import actions
from pbx.asterisk.protocol.agi_queue import AgiQueue
from pbx.asterisk.protocol.call_numbers import call_numbers
from pbx.asterisk.protocol.dialplan import PHONES, Context, Role, endpoint_of, node_endpoint
from pbx.asterisk.protocol.messages import (
    AgiExecuted,
    AgiStarted,
    AmiEvent,
    Channel,
    Connected,
    ContactChanged,
    DeviceChanged,
    DialBegan,
    DialEnded,
    DialProgressed,
    DigitReceived,
    HangUpBegan,
    HoldChanged,
    HungUp,
    OriginateFailed,
    Referred,
    RoomJoined,
    RoomMuted,
    RoomTalked,
    StateChanged,
    TalkKeyPressed,
    TurnedAway,
    parse_result,
)
from pbx.ports import AsteriskCommand
from routing.commands import LaunchCallback, RingMember, WithdrawOffer
from routing.events import (
    CallbackAnswered,
    CallEntered,
    CallerHangingUp,
    CallHungUp,
    CallReferred,
    CallReturned,
    CallTurnedAway,
    CommandFailed,
    ConferenceJoined,
    DigitPressed,
    Event,
    LegFailure,
    ParticipantMuted,
    ParticipantTalked,
    PartyFailed,
    PhoneCallEntered,
    PhoneHeld,
    RecordingRequested,
    RoomKeyPressed,
    Side,
    Wanted,
)
from routing.ids import CallId
from switchroom.ids import call_id, is_callback
from switchroom.numbers import parse

RENEW_EVERY = 20.0
_DIALLED = re.compile(r"[^0-9*+]")
"""What a telephone may put around the digits to which it sends a call."""
_MOVES = frozenset(
    {
        Purpose.HOLD_CALL,
        Purpose.JOIN_AGAIN,
        Purpose.TAKE_BACK,
        Purpose.HAND_OVER,
        Purpose.CONSULT,
        Purpose.COMPLETE_CONSULT,
        Purpose.JOIN_CONSULT,
    }
)
"""What moves channels of a talk. If Asterisk refuses it, they are where they were."""


class NodeCalls:
    """Every call of the node `node`. Give it each event of that node, in order, and each action's outcome.

    `spool` is the node's spool folder as Asterisk sees it, `trunks` the endpoints for outside numbers, best first
    (none: they fail). `dids` returns the numbers of all teams (E.164), `country` the country of a phone's team (ISO
    3166; empty: not known), `load` the node's load with so many calls (`CallEntered.load`).
    """

    def __init__(
        self,
        node: str,
        phones: Phones,
        *,
        spool: str,
        trunks: tuple[str, ...] = (),
        dids: Callable[[], Collection[str]] = tuple,
        country: Callable[[str], str] = lambda phone: "",
        load: Callable[[int], float] = lambda calls: 0.0,
    ) -> None:
        self.node = node
        self.phones = phones
        self.dids = dids
        self.country = country
        self.left_alone: tuple[str, ...] = ()
        """Channels that the last resync found on music, while the call of which they were a side is over."""
        self._load = load
        self._registry = Registry()
        serial, prefix = count(1), secrets.token_hex(4)
        self.next_id: Callable[[], str] = lambda: f"{prefix}-{next(serial)}"
        self._translator = Translator(node, phones, self._registry, spool, trunks)
        self._callbacks = Callbacks(self._registry, self._translator, phones)
        self._receivers: dict[type, Callable[[Any], Step]] = {
            AgiStarted: self._agi_started,
            TurnedAway: self._turned_away,
            TalkKeyPressed: self._talk_key,
            AgiExecuted: self._agi_executed,
            DialBegan: self._dial_began,
            DialProgressed: self._dial_progressed,
            DialEnded: self._dial_ended,
            StateChanged: self._state_changed,
            HangUpBegan: self._hang_up_began,
            HungUp: self._gone,
            HoldChanged: self._hold_changed,
            Referred: self._referred,
            Connected: lambda e: self._given_back(connected(self._registry, self._owner, e)),
            DigitReceived: self._digit,
            RoomJoined: self._joined,
            RoomTalked: self._talked,
            RoomMuted: self._muted,
            OriginateFailed: self._callbacks.not_originated,
            ContactChanged: lambda e: Step([*phones.contact_changed(node, e)]),
            DeviceChanged: lambda e: Step([*phones.device_changed(node, e)]),
        }

    @property
    def calls(self) -> dict[CallId, NodeCall]:
        return self._registry.by_id

    @property
    def carried(self) -> int:
        """Return how many calls live here and are not being hung up."""
        return len(self.calls) - len(self._registry.hanging_up)

    @property
    def received(self) -> Set[type]:
        """The kinds of event that mean something to a call or a phone."""
        return self._receivers.keys()

    def receive(self, event: AmiEvent) -> Step:
        """Return what the event means for the core, and what is to be sent because of it."""
        receiver = self._receivers.get(type(event))
        return receiver(event) if receiver is not None else Step()

    def translate(self, command: AsteriskCommand) -> Step:
        """Return the actions that carry the command out, to be sent in one write; or events that say why not."""
        if isinstance(command, LaunchCallback):
            return self._callbacks.launch(command, AgiQueue(self.next_id))
        if isinstance(command, RingMember):
            return self._callbacks.ring_member(command, AgiQueue(self.next_id))
        call = self.calls.get(command.call)
        if call is None:
            return Step.failed(command, "there is no such channel")
        step = self._translator.translate(call, command)
        if call.hanging_up:
            self._registry.hanging_up.add(call.id)
        self._give_back(call.dial)
        self._give_back_freed(call)
        if isinstance(command, WithdrawOffer) and any(isinstance(e, CallReturned) for e in step.events):
            call.dial = None
        return step

    def outcome(self, action: Action, outcome: Response | AmiError) -> Step:
        """Tell what the outcome of an action means. After a lost connection the resync finds out what became of it."""
        tag = action.tag
        call = self.calls.get(tag.call) if isinstance(tag, Tag) else None
        if not isinstance(tag, Tag) or call is None:
            return Step()
        if isinstance(outcome, Response) and outcome.ok:
            more = tag.purpose is Purpose.SEND_DIGITS
            return next_digit(call, action.field("Channel")) if more else Step()
        if isinstance(outcome, AmiError) and not isinstance(outcome, ActionTimeout):
            return Step()
        text = outcome.text if isinstance(outcome, Response) else str(outcome)
        if action.name == "AGI":
            return self._agi_refused(call, action.field("CommandID"), text)
        if tag.purpose is Purpose.ADD_TO_OFFER:
            return self._slot_refused(call, action.field("Channel"))
        if tag.purpose is Purpose.LAUNCH_CALLBACK:
            return self._callbacks.over(call, LegFailure.FAILED, text)
        if action.name == "Redirect":
            return self._redirect_refused(call, tag.purpose, text)
        if tag.purpose in (Purpose.HANG_UP, Purpose.PAUSE_RECORDING, Purpose.MUTE_PARTY):
            return Step([CommandFailed(call.id, tag.purpose.value, text)])
        return Step()

    def renewals(self, now: float) -> list[Action]:
        """Return the absolute timeouts to set again. Call it about once a second. `now`: seconds of a clock
        that never steps."""
        due = []
        for call in self.calls.values():
            if not call.controlled:
                continue
            if call.renewed is None:
                call.renewed = now
            elif now - call.renewed >= RENEW_EVERY:
                call.renewed = now
                due.append(actions.absolute_timeout(call.channel, CONTROL_TIMEOUT))
        return due

    def overdue(self) -> Step:
        """End what waits for an event that has not come since the last call. Call it about once a second."""
        step = Step()
        for call in list(self.calls.values()):
            if call.returning and call.overdue:
                step.add(self._returned(call))
            if call.agi.broken and call.overdue:
                step.add(self._mended(call))
            call.overdue = call.returning or call.agi.broken
            if call.agi.stopping:
                step.actions.append(actions.stop_playback(call.channel))
        for unique_id, later in list(self._registry.later.items()):
            if later.overdue:
                step.actions += self._due(unique_id)
            later.overdue = True
        return step

    def lost_legs(self, other: str, calls: Set[str]) -> list[Action]:
        """Return hang-ups of the talks that lead to the node `other`, where only `calls` (`SR_CALL`) have a channel.

        A node that died does not tell the others that its channels are gone. Without the hang-up the callers would
        hear silence until the media times out.
        """
        prefix = f"PJSIP/{node_endpoint(other)}-"
        return [
            tagged(call.id, Purpose.END_LOST_LEG, actions.hang_up(channel))
            for call in self.calls.values()
            if call.dial is not None and call.mark not in calls
            for dial in (call.dial, call.third)
            if dial is not None
            for channel in dial.talking_legs
            if channel.startswith(prefix)
        ]

    def ends_left_alone(self) -> list[Action]:
        """Return hang-ups of the channels that wait for a call which is over."""
        return [actions.hang_up(channel) for channel in self.left_alone]

    def adopt(self, calls: dict[CallId, NodeCall]) -> None:
        """Replace everything that is known of the calls, after a resync."""
        for call in self.calls.values():
            for phone in call.phones:
                self.phones.give_back(phone)
        for call in calls.values():
            for phone in call.phones:
                self.phones.take(phone)
        self._registry.replace(calls)

    def _give_back(self, dial: Dial | None) -> None:
        """Note that phones which failed or ended are no longer used by our offer."""
        for phone in dial.freed() if dial else ():
            self.phones.give_back(phone)

    def _give_back_freed(self, call: NodeCall) -> None:
        for phone in call.freed:
            self.phones.give_back(phone)
        call.freed.clear()

    def _agi_started(self, event: AgiStarted) -> Step:
        channel = event.channel
        call = self._registry.by_unique_id.get(channel.unique_id)
        if call is None and event.context == Context.TRANSFER:
            return self._sent_on(event)
        if call is None:
            return self._uncalled_for(event)
        call.channel = channel.name
        if call.rung is not None:
            return self._callbacks.answered(call)
        if call.agi.broken:
            call.overdue = False
            return self._mended(call)
        if event.context == Context.HELD:
            return Step()
        if event.context == Context.TRANSFER:
            call.referred_to = event.exten
        if call.agi.jump or not (call.dial or call.conference or call.spies or call.coming):
            return Step()
        call.returning = True
        # The telephone that sent it on may keep its leg for seconds.
        now = call.dial is None or call.dial.quiet or call.taken or call.referred_to is not None
        return self._returned(call) if now else Step()

    def _sent_on(self, event: AgiStarted) -> Step:
        """A called party was sent on, of which no event told before: it is the call's own channel now."""
        call, channel = self._registry.by_mark.get(event.channel.call), event.channel
        if call is None:
            return Step()
        step = referred(self._registry, call, Referred(replace(channel, unique_id=call.unique_id), channel))
        step.add(self._agi_started(event))
        return step

    def _uncalled_for(self, event: AgiStarted) -> Step:
        channel = event.channel
        if channel.role is Role.CALLER:
            return self._entered(event)
        if channel.role is Role.PHONE:
            return self._phone_calls(channel, event.caller_name)
        if channel.role is Role.CONSULT:
            began, step = consults.began(self._registry, channel, AgiQueue(self.next_id))
            if began is not None and began.phone:
                self.phones.take(began.phone)
            return step
        call = self._registry.by_mark.get(channel.call)
        if channel.role is not Role.LATER or call is None or call.dial is None:
            return Step()
        step = Step(call.dial.slot_ready(channel.name), self._translator.offers.ring_added(call))
        self._give_back(call.dial)
        return step

    def _slot_refused(self, call: NodeCall, far: str) -> Step:
        if call.dial is None:
            return Step()
        step = Step(call.dial.slot_refused(far))
        self._give_back(call.dial)
        return step

    def _entered(self, event: AgiStarted) -> Step:
        unique_id = event.channel.unique_id
        call = NodeCall(CallId(call_id(unique_id)), unique_id, event.channel.name, AgiQueue(self.next_id))
        call.did = event.channel.did
        self._registry.add(call)
        if is_callback(unique_id):
            return Step([CallbackAnswered(call.id)])
        dialled = call_numbers(event.channel.did, event.caller, self.dids(), call.id)
        name, load = event.caller_name, self._load(self.carried - 1)
        return Step([CallEntered(call.id, dialled.did, dialled.caller, name, dialled.customer, load)])

    def _turned_away(self, event: TurnedAway) -> Step:
        id = CallId(call_id(event.channel.unique_id))
        dialled = call_numbers(event.channel.did, event.caller, self.dids(), id)
        return Step([CallTurnedAway(id, dialled.did, dialled.caller, event.caller_name, dialled.customer)])

    def _phone_calls(
        self, channel: Channel, name: str, *, rings: bool = False, emergency: bool = False
    ) -> Step:
        """A member's phone calls. The phone is ours from now on, although it is in use."""
        id, phone = CallId(call_id(channel.unique_id)), endpoint_of(channel.name)
        self._registry.add(NodeCall(id, channel.unique_id, channel.name, AgiQueue(self.next_id), phone))
        self.phones.take(phone)
        load = self._load(self.carried - 1)
        number = parse(channel.did, self.country(phone))
        entered = PhoneCallEntered(id, phone, channel.did, name, load, rings, number, emergency)
        return Step([entered, *self.phones.changes(phone)])

    def _rings_itself(self, event: DialBegan, caller: Channel) -> Step:
        """The dialplan rings the extension itself: it found no engine, or had no command in time. Or it dials an
        emergency number, for which it asks no engine."""
        step, emergency = Step(), caller.role is Role.EMERGENCY
        if caller.unique_id not in self._registry.by_unique_id:
            step.add(self._phone_calls(caller, event.caller_name, rings=True, emergency=emergency))
        call = self._registry.by_unique_id[caller.unique_id]
        if call.dial is None and emergency:
            call.dial = Dial(call.id, {CALLED: None}, patient=True, ends_call=True)
            call.agi.away = True
        elif call.dial is None:
            called = endpoint_of(event.leg.name)
            self.phones.take(called)
            call.dial = Dial(call.id, {CALLED: None}, called=(called,), ends_call=True)
            call.agi.away = True
        return step

    def _returned(self, call: NodeCall) -> Step:
        """The caller's channel is back: tell first what is still open of the offer, then that."""
        dialled, handed_over, phone = call.referred_to, call.handed_over, self._referring(call)
        step = self._finish(call, caller_gone=False)
        if dialled is None:
            step.events.append(CallReturned(call.id))
        else:
            digits = _DIALLED.sub("", dialled)
            number = parse(digits, self.country(phone))
            step.events.append(CallReferred(call.id, digits, number, handed_over))
        if call.agi.come_back():
            step.actions.append(actions.stop_playback(call.channel))
        step.actions += self._next(call)
        return step

    def _mended(self, call: NodeCall) -> Step:
        """The channel takes commands again after one that failed. The caller is still there, so tell the failure."""
        events, call.held = call.held, []
        return Step(events, [tagged(call.id, Purpose.AGI, action) for action in call.agi.mend()])

    def _next(self, call: NodeCall) -> list[Action]:
        return [tagged(call.id, Purpose.AGI, action) for action in call.agi.resume()]

    def _finish(self, call: NodeCall, *, caller_gone: bool, cause: int = 0) -> Step:
        step = threes.over(call)
        step.events += call.dial.finish(caller_gone, cause) if call.dial else []
        self._give_back(call.dial)
        self._give_back_freed(call)
        call.dial = None
        call.held.clear()
        call.returning = call.conference = call.parted = call.coming = call.spies = call.taken = False
        call.consulting = call.handed_over = False
        call.referred_to = None
        call.renewed = None
        return step

    # -- AGI --------------------------------------------------------------------------------------------

    def _agi_executed(self, event: AgiExecuted) -> Step:
        call = self._registry.by_unique_id.get(event.channel.unique_id)
        command = call.agi.executed(event.command_id) if call else None
        if call is None or command is None:
            return Step()
        result = parse_result(event.result)
        call.agi.broken = result.failed
        step = executed(call, command, result, event.result)
        if result.failed or result.code == DEAD_CHANNEL:
            call.held += step.events
            return Step()
        step.actions += self._next(call)
        return step

    def _agi_refused(self, call: NodeCall, command_id: str, text: str) -> Step:
        command = call.agi.executed(command_id)
        return Step() if command is None else Step(refused(call, command, text), self._next(call))

    def _redirect_refused(self, call: NodeCall, purpose: Purpose, text: str) -> Step:
        events: list[Event] = [CommandFailed(call.id, purpose.value, text)]
        if purpose in _MOVES:
            call.parted = call.coming = call.consulting = call.taken = False
            return Step(events)
        if purpose is Purpose.SUPERVISE:
            call.spies = False
        elif purpose is Purpose.PICK_UP and call.dial is not None:
            call.dial.finish(caller_gone=False)
            self._give_back(call.dial)
            call.dial = None
        elif call.conference:
            call.conference = False
        elif call.dial is not None and not call.dial.legs:
            events = [*call.dial.refuse(LegFailure.FAILED), *events, CallReturned(call.id)]
            self._give_back(call.dial)
            call.dial = None
        else:
            return Step()
        call.renewed = None
        call.agi.come_back()
        return Step(events, self._next(call))

    # -- Dial and channels ------------------------------------------------------------------------------

    def _dialling(self, caller: Channel | None) -> NodeCall | None:
        """Return the call for which `caller` dials: the caller's own channel, or a slot's far half."""
        if caller is None:
            return None
        call = self._registry.by_unique_id.get(caller.unique_id)
        if call is None and caller.role is Role.LATER:
            call = self._registry.by_mark.get(caller.call)
        return call if call is not None and call.dial is not None else None

    def _dial_began(self, event: DialBegan) -> Step:
        caller, leg, step = event.caller, event.leg, Step()
        if caller is not None and caller.role in PHONES:
            step = self._rings_itself(event, caller)
        call = self._dialling(caller)
        if call is None or call.dial is None or caller is None:
            return self._callbacks.named(leg)
        events, unwanted = call.dial.began(leg.unique_id, leg.name, event.dialled, caller.name)
        step.add(Step(events))
        step.actions += [tagged(call.id, Purpose.WITHDRAW_OFFER, actions.hang_up(name)) for name in unwanted]
        return step

    def _dial_progressed(self, event: DialProgressed) -> Step:
        call = self._dialling(event.caller)
        if call is None or call.dial is None or event.status != "RINGING":
            return Step()
        return Step(call.dial.changed(event.leg.unique_id, "Ringing"))

    def _dial_ended(self, event: DialEnded) -> Step:
        call = self._dialling(event.caller)
        if call is not None and call.dial is not None:
            return Step(call.dial.ended(event.leg.unique_id, event.status))
        return self._callbacks.dial_ended(event)

    def _leg_owner(self, unique_id: str, linked_id: str, marked: str) -> NodeCall | None:
        """Return the call for which the channel was dialled; None for a caller's own channel."""
        if unique_id in self._registry.by_unique_id:
            return None
        return self._registry.by_mark.get(marked) or self._registry.by_mark.get(linked_id)

    def _state_changed(self, event: StateChanged) -> Step:
        channel = event.channel
        rung = self._callbacks.find(channel)
        if rung is not None:
            return self._callbacks.state_changed(rung, event)
        call = self._leg_owner(channel.unique_id, channel.linked_id, channel.call)
        if call is None or call.dial is None or event.state not in ("Ringing", "Up"):
            return Step()
        return Step(call.dial.changed(channel.unique_id, event.state))

    def _hang_up_began(self, event: HangUpBegan) -> Step:
        """The caller hangs up, unless the dialplan does it. End the whisper, which Asterisk would play to its end."""
        call = self._registry.by_unique_id.get(event.channel.unique_id)
        if call is None or call.rung is not None or (call.dial is not None and call.dial.refused):
            return Step()
        unwanted = call.dial.whispered_to if call.dial else ()
        hang_ups = [tagged(call.id, Purpose.END_WHISPER, actions.hang_up(channel)) for channel in unwanted]
        return Step([CallerHangingUp(call.id)], hang_ups)

    def _gone(self, event: HungUp) -> Step:
        step = self._hung_up(event)
        step.actions += self._due(event.channel.unique_id)
        return step

    def _due(self, unique_id: str) -> list[Action]:
        """Return what has waited until this channel leaves its talk."""
        later = self._registry.later.pop(unique_id, None)
        return [] if later is None else [later.action]

    def _hung_up(self, event: HungUp) -> Step:
        channel = event.channel
        call = self._registry.by_unique_id.get(channel.unique_id)
        if call is not None and call.rung is not None:
            return self._callbacks.hung_up(call, event)
        if call is not None:
            step = self._leg_of_held(call, event)
            step.add(self._caller_gone(call, event.cause))
            return step
        if channel.role is Role.EMERGENCY:
            return self._nothing_dialled(event)
        call = self._leg_owner(channel.unique_id, channel.linked_id, channel.call)
        if call is None or call.dial is None:
            return Step()
        if call.third is not None:
            step = threes.hung_up(call, call.dial, call.third, channel.unique_id, event.cause)
            self._give_back_freed(call)
            return step
        step = Step(call.dial.hung_up(channel.unique_id, event.cause))
        self._give_back(call.dial)
        if call.returning and call.dial.quiet:
            step.add(self._returned(call))
        return step

    def _leg_of_held(self, call: NodeCall, event: HungUp) -> Step:
        """The channel of a consultation is gone: it is a leg of the held call, too."""
        held = None if call.of is None else self.calls.get(call.of)
        if held is None or held.dial is None:
            return Step()
        held.consulting = False
        step = Step(held.dial.hung_up(event.channel.unique_id, event.cause))
        self._give_back(held.dial)
        return step

    def _nothing_dialled(self, event: HungUp) -> Step:
        """An emergency call has ended for which no trunk could be dialled: tell of it, so that it is in the log."""
        step = self._phone_calls(event.channel, "", rings=True, emergency=True)
        call = self._registry.by_unique_id[event.channel.unique_id]
        step.events.append(PartyFailed(call.id, LegFailure.UNREACHABLE))
        step.add(self._caller_gone(call, event.cause))
        return step

    def _caller_gone(self, call: NodeCall, cause: int) -> Step:
        step = held_is_gone(self._registry, call) if call.consulting else end_other_side(call)
        step.add(threes.end_others(call))
        step.add(self._finish(call, caller_gone=True, cause=cause))
        self._registry.remove(call)
        if call.phone:
            self.phones.give_back(call.phone)
        step.events.append(CallHungUp(call.id, cause or 16))
        return step

    def _referring(self, call: NodeCall) -> str:
        """Return a phone of the team that sends the call on, by which the country is known."""
        return call.phone or call.sender or (call.dial.answered_phone if call.dial else "")

    def _owner(self, channel: Channel) -> NodeCall | None:
        """Return the call of which this is the own channel, or a leg."""
        call = self._registry.by_unique_id.get(channel.unique_id)
        return call or self._leg_owner(channel.unique_id, channel.linked_id, channel.call)

    def _referred(self, event: Referred) -> Step:
        call = self._owner(event.by)
        if call is None:
            return Step()
        call.sender = endpoint_of(event.by.name)
        step = referred(self._registry, call, event)
        self._give_back_freed(call)
        return step

    def _given_back(self, step: Step) -> Step:
        for call in self.calls.values():
            self._give_back_freed(call)
        return step

    def _hold_changed(self, event: HoldChanged) -> Step:
        channel = event.channel
        call, side = self._registry.by_unique_id.get(channel.unique_id), Side.CALLER
        if call is None:
            call, side = self._leg_owner(channel.unique_id, channel.linked_id, channel.call), Side.PARTY
            if call is None or call.dial is None or channel.name not in call.dial.talking_legs:
                return Step()
        return Step([PhoneHeld(call.id, side, event.held)])

    def _digit(self, event: DigitReceived) -> Step:
        call = self._registry.by_unique_id.get(event.channel.unique_id)
        if call is None:
            return Step()
        pressed = RoomKeyPressed if call.conference else DigitPressed
        return Step([pressed(call.id, event.digit)])

    def _talk_key(self, event: TalkKeyPressed) -> Step:
        call = self._owner(event.channel)
        if call is None:
            return Step()
        call.pressed_by = event.channel.name
        return Step([RecordingRequested(call.id, Wanted.CHANGED)])

    def _joined(self, event: RoomJoined) -> Step:
        call = self._registry.by_unique_id.get(event.channel.unique_id)
        return Step([ConferenceJoined(call.id)]) if call is not None and call.conference else Step()

    def _talked(self, event: RoomTalked) -> Step:
        call = self._registry.by_unique_id.get(event.channel.unique_id)
        return Step([ParticipantTalked(call.id, event.talking)]) if call is not None else Step()

    def _muted(self, event: RoomMuted) -> Step:
        call = self._registry.by_unique_id.get(event.channel.unique_id)
        return Step([ParticipantMuted(call.id, event.muted)]) if call is not None else Step()
