"""The calls of one Asterisk: its events become the core's events, the core's commands AMI actions. No I/O."""

import secrets
from collections.abc import Callable, Collection, Set
from itertools import count
from typing import Any

from pbx.ami import Action, ActionTimeout, AmiError, Response
from pbx.asterisk.calls.agi_results import DEAD_CHANNEL, executed, refused
from pbx.asterisk.calls.callbacks import Callbacks
from pbx.asterisk.calls.dial import Dial
from pbx.asterisk.calls.node_call import NodeCall, Purpose, Registry, Tag, tagged
from pbx.asterisk.calls.parties import CALLED
from pbx.asterisk.calls.phones import Phones
from pbx.asterisk.calls.step import Step
from pbx.asterisk.calls.translator import Translator
from pbx.asterisk.protocol import actions
from pbx.asterisk.protocol.agi_queue import AgiQueue
from pbx.asterisk.protocol.call_numbers import call_numbers
from pbx.asterisk.protocol.dialplan import Role, endpoint_of, node_endpoint
from pbx.asterisk.protocol.messages import (
    AgiExecuted,
    AgiStarted,
    AmiEvent,
    Channel,
    ContactChanged,
    DeviceChanged,
    DialBegan,
    DialEnded,
    DialProgressed,
    DigitReceived,
    HangUpBegan,
    HungUp,
    OriginateFailed,
    RoomJoined,
    StateChanged,
    parse_result,
)
from pbx.ports import AsteriskCommand
from routing.commands import LaunchCallback, WithdrawOffer
from routing.events import (
    CallbackAnswered,
    CallEntered,
    CallerHangingUp,
    CallHungUp,
    CallReturned,
    CommandFailed,
    ConferenceJoined,
    DigitPressed,
    Event,
    LegFailure,
    PhoneCallEntered,
)
from routing.ids import CallId
from switchroom.ids import call_id, is_callback

RENEW_EVERY = 20.0
CONTROL_TIMEOUT = 60


