"""Nodes without an Asterisk. They keep the commands and the node of each call."""

from routing.commands import Command
from routing.events import CallbackAnswered, CallEntered, Event
from routing.ids import CallId


class FakeNodes:
    """A fake `pbx.ports.NodesAndServices`. `sent` has the commands, `at` has the calls and their nodes."""

    def __init__(self) -> None:
        self.sent: list[Command] = []
        self.at: dict[CallId, str] = {}

    def saw(self, event: Event, node: str | None) -> None:
        if isinstance(event, CallEntered | CallbackAnswered) and node:
            self.at[event.call] = node

    def send(self, command: Command) -> None:
        self.sent.append(command)

    fetch = find_contact = mailbox = show_state = send

    def node_of(self, call: CallId) -> str | None:
        return self.at.get(call)

    def forget(self, call: CallId) -> None:
        self.at.pop(call, None)

    def calls(self) -> dict[CallId, str]:
        return dict(self.at)
