"""One Asterisk node: its AMI connection and its calls."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable, Mapping, Set
from dataclasses import replace
from math import inf
from typing import Any

from pbx.ami import (
    Action,
    AmiClient,
    AmiError,
    ConnectionLost,
    ConnectionState,
    Message,
    NotConnected,
    Outcome,
    Response,
    Timing,
)
from pbx.asterisk import Booted, NodeCalls, Step, parse, resync, rooms_of
from pbx.asterisk.calls.lamps import Lamps
from pbx.asterisk.calls.step import Utterance
from pbx.asterisk.protocol import actions
from pbx.asterisk.protocol.messages import (
    AgiExecuted,
    AgiStarted,
    AmiEvent,
    ContactChanged,
    DialBegan,
    HungUp,
    channel_of,
    contact,
)
from pbx.failover.fence import Fence
from pbx.metrics import Metrics
from pbx.nodes.admission import Admission, Reaction, begins
from pbx.nodes.gate import Gate
from pbx.ports import AsteriskCommand, Inbox
from pbx.tasks import end
from routing.acd.admission import CONGESTION, FULL
from routing.commands import HangUp, ShowState
from routing.ids import AgentId, CallId
from switchroom.messages.commands import ForgetPhone
from switchroom.settings import AsteriskNode

log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 2.0
CARE_SECONDS = 1.0
LISTING_SECONDS = 10.0
RETRY_SECONDS = 1.0
MOST_COUNTED = 9999
"""More messages than these a phone is not told of."""
CACHES = ("endpoint", "auth", "aor")


class Node:
    """Drives one Asterisk, once it is connected, booted and resynced (`ready`).

    From the login until the resync is done, the node's events are held back. Then they are applied, in their order,
    to what the resync found. Commands of that time are not sent: after the resync's event the core commands again
    what is still due.
    """

    def __init__(
        self,
        settings: AsteriskNode,
        calls: NodeCalls,
        inbox: Inbox,
        metrics: Metrics,
        fence: Fence,
        admission: Admission,
        *,
        agents: Callable[[], Mapping[str, AgentId]],
        expected: Callable[[str], Iterable[CallId]],
        listed: Callable[[str, Set[str]], None],
        heard: Callable[[str, Utterance], None],
        lamps: Callable[[], Mapping[str, str]],
        registered: Callable[[str], None] = lambda phone: None,
        timing: Timing | None = None,
    ) -> None:
        self.name = settings.name
        self.ready = False
        self.settled = asyncio.Event()
        """Set when the node was ready for the first time."""
        self._calls = calls
        self._inbox = inbox
        self._metrics = metrics
        self._fence = fence
        self._admission = admission
        self._agents = agents
        self._expected = expected
        self._listed = listed
        self._heard = heard
        self._registered = registered
        self._gate = Gate()
        self._lamps = Lamps(lamps)
        self._client = AmiClient(settings, self._received, self._state_changed, timing=timing)
        self._booted = False
        self._held: list[Message] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._forgotten: list[ForgetPhone] = []
        """SIP accounts that Asterisk must ask for again."""
        self._counted = (0, 0, 0, 0)

    @property
    def state(self) -> str:
        """Return `ready`, or the connection's state. `connected` means that the resync is not done yet."""
        return "ready" if self.ready else str(self._client.state)

    async def start(self) -> None:
        await self._client.start()
        self._spawn(self._care())

    async def close(self) -> None:
        await end(self._tasks)
        await self._client.close()

    def halt(self) -> None:
        """Send nothing from now on: another engine commands the node."""
        self._hold()

    def send(self, command: AsteriskCommand) -> None:
        """Send the actions that carry the command out, if the node is ready. A failure enters the inbox as an event."""
        if not self.ready:
            return
        if isinstance(command, HangUp) and command.cause == CONGESTION:
            call = self._calls.calls.get(command.call)
            now = asyncio.get_running_loop().time()
            self._client.post(*self._gate.refused(call.did if call is not None else "", now))
        self._apply(self._calls.translate(command))

    def show_messages(self, phone: str, new: int, old: int) -> None:
        """Tell the telephones of a SIP account how many messages there are, if the node is ready."""
        if self.ready:
            self._client.post(actions.message_light(phone, min(new, MOST_COUNTED), min(old, MOST_COUNTED)))

    def end_lost_legs(self, other: str, calls: Set[str]) -> None:
        """End the talks that lead to the node `other`, unless it has listed their call: `calls` (`SR_CALL`)."""
        if self.ready:
            self._client.post(*self._calls.lost_legs(other, calls))

    def show_state(self, command: ShowState) -> None:
        """Show a member's state, if the node is ready. A node that becomes ready shows all of them."""
        if self.ready:
            self._client.post(*self._lamps.show(command.phone, command.state))

    def forget_phone(self, command: ForgetPhone) -> None:
        """Let Asterisk ask for this SIP account again: at once, or when the node is ready."""
        self._forgotten.append(command)
        if self.ready:
            self._forget_phones()

    def _received(self, message: Message) -> None:
        try:
            event = parse(message)
        except KeyError as error:
            self._metrics.errors.labels("ami-event").inc()
            log.warning("AMI event without %s", error, extra={"event": message.get("Event", "")})
            return
        if event is None:
            return
        self._watch(event)
        if isinstance(event, Booted):
            self._hold()
            self._booted = True
            self._begin_resync()
        elif self.ready:
            self._apply(self._calls.receive(event))
            if isinstance(event, ContactChanged) and event.usable:
                self._registered(event.phone)
        else:
            self._held.append(message)

    def _state_changed(self, state: ConnectionState) -> None:
        self._metrics.node_up.labels(self.name).set(state is ConnectionState.CONNECTED)
        if state is not ConnectionState.CONNECTED:
            self._hold()
        self._begin_resync()

    def _hold(self) -> None:
        self.ready = self._booted = False
        self._held.clear()
        self._admission.clear()

    def _begin_resync(self) -> None:
        """Resync, if Asterisk has booted and the login is done. `FullyBooted` may be read before the login's answer."""
        connected = self._client.state is ConnectionState.CONNECTED
        if self._booted and connected and not self.ready and not self._fence.overtaken:
            self._spawn(self._resync())

    async def _resync(self) -> None:
        """List what lives on the node, tell the core, then apply the events that were held back."""
        try:
            self._compare_fence(await self._client.send(actions.get_fence(), LISTING_SECONDS))
            channels = await self._client.send(actions.list_channels(), LISTING_SECONDS)
            contacts = await self._client.send(actions.list_contacts(), LISTING_SECONDS)
            devices = await self._client.send(actions.list_device_states(), LISTING_SECONDS)
            rooms = [
                await self._client.send(actions.list_room(room), LISTING_SECONDS)
                for room in rooms_of(channels.events)
            ]
        except (NotConnected, ConnectionLost) as error:
            # A booting Asterisk reloads AMI. The next connection begins a new resync.
            log.info("resync cut short", extra={"node": self.name, "why": str(error)})
            return
        except AmiError as error:
            self._metrics.errors.labels("resync").inc()
            log.error("resync failed", extra={"node": self.name, "why": str(error)})
            self._retry_resync()
            return
        if self._fence.overtaken:
            return
        event = resync(
            self._calls,
            channels=channels.events,
            contacts=contacts.events,
            devices=devices.events,
            agents=self._agents(),
            rooms=[member for room in rooms for member in room.events],
            expected=self._expected(self.name),
        )
        lost = len(event.lost_calls or ())
        log.info("node resynced", extra={"node": self.name, "calls": len(event.calls), "lost": lost})
        self._inbox.put(event, node=self.name)
        self.ready = True
        self.settled.set()
        self._listed(self.name, {channel_of(m).call for m in channels.events if "Uniqueid" in m} - {""})
        for message in contacts.events:
            if (known := contact(message)).usable:
                self._registered(known.phone)
        held, self._held = self._held, []
        for message in held:
            self._received(message)
        self._beat()
        self._client.post(*self._gate.open())
        self._client.post(*self._lamps.show_all())
        self._client.post(*self._calls.ends_left_alone())
        self._forget_phones()

    def _retry_resync(self) -> None:
        """Begin the resync again in a moment, if the node is still connected then."""
        asyncio.get_running_loop().call_later(RETRY_SECONDS, self._begin_resync)

    def _apply(self, step: Step) -> None:
        if step.actions and self.ready:
            now = asyncio.get_running_loop().time()
            for action in step.actions:
                if (what := begins(action)) is not None:
                    self._admission.sent(action.field("Channel"), what, now)
            self._client.post(*step.actions, on_outcome=self._outcome)
        for event in step.events:
            self._inbox.put(event, node=self.name)
        for said in step.utterances:
            self._heard(self.name, said)
        self._tell_gate()

    def _tell_gate(self) -> None:
        """Tell the dialplan when the node becomes full, and when it has room again."""
        now = asyncio.get_running_loop().time()
        full = self._admission.load(self._calls.carried, now) >= FULL
        if told := self._gate.look(full, now):
            self._client.post(*told)

    def _watch(self, event: AmiEvent | Booted) -> None:
        """Measure how fast Asterisk does what we ask."""
        now = asyncio.get_running_loop().time()
        match event:
            case AgiExecuted():
                self._admission.began(event.channel.name, Reaction.AGI, now)
            case DialBegan() if event.caller is not None:
                self._admission.began(event.caller.name, Reaction.OFFER, now)
            case AgiStarted():  # an offer that rang no phone begins no Dial: its caller is back at once
                self._admission.began(event.channel.name, Reaction.OFFER, now)
            case HungUp():
                self._admission.forget(event.channel.name)

    def _look(self, now: float) -> None:
        """Adjust how many calls the node may carry."""
        calls, admission = self._calls.carried, self._admission
        if admission.look(calls, now):
            facts = {"node": self.name, "calls": calls, "limit": admission.limit}
            log.warning("Asterisk is slow, new calls are refused", extra={**facts, "delay": admission.delay})
        self._metrics.node_delay.labels(self.name).set(admission.delay)
        limit = admission.limit
        self._metrics.node_limit.labels(self.name).set(inf if limit is None else limit)

    def _outcome(self, action: Action, outcome: Outcome) -> None:
        self._apply(self._calls.outcome(action, outcome))

    async def _care(self) -> None:
        """Send heartbeats and absolute timeouts, and end what is overdue, for ever."""
        loop, beaten = asyncio.get_running_loop(), 0.0
        while True:
            await asyncio.sleep(CARE_SECONDS)
            self._count()
            if not self.ready:
                continue
            now = loop.time()
            self._look(now)
            if now - beaten >= HEARTBEAT_SECONDS - 0.1:
                self._beat()
                self._client.post(actions.get_fence(), on_outcome=lambda _, found: self._compare_fence(found))
                beaten = now
            self._client.post(*self._calls.renewals(now))
            self._apply(self._calls.overdue())

    def _beat(self) -> None:
        """Ask Asterisk for its time and set the heartbeat to it. So the clocks of the two machines may differ."""
        self._client.post(actions.get_time(), on_outcome=lambda _, found: self._set_heartbeat(found))

    def _set_heartbeat(self, outcome: Outcome) -> None:
        """Read the answer to `get_time`. After an error: nothing, as the time is asked again soon."""
        if isinstance(outcome, Response) and outcome.ok:
            self._client.post(actions.set_heartbeat(int(outcome.message.get("Value", ""))))

    def _compare_fence(self, outcome: Outcome) -> None:
        """Read the answer to `get_fence`, and set our number if it is the newest. After an error: nothing, as the fence
        is read again soon."""
        if not isinstance(outcome, Response) or not outcome.ok:
            return
        if self._fence.compare(self.name, outcome.message.get("Value", "")):
            self._client.post(actions.set_fence(self._fence.number))

    def _forget_phones(self) -> None:
        commands, self._forgotten = self._forgotten, []
        phones = dict.fromkeys(command.id for command in commands)
        self._client.post(*(actions.expire_phone(kind, phone) for phone in phones for kind in CACHES))
        self._client.post(*(actions.hang_up_phone(command.id) for command in commands if command.hang_up))
        if out := {command.id for command in commands if command.sign_out}:
            found = replace(actions.list_contacts(), may_refuse=True)
            self._client.post(found, on_outcome=lambda _, listed: self._sign_out(out, listed))

    def _sign_out(self, phones: Set[str], listed: Outcome) -> None:
        """Remove the contacts of these phones. After an error they stay until they expire, as the log says."""
        for message in listed.events if isinstance(listed, Response) else ():
            known = contact(message)
            if known.registered_as in phones:
                digest = message.get("ObjectName", "").partition(";@")[2]
                self._client.post(actions.forget_contact(known.registered_as, digest))
                self._apply(self._calls.receive(replace(known, usable=False)))

    def _count(self) -> None:
        """Add what the connection has counted to the metrics."""
        counters = self._client.counters
        failed = counters.failed_actions + counters.timeouts + counters.lost_actions
        now = (counters.events, counters.actions, failed, counters.connects)
        metrics = self._metrics
        names = (metrics.ami_events, metrics.actions, metrics.failed_actions, metrics.reconnects)
        for metric, new, old in zip(names, now, self._counted, strict=True):
            metric.labels(self.name).inc(new - old)
        self._counted = now

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._metrics.errors.labels("node").inc()
            log.error("a node's task failed", extra={"node": self.name}, exc_info=error)
            self._retry_resync()