class NodeCalls:
    """Every call of the node `node`. Give it each event of that node, in order, and each action's outcome.

    `spool` is the node's spool folder as Asterisk sees it, `trunk` the endpoint for outside numbers (empty: they fail),
    `dids` returns the numbers of all teams (E.164), `load` the node's load with so many calls (`CallEntered.load`).
    """

    def __init__(
        self,
        node: str,
        phones: Phones,
        *,
        spool: str,
        trunk: str = "",
        dids: Callable[[], Collection[str]] = tuple,
        load: Callable[[int], float] = lambda calls: 0.0,
    ) -> None:
        self.node = node
        self.phones = phones
        self.dids = dids
        self._load = load
        self._registry = Registry()
        serial, prefix = count(1), secrets.token_hex(4)
        self.next_id: Callable[[], str] = lambda: f"{prefix}-{next(serial)}"
        self._translator = Translator(node, phones, spool, trunk)
        self._callbacks = Callbacks(self._registry, self._translator)
        self._receivers: dict[type, Callable[[Any], Step]] = {
            AgiStarted: self._agi_started,
            AgiExecuted: self._agi_executed,
            DialBegan: self._dial_began,
            DialProgressed: self._dial_progressed,
            DialEnded: self._dial_ended,
            StateChanged: self._state_changed,
            HangUpBegan: self._hang_up_began,
            HungUp: self._hung_up,
            DigitReceived: self._digit,
            RoomJoined: self._joined,
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
        call = self.calls.get(command.call)
        if call is None:
            return Step.failed(command, "there is no such channel")
        step = self._translator.translate(call, command)
        if call.hanging_up:
            self._registry.hanging_up.add(call.id)
        self._give_back(call.dial)
        if isinstance(command, WithdrawOffer) and any(isinstance(e, CallReturned) for e in step.events):
            call.dial = None
        return step

    def outcome(self, action: Action, outcome: Response | AmiError) -> Step:
        """Tell what the outcome of an action means. After a lost connection the resync finds out what became of it."""
        tag = action.tag
        call = self.calls.get(tag.call) if isinstance(tag, Tag) else None
        if not isinstance(tag, Tag) or call is None or (isinstance(outcome, Response) and outcome.ok):
            return Step()
        if isinstance(outcome, AmiError) and not isinstance(outcome, ActionTimeout):
            return Step()
        text = outcome.text if isinstance(outcome, Response) else str(outcome)
        if action.name == "AGI":
            return self._agi_refused(call, action.field("CommandID"), text)
        if tag.purpose is Purpose.ADD_TO_OFFER:
            return self._slot_refused(call, action.field("Channel"))
        if action.name == "Originate":
            return self._callbacks.over(call, LegFailure.FAILED, text)
        if action.name == "Redirect":
            return self._redirect_refused(call, tag.purpose, text)
        if tag.purpose is Purpose.HANG_UP:
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
            if call.dial is not None and call.unique_id not in calls
            for channel in call.dial.talking_legs
            if channel.startswith(prefix)
        ]

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

    def _agi_started(self, event: AgiStarted) -> Step:
        channel = event.channel
        call = self._registry.by_unique_id.get(channel.unique_id)
        if call is None:
            return self._uncalled_for(event)
        call.channel = channel.name
        if call.rung is not None:
            return self._callbacks.answered(call)
        if call.agi.broken:
            call.overdue = False
            return self._mended(call)
        if call.agi.jump or (call.dial is None and not call.conference):
            return Step()
        call.returning = True
        return self._returned(call) if call.dial is None or call.dial.quiet else Step()

    def _uncalled_for(self, event: AgiStarted) -> Step:
        channel = event.channel
        if channel.role is Role.CALLER:
            return self._entered(event)
        if channel.role is Role.PHONE:
            return self._phone_calls(channel, event.caller_name)
        call = self._registry.by_unique_id.get(channel.call)
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
        self._registry.add(call)
        if is_callback(unique_id):
            return Step([CallbackAnswered(call.id)])
        dialled = call_numbers(event.channel.did, event.caller, self.dids(), call.id)
        name, load = event.caller_name, self._load(self.carried - 1)
        return Step([CallEntered(call.id, dialled.did, dialled.caller, name, dialled.customer, load)])

    def _phone_calls(self, channel: Channel, name: str, *, rings: bool = False) -> Step:
        """A member's phone calls. The phone is ours from now on, although it is in use."""
        id, phone = CallId(call_id(channel.unique_id)), endpoint_of(channel.name)
        self._registry.add(NodeCall(id, channel.unique_id, channel.name, AgiQueue(self.next_id), phone))
        self.phones.take(phone)
        load = self._load(self.carried - 1)
        entered = PhoneCallEntered(id, phone, channel.did, name, load, rings)
        return Step([entered, *self.phones.changes(phone)])

    def _rings_itself(self, event: DialBegan, caller: Channel) -> Step:
        """The dialplan rings the extension itself: it found no engine, or had no command in time."""
        step = Step()
        if caller.unique_id not in self._registry.by_unique_id:
            step.add(self._phone_calls(caller, event.caller_name, rings=True))
        call = self._registry.by_unique_id[caller.unique_id]
        if call.dial is None:
            called = endpoint_of(event.leg.name)
            self.phones.take(called)
            call.dial, call.agi.away = Dial(call.id, {CALLED: None}, called=(called,)), True
        return step

    def _returned(self, call: NodeCall) -> Step:
        """The caller's channel is back: tell first what is still open of the offer, then that."""
        step = self._finish(call, caller_gone=False)
        step.events.append(CallReturned(call.id))
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
        step = Step(call.dial.finish(caller_gone, cause) if call.dial else [])
        self._give_back(call.dial)
        call.dial = None
        call.held.clear()
        call.returning = call.conference = False
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
        if call.conference:
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
            call = self._registry.by_unique_id.get(caller.call)
        return call if call is not None and call.dial is not None else None

    def _dial_began(self, event: DialBegan) -> Step:
        caller, leg, step = event.caller, event.leg, Step()
        if caller is not None and caller.role is Role.PHONE:
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
        return self._registry.by_unique_id.get(marked) or self._registry.by_unique_id.get(linked_id)

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

    def _hung_up(self, event: HungUp) -> Step:
        channel = event.channel
        call = self._registry.by_unique_id.get(channel.unique_id)
        if call is not None and call.rung is not None:
            return self._callbacks.hung_up(call, event)
        if call is not None:
            return self._caller_gone(call, event.cause)
        call = self._leg_owner(channel.unique_id, channel.linked_id, channel.call)
        if call is None or call.dial is None:
            return Step()
        step = Step(call.dial.hung_up(channel.unique_id, event.cause))
        self._give_back(call.dial)
        if call.returning and call.dial.quiet:
            step.add(self._returned(call))
        return step

    def _caller_gone(self, call: NodeCall, cause: int) -> Step:
        step = self._finish(call, caller_gone=True, cause=cause)
        self._registry.remove(call)
        if call.phone:
            self.phones.give_back(call.phone)
        step.events.append(CallHungUp(call.id, cause or 16))
        return step

    def _digit(self, event: DigitReceived) -> Step:
        call = self._registry.by_unique_id.get(event.channel.unique_id)
        return Step([DigitPressed(call.id, event.digit)]) if call else Step()

    def _joined(self, event: RoomJoined) -> Step:
        call = self._registry.by_unique_id.get(event.channel.unique_id)
        return Step([ConferenceJoined(call.id)]) if call is not None and call.conference else Step()
