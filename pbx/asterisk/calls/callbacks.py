"""Customers whom we ring, and members who asked for a call. When one answers, their channel is that of a caller like
any other, or that of a phone that calls."""

from pbx.ami import UnsafeValue
from pbx.asterisk.calls.node_call import NodeCall, Purpose, Registry, Rung, tagged
from pbx.asterisk.calls.phones import Phones
from pbx.asterisk.calls.step import Step
from pbx.asterisk.calls.translator import Translator
from pbx.asterisk.protocol import actions
from pbx.asterisk.protocol.agi_queue import AgiQueue
from pbx.asterisk.protocol.failure_reasons import FINAL, TRUNK_FAILED, leg_failure
from pbx.asterisk.protocol.messages import Channel, DialEnded, HungUp, OriginateFailed, StateChanged
from routing.commands import LaunchCallback, RingMember
from routing.events import CallbackAnswered, CallbackFailed, CommandFailed, LegFailure
from routing.ids import CallId
from switchroom.ids import callback_unique_id


class Callbacks:
    """Handles the calls of `registry` that are `rung`."""

    def __init__(self, registry: Registry, translator: Translator, phones: Phones) -> None:
        self._registry = registry
        self._phones = phones
        self._translator = translator

    def launch(self, command: LaunchCallback, agi: AgiQueue) -> Step:
        """Ring the customer. Nothing happens if the call has a channel, or was launched already."""
        if command.call in self._registry.by_id:
            return Step()
        try:
            first, *others = self._translator.ways_out(command)
        except UnsafeValue as error:
            return Step.failed(command, str(error))
        rung = Rung(others=others)
        self._registry.add(NodeCall(command.call, callback_unique_id(command.call), "", agi, rung=rung))
        return Step([], [first])

    def ring_member(self, command: RingMember, agi: AgiQueue) -> Step:
        """Ring the member who asked for a call. Nothing happens if the call has a channel, or was rung already."""
        if command.call in self._registry.by_id:
            return Step()
        try:
            action = self._translator.ring_member(command)
        except UnsafeValue as error:
            return Step.failed(command, str(error))
        unique_id = callback_unique_id(command.call)
        self._registry.add(NodeCall(command.call, unique_id, "", agi, command.phone, rung=Rung()))
        self._phones.take(command.phone)
        return Step([], [action])

    def find(self, channel: Channel) -> NodeCall | None:
        """Return the call whose customer is rung on this channel."""
        call = self._registry.by_unique_id.get(channel.unique_id)
        return call if call is not None and call.rung is not None else None

    def named(self, channel: Channel) -> Step:
        """Note the channel's name, by which it can be hung up."""
        call = self.find(channel)
        if call is None or call.channel:
            return Step()
        call.channel = channel.name
        return self._cancelled(call)

    def state_changed(self, call: NodeCall, event: StateChanged) -> Step:
        if call.rung is not None and event.state in ("Ringing", "Up"):
            call.rung.rang = True
        return self.named(event.channel)

    def dial_ended(self, event: DialEnded) -> Step:
        call = self.find(event.leg) if event.caller is None else None
        if call is not None and call.rung is not None:
            call.rung.status = event.status
        return Step()

    def answered(self, call: NodeCall) -> Step:
        """The customer has answered: the channel is in AsyncAGI."""
        if call.rung is not None and call.rung.cancelled:
            return self._cancelled(call)
        call.rung = None
        return Step([CallbackAnswered(call.id)])

    def hung_up(self, call: NodeCall, event: HungUp) -> Step:
        rung = call.rung or Rung()
        if event.cause in FINAL or (rung.rang and event.cause not in TRUNK_FAILED):
            rung.others.clear()
        rung.gone = leg_failure(rung.status, event.cause, rang=rung.rang)
        waits = bool(rung.others) and not (rung.told or rung.cancelled)
        return Step() if waits else self._next_trunk(call, rung.gone)

    def not_originated(self, event: OriginateFailed) -> Step:
        """End the call, or go on with the next trunk, if no channel was made or it is gone.

        If one is there, its `Hangup` says more.
        """
        call = self._registry.by_id.get(CallId(event.call))
        if call is None or call.rung is None:
            return Step()
        call.rung.told = True
        waits = bool(call.channel) and call.rung.gone is None
        return Step() if waits else self._next_trunk(call, call.rung.gone or LegFailure.UNREACHABLE)

    def _next_trunk(self, call: NodeCall, reason: LegFailure) -> Step:
        """Ring the customer over the next trunk, if there is one: this one has failed."""
        if call.rung is None or call.rung.cancelled or not call.rung.others:
            return self.over(call, reason)
        action, *others = call.rung.others
        call.rung, call.channel = Rung(others=others), ""
        return Step([], [action])

    def over(self, call: NodeCall, reason: LegFailure, text: str = "") -> Step:
        """End the call: there is no channel, and none will come. `text`: what Asterisk said when it refused."""
        if call.rung is None:
            return Step()
        self._registry.remove(call)
        if call.phone:
            self._phones.give_back(call.phone)
        purpose = Purpose.RING_MEMBER if call.phone else Purpose.LAUNCH_CALLBACK
        reason = LegFailure.WITHDRAWN if call.rung.cancelled else reason
        failed = [CommandFailed(call.id, purpose.value, text)] if text else []
        return Step([CallbackFailed(call.id, reason), *failed])

    def _cancelled(self, call: NodeCall) -> Step:
        if call.rung is None or not call.rung.cancelled:
            return Step()
        return Step([], [tagged(call.id, Purpose.HANG_UP, actions.hang_up(call.channel))])
