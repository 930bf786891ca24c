"""The calls of one Asterisk: its events become the core's, the core's commands become AMI actions. No I/O."""

import secrets
from collections.abc import Callable, Set
from itertools import count
from typing import Any

from pbx.ami import Action, ActionTimeout, AmiError, Response
from pbx.asterisk import actions
from pbx.asterisk.agi import AgiQueue, Verb
from pbx.asterisk.call import Call, tagged
from pbx.asterisk.execute import Executor, command_failed
from pbx.asterisk.messages import (
    AgiExecuted,
    AgiStarted,
    AmiEvent,
    ContactChanged,
    DeviceChanged,
    DialBegan,
    DialEnded,
    DialProgressed,
    DigitReceived,
    HungUp,
    StateChanged,
    parse_result,
)
from pbx.asterisk.numbers import normalize
from pbx.asterisk.phones import Phones
from pbx.asterisk.step import Step
from routing.commands import Command
from routing.events import (
    AgentLegEnded,
    CallEntered,
    CallHungUp,
    CallReturned,
    CommandFailed,
    DigitPressed,
    Event,
    LegFailure,
    MessageRecorded,
    OfferFailed,
    PlaybackFinished,
)
from routing.ids import CallId
from switchroom.ids import call_id

RENEW_EVERY = 20.0
CONTROL_TIMEOUT = 60
DEAD_CHANNEL = 511
"""AGI's code for a command that came after the hang-up, of which the `Hangup` event tells."""


