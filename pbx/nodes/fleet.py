"""All Asterisk nodes. Knows on which node each call lives, and sends commands there."""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Set

from pbx.ami import Timing
from pbx.asterisk import NodeCalls, Phones
from pbx.asterisk.calls.step import Step, Utterance
from pbx.configuration.mailboxes import Light
from pbx.failover.fence import Fence
from pbx.metrics import Metrics
from pbx.nodes.admission import Admission
from pbx.nodes.node import Node
from pbx.ports import AsteriskCommand, Inbox
from routing.commands import LaunchCallback, RingMember, ShowState
from routing.events import CallHungUp, Entrance, Event, StateResynced
from routing.ids import AgentId, CallId
from switchroom.messages.commands import ForgetPhone
from switchroom.settings import AsteriskNode, Settings

NORMAL_CLEARING = 16


class Fleet:
    """Every node feeds the same inbox. `calls`: call -> node, as the last engine left it."""

    def __init__(
        self,
        settings: Settings,
        inbox: Inbox,
        metrics: Metrics,
        agents: Callable[[], Mapping[str, AgentId]],
        dids: Callable[[], Collection[str]],
        country: Callable[[str], str],
        calls: Mapping[CallId, str],
        fence: Fence,
        *,
        heard: Callable[[str, Utterance], None],
        lamps: Callable[[], Mapping[str, str]],
        registered: Callable[[str], None] = lambda phone: None,
        timing: Timing | None = None,
    ) -> None:
        self._inbox = inbox
        self._calls = dict(calls)
        phones = self._phones = Phones()
        fence.halt = self._halt

        def made(node: AsteriskNode) -> Node:
            admission = Admission(node.max_calls)
            calls = NodeCalls(
                node.name,
                phones,
                spool=node.spool,
                trunks=settings.ways_out,
                dids=dids,
                country=country,
                load=lambda calls: admission.load(calls, asyncio.get_running_loop().time()),
            )
            return Node(
                node,
                calls,
                inbox,
                metrics,
                fence,
                admission,
                agents=agents,
                expected=self._calls_at,
                listed=self._listed,
                heard=heard,
                registered=registered,
                lamps=lamps,
                timing=timing,
            )

        self.nodes = {node.name: made(node) for node in settings.nodes}

    async def start(self) -> None:
        """Begin to connect to every node. Calls of a node that is no longer configured are over."""
        for call, node in self._calls.items():
            if node not in self.nodes:
                self._inbox.put(CallHungUp(call, NORMAL_CLEARING), node=node)
        await asyncio.gather(*(node.start() for node in self.nodes.values()))

    async def settled(self, seconds: float) -> None:
        """Wait until every node was ready once, but at most `seconds`: the others do not wait longer for a dead one."""
        waits = [asyncio.create_task(node.settled.wait()) for node in self.nodes.values()]
        _, late = await asyncio.wait(waits, timeout=seconds)
        for wait in late:
            wait.cancel()

    async def close(self) -> None:
        await asyncio.gather(*(node.close() for node in self.nodes.values()))

    def saw(self, event: Event, node: str | None) -> None:
        """Note on which node the call of an event lives."""
        if node is None:
            return
        if isinstance(event, Entrance):
            self._calls[event.call] = node
        elif isinstance(event, StateResynced):
            self._calls.update((live.call, node) for live in event.calls)

    def send(self, command: AsteriskCommand) -> None:
        """Hand the command to the node of its call; a new callback to the node with the fewest calls, and
        a new call of a member to one where the member's phone is registered, or to that of the call that it is for."""
        call = command.call
        node = self.nodes.get(self._calls.get(call, ""))
        if node is None and isinstance(command, LaunchCallback | RingMember):
            at_home = self._phones.homes(command.phone) if isinstance(command, RingMember) else ()
            near = self._calls.get(command.near or CallId(""), "") if isinstance(command, RingMember) else ""
            node = self.nodes.get(near) or self._least_loaded(at_home) or self._least_loaded()
            if node is not None:
                self._calls[call] = node.name
        if node is not None:
            node.send(command)
            return
        for event in Step.failed(command, "the call is on no known node").events:
            self._inbox.put(event)

    def forget_phone(self, command: ForgetPhone) -> None:
        """Let every node forget what it cached of a telephone account that has changed."""
        for node in self.nodes.values():
            node.forget_phone(command)

    def show_messages(self, phone: str, light: Light) -> None:
        """Tell the telephones of a SIP account how many messages there are, on every node where it is registered."""
        for name in self._phones.homes(phone):
            if name in self.nodes:
                self.nodes[name].show_messages(phone, light.new, light.old)

    def show_state(self, command: ShowState) -> None:
        """Let the lamps of telephones show a member's state, on every node."""
        for node in self.nodes.values():
            node.show_state(command)

    def node_of(self, call: CallId) -> str | None:
        return self._calls.get(call)

    def forget(self, call: CallId) -> None:
        self._calls.pop(call, None)

    def calls(self) -> dict[CallId, str]:
        return dict(self._calls)

    def states(self) -> dict[str, str]:
        """Return node -> `Node.state`."""
        return {name: node.state for name, node in self.nodes.items()}

    def _least_loaded(self, names: Collection[str] | None = None) -> Node | None:
        """Return the node with the fewest calls, of those (of `names`; None: of all) that are ready."""
        ready = [node for node in self.nodes.values() if node.ready and (names is None or node.name in names)]
        load = Counter(self._calls.values())
        return min(ready, key=lambda node: (load[node.name], node.name), default=None)

    def _halt(self) -> None:
        for node in self.nodes.values():
            node.halt()

    def _calls_at(self, node: str) -> Iterable[CallId]:
        return [call for call, at in self._calls.items() if at == node]

    def _listed(self, node: str, calls: Set[str]) -> None:
        """End the legs on other nodes that lead to `node`, if `node` has not listed their call."""
        for other in self.nodes.values():
            if other.name != node:
                other.end_lost_legs(node, calls)
