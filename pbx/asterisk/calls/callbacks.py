"""Customers whom we ring. When one answers, their channel is a caller's channel like any other."""

from pbx.ami import UnsafeValue
from pbx.asterisk.calls.node_call import NodeCall, Purpose, Registry, Rung, tagged
from pbx.asterisk.calls.step import Step
from pbx.asterisk.calls.translator import Translator
from pbx.asterisk.protocol import actions
from pbx.asterisk.protocol.agi_queue import AgiQueue
from pbx.asterisk.protocol.failure_reasons import leg_failure
from pbx.asterisk.protocol.messages import Channel, DialEnded, HungUp, OriginateFailed, StateChanged
from routing.commands import LaunchCallback
from routing.events import CallbackAnswered, CallbackFailed, CommandFailed, LegFailure
from routing.ids import CallId
from switchroom.ids import callback_unique_id


class Callbacks:
    """Handles the calls of `registry` that are `rung`."""

    def __init__(self, registry: Registry, translator: Translator) -> None:
        self._registry = registry
        self._translator = translator

    def launch(self, command: LaunchCallback, agi: AgiQueue) -> Step:
        """Ring the customer. Nothing happens if the call has a channel, or was launched already."""
        if command.call in self._registry.by_id:
            return Step()
        try:
            action = self._translator.originate(command)
        except UnsafeValue as error:
            return Step.failed(command, str(error))
        self._registry.add(NodeCall(command.call, callback_unique_id(command.call), "", agi, rung=Rung()))
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
        status, rang = (call.rung.status, call.rung.rang) if call.rung else ("", False)
        return self.over(call, leg_failure(status, event.cause, rang=rang))

    def not_originated(self, event: OriginateFailed) -> Step:
        """End the call if no channel was made. If one was made, its `Hangup` says more."""
        call = self._registry.by_id.get(CallId(event.call))
        return Step() if call is None or call.channel else self.over(call, LegFailure.UNREACHABLE)

    def over(self, call: NodeCall, reason: LegFailure, text: str = "") -> Step:
        """End the call: there is no channel, and none will come. `text`: what Asterisk said when it refused."""
        if call.rung is None:
            return Step()
        self._registry.remove(call)
        reason = LegFailure.WITHDRAWN if call.rung.cancelled else reason
        failed = [CommandFailed(call.id, Purpose.LAUNCH_CALLBACK.value, text)] if text else []
        return Step([CallbackFailed(call.id, reason), *failed])

    def _cancelled(self, call: NodeCall) -> Step:
        if call.rung is None or not call.rung.cancelled:
            return Step()
        return Step([], [tagged(call.id, Purpose.HANG_UP, actions.hang_up(call.channel))])
