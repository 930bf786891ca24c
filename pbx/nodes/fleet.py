"""All Asterisk nodes. Knows on which node each call lives, and sends commands there."""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Set

from pbx.ami import Timing
from pbx.asterisk import NodeCalls, Phones
from pbx.asterisk.calls.step import Step, Utterance
from pbx.failover.fence import Fence
from pbx.metrics import Metrics
from pbx.nodes.admission import Admission
from pbx.nodes.node import Node
from pbx.ports import AsteriskCommand, Inbox
from routing.commands import LaunchCallback
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
        calls: Mapping[CallId, str],
        fence: Fence,
        *,
        heard: Callable[[str, Utterance], None],
        timing: Timing | None = None,
    ) -> None:
        self._inbox = inbox
        self._calls = dict(calls)
        phones = Phones()
        fence.halt = self._halt

        def made(node: AsteriskNode) -> Node:
            admission = Admission(node.max_calls)
            trunk = settings.outside_trunk
            calls = NodeCalls(
                node.name, phones, spool=node.spool, trunk=trunk, dids=dids, load=admission.load
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
        """Hand the command to the node of its call; a new callback to the node with the fewest calls."""
        call = command.call
        node = self.nodes.get(self._calls.get(call, ""))
        if node is None and isinstance(command, LaunchCallback):
            node = self._least_loaded()
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

    def node_of(self, call: CallId) -> str | None:
        return self._calls.get(call)

    def forget(self, call: CallId) -> None:
        self._calls.pop(call, None)

    def calls(self) -> dict[CallId, str]:
        return dict(self._calls)

    def states(self) -> dict[str, str]:
        """Return node -> `Node.state`."""
        return {name: node.state for name, node in self.nodes.items()}

    def _least_loaded(self) -> Node | None:
        """Return the node with the fewest calls, of those that are ready."""
        ready = [node for node in self.nodes.values() if node.ready]
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