class NodeCalls:
    """Every call of the node `node`. Feed it each event of that node, in order, and each action's outcome.

    `spool` is the node's spool folder as Asterisk sees it, `trunk` the endpoint for outside numbers (empty: they fail),
    `default_region` (ISO 3166) what numbers without a country mean.
    """

    def __init__(
        self,
        node: str,
        phones: Phones,
        *,
        spool: str,
        trunk: str = "",
        default_region: str | None = None,
    ) -> None:
        self.node = node
        self.phones = phones
        self.default_region = default_region
        self.calls: dict[CallId, Call] = {}
        self._by_unique_id: dict[str, Call] = {}
        serial, prefix = count(1), secrets.token_hex(4)
        self.next_id: Callable[[], str] = lambda: f"{prefix}-{next(serial)}"
        self._executor = Executor(node, phones, spool, trunk)
        self._receivers: dict[type, Callable[[Any], Step]] = {
            AgiStarted: self._agi_started,
            AgiExecuted: self._agi_executed,
            DialBegan: self._dial_began,
            DialProgressed: self._dial_progressed,
            DialEnded: self._dial_ended,
            StateChanged: self._state_changed,
            HungUp: self._hung_up,
            DigitReceived: self._digit,
            ContactChanged: lambda e: Step([*phones.contact_changed(node, e)]),
            DeviceChanged: lambda e: Step([*phones.device_changed(node, e)]),
        }

    def receive(self, event: AmiEvent) -> Step:
        """What the event means for the core, and what is to be sent because of it."""
        receiver = self._receivers.get(type(event))
        return receiver(event) if receiver is not None else Step()

    def execute(self, command: Command) -> Step:
        """Actions, to be sent in one write; and events, if the command can't be carried out."""
        call = self.calls.get(getattr(command, "call", CallId("")))
        if call is None:
            return command_failed(command, "there is no such channel")
        step = self._released(self._executor.execute(call, command))
        if any(isinstance(event, CallReturned) for event in step.events):
            call.dial = None
        return step

    def outcome(self, action: Action, outcome: Response | AmiError) -> Step:
        """How an action of ours ended. What was lost with the connection, the resync finds out."""
        call_text, _, what = action.tag.partition(" ")
        call = self.calls.get(CallId(call_text))
        if call is None or (isinstance(outcome, Response) and outcome.ok):
            return Step()
        if isinstance(outcome, AmiError) and not isinstance(outcome, ActionTimeout):
            return Step()
        text = outcome.text if isinstance(outcome, Response) else str(outcome)
        if action.name == "AGI":
            return self._agi_refused(call, action.field("CommandID"), text)
        if action.name == "Redirect":
            return self._redirect_refused(call, what, text)
        return Step([CommandFailed(call.id, what, text)]) if what == "HangUp" else Step()

    def renewals(self, now: float) -> list[Action]:
        """Absolute timeouts to set again. Call it every second or so; `now` is POSIX seconds."""
        due = []
        for call in self.calls.values():
            if call.dial is None and now - call.renewed >= RENEW_EVERY:
                call.renewed = now
                due.append(actions.absolute_timeout(call.channel, CONTROL_TIMEOUT))
        return due

    def overdue(self) -> Step:
        """Call it every second or so: ends what waited for an event that has not come since the last time."""
        step = Step()
        for call in list(self.calls.values()):
            if call.returning and call.overdue:
                step.add(self._returned(call))
            if call.agi.broken and call.overdue:
                step.actions += [tagged(call, "AGI", action) for action in call.agi.mend()]
            call.overdue = call.returning or call.agi.broken
            if call.agi.stopping:
                step.actions.append(actions.stop_playback(call.channel))
        return step

    def lost_legs(self, other: str, calls: Set[str]) -> list[Action]:
        """Hang-ups of the talks that lead to the node `other`, where only `calls` (`SR_CALL`) have a channel.

        A node that died and came back says no goodbye: its callers would sit in silence until media times out.
        """
        prefix = f"PJSIP/node-{other}-"
        return [
            tagged(call, "LostLeg", actions.hang_up(channel))
            for call in self.calls.values()
            if call.dial is not None and call.unique_id not in calls
            for channel in call.dial.talking_legs
            if channel.startswith(prefix)
        ]

    def adopt(self, calls: dict[CallId, Call]) -> None:
        """Replace everything known of the calls: after a resync."""
        for call in self.calls.values():
            for phone in call.dial.phones if call.dial else ():
                self.phones.give_back(phone)
        for call in calls.values():
            for phone in call.dial.phones if call.dial else ():
                self.phones.take(phone)
        self.calls = calls
        self._by_unique_id = {call.unique_id: call for call in calls.values()}

    def _released(self, step: Step) -> Step:
        """Phones whose part in an offer is over are no longer ours."""
        for event in step.events:
            if isinstance(event, OfferFailed | AgentLegEnded):
                call = self.calls.get(event.call)
                phone = call.dial.phone_of(event.agent) if call and call.dial else None
                if phone is not None:
                    self.phones.give_back(phone)
        return step

    def _agi_started(self, event: AgiStarted) -> Step:
        channel = event.channel
        call = self._by_unique_id.get(channel.unique_id)
        if call is None:
            return self._entered(event) if channel.role == "caller" else Step()
        call.channel = channel.name
        if call.agi.broken:
            call.overdue = False
            return Step([], [tagged(call, "AGI", action) for action in call.agi.mend()])
        if call.dial is None or call.agi.jump:
            return Step()
        call.returning = True
        return self._returned(call) if call.dial.quiet else Step()

    def _entered(self, event: AgiStarted) -> Step:
        unique_id = event.channel.unique_id
        call = Call(CallId(call_id(unique_id)), unique_id, event.channel.name, AgiQueue(self.next_id))
        self.calls[call.id] = self._by_unique_id[unique_id] = call
        did = normalize(event.channel.did, self.default_region) or event.channel.did
        caller = normalize(event.caller, self.default_region)
        return Step([CallEntered(call.id, did, caller, event.caller_name)])

    def _returned(self, call: Call) -> Step:
        """The caller's channel is ours again: first what is still open of the offer, then that."""
        step = self._finish(call, caller_gone=False)
        step.events.append(CallReturned(call.id))
        if call.agi.come_back():
            step.actions.append(actions.stop_playback(call.channel))
        step.actions += self._next(call)
        return step

    def _next(self, call: Call) -> list[Action]:
        return [tagged(call, "AGI", action) for action in call.agi.resume()]

    def _finish(self, call: Call, *, caller_gone: bool) -> Step:
        if call.dial is None:
            return Step()
        step = self._released(Step(call.dial.finish(caller_gone)))
        call.dial = None
        call.returning = False
        call.renewed = 0.0
        return step

    def _agi_executed(self, event: AgiExecuted) -> Step:
        call = self._by_unique_id.get(event.channel.unique_id)
        command = call.agi.executed(event.command_id) if call else None
        if call is None or command is None:
            return Step()
        result = parse_result(event.result)
        call.agi.broken = result.failed
        events: list[Event] = []
        if command.verb is Verb.PLAY and (command.last or not result.ok):
            call.agi.stop_play()
            events.append(PlaybackFinished(call.id, command.token, result.ok))
        elif command.verb is Verb.RECORD:
            events.append(MessageRecorded(call.id, command.token, command.file, result.seconds))
        if result.code not in (200, DEAD_CHANNEL) or (command.verb is Verb.RECORD and not result.kept):
            events.insert(0, CommandFailed(call.id, command.verb.value, event.result))
        return Step(events, self._next(call))

    def _agi_refused(self, call: Call, command_id: str, text: str) -> Step:
        command = call.agi.executed(command_id)
        if command is None:
            return Step()
        events: list[Event] = [CommandFailed(call.id, command.verb.value, text)]
        if command.verb is Verb.PLAY:
            call.agi.stop_play()
            events.append(PlaybackFinished(call.id, command.token, ok=False))
        elif command.verb is Verb.RECORD:
            events.append(MessageRecorded(call.id, command.token, command.file, 0.0))
        return Step(events, self._next(call))

    def _redirect_refused(self, call: Call, what: str, text: str) -> Step:
        if call.dial is None or call.dial.legs:
            return Step()
        step = self._released(Step(call.dial.refuse(LegFailure.FAILED)))
        call.dial = None
        call.renewed = 0.0
        call.agi.come_back()
        step.events += [CommandFailed(call.id, what, text), CallReturned(call.id)]
        step.actions += self._next(call)
        return step

    def _dial_began(self, event: DialBegan) -> Step:
        call = self._by_unique_id.get(event.caller.unique_id)
        if call is None or call.dial is None:
            return Step()
        events, unwanted = call.dial.began(event.leg.unique_id, event.leg.name, event.dialled)
        return Step(events, [tagged(call, "WithdrawOffer", actions.hang_up(name)) for name in unwanted])

    def _dial_progressed(self, event: DialProgressed) -> Step:
        call = self._by_unique_id.get(event.caller.unique_id)
        if call is None or call.dial is None or event.status != "RINGING":
            return Step()
        return Step(call.dial.changed(event.leg.unique_id, "Ringing"))

    def _dial_ended(self, event: DialEnded) -> Step:
        call = self._by_unique_id.get(event.caller.unique_id)
        if call is None or call.dial is None:
            return Step()
        return Step(call.dial.ended(event.leg.unique_id, event.status))

    def _leg_owner(self, unique_id: str, linked_id: str, marked: str) -> Call | None:
        """The call for which the channel was dialled; None for a caller's own channel."""
        if unique_id in self._by_unique_id:
            return None
        return self._by_unique_id.get(marked) or self._by_unique_id.get(linked_id)

    def _state_changed(self, event: StateChanged) -> Step:
        channel = event.channel
        call = self._leg_owner(channel.unique_id, channel.linked_id, channel.call)
        if call is None or call.dial is None or event.state not in ("Ringing", "Up"):
            return Step()
        return Step(call.dial.changed(channel.unique_id, event.state))

    def _hung_up(self, event: HungUp) -> Step:
        channel = event.channel
        call = self._by_unique_id.get(channel.unique_id)
        if call is not None:
            return self._caller_gone(call, event.cause)
        call = self._leg_owner(channel.unique_id, channel.linked_id, channel.call)
        if call is None or call.dial is None:
            return Step()
        step = self._released(Step(call.dial.hung_up(channel.unique_id, event.cause)))
        if call.returning and call.dial.quiet:
            step.add(self._returned(call))
        return step

    def _caller_gone(self, call: Call, cause: int) -> Step:
        step = self._finish(call, caller_gone=True)
        del self.calls[call.id], self._by_unique_id[call.unique_id]
        step.events.append(CallHungUp(call.id, cause or 16))
        return step

    def _digit(self, event: DigitReceived) -> Step:
        call = self._by_unique_id.get(event.channel.unique_id)
        return Step([DigitPressed(call.id, event.digit)]) if call else Step()
