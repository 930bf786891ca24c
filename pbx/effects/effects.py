"""The nodes as the dispatcher sees them, and the work beside them that is not done by Asterisk."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import replace
from typing import Any

from pbx.asterisk.calls.step import Utterance
from pbx.configuration.uploads import Uploaded
from pbx.effects.contacts import Contacts
from pbx.effects.fetches import Fetches
from pbx.effects.mailboxes import Mailboxes
from pbx.effects.messages import Messages, needs_message
from pbx.effects.play_queue import PlayQueue
from pbx.effects.prompts import Prompts
from pbx.effects.rooms import Rooms
from pbx.effects.speech import Listening
from pbx.effects.uploads import Uploads
from pbx.metrics import Metrics
from pbx.ports import AsteriskCommand, Inbox, Nodes
from routing.commands import (
    CheckPin,
    FetchUrl,
    FindContact,
    FindRoom,
    Listen,
    Play,
    Prompt,
    ReadMailbox,
    SetPin,
    ShowState,
)
from routing.events import CallHungUp, Event, PlaybackFinished, SpeechHeard
from routing.ids import CallId
from routing.rooms import RoomEntry
from switchroom.http_client import Outgoing
from switchroom.logs import about_call
from switchroom.settings import Settings


class Effects:
    """Implements `pbx.ports.NodesAndServices`. No method waits. Results enter the inbox as events.

    When a call ends, what runs for it is cancelled.
    """

    def __init__(
        self,
        settings: Settings,
        nodes: Nodes,
        inbox: Inbox,
        metrics: Metrics,
        *,
        team_of: Callable[[CallId], str],
        find_contact: Callable[[str, str], dict[str, str] | None],
        mailboxes: Mailboxes | None = None,
        messages: Messages | None = None,
        find_room: Callable[[FindRoom], RoomEntry | None] = lambda command: None,
        read_uploads: Callable[[], Uploaded] = Uploaded,
        outgoing: Outgoing | None = None,
        prompts: Prompts | None = None,
        listening: Listening | None = None,
        uploads: Uploads | None = None,
    ) -> None:
        self._nodes = nodes
        self._inbox = inbox
        self._metrics = metrics
        self._prompts = prompts or Prompts(settings)
        self._listening = listening or Listening(settings)
        self._contacts = Contacts(find_contact)
        self._mailboxes = mailboxes
        self._messages = messages
        self._rooms = Rooms(find_room)
        self.uploads = uploads or Uploads(settings, metrics, read_uploads)
        outgoing = outgoing or Outgoing(private=settings.fetch_private_addresses)
        self._fetches = Fetches(outgoing, team_of, settings.fetch_concurrent)
        self._plays = PlayQueue(self._send_now, self._prepare, inbox.put)
        self._tasks: dict[CallId, set[asyncio.Task[None]]] = {}
        self._ahead: set[asyncio.Task[None]] = set()

    def fetch(self, command: FetchUrl) -> None:
        """Begin the request: `UrlFetched` follows."""
        self._start(command.call, lambda: self._fetches.fetch(command))

    def find_contact(self, command: FindContact) -> None:
        """Begin the look-up: `ContactFound` follows."""
        self._start(command.call, lambda: self._contacts.find(command))

    def mailbox(self, command: ReadMailbox | CheckPin | SetPin) -> None:
        """Begin what the caller wants of a mailbox: `MailboxRead` or `PinChecked` follows."""
        boxes = self._mailboxes
        if boxes is None:
            return
        match command:
            case ReadMailbox():
                self._start(command.call, lambda: boxes.read(command))
            case CheckPin():
                self._start(command.call, lambda: boxes.check(command))
            case SetPin():
                self._start(command.call, lambda: boxes.change(command))

    def show_state(self, command: ShowState) -> None:
        self._nodes.show_state(command)

    def find_room(self, command: FindRoom) -> None:
        """Begin the look-up: `RoomFound` follows."""
        self._start(command.call, lambda: self._rooms.find(command))

    def send(self, command: AsteriskCommand) -> None:
        """Hand the command to its node, when the prompts of the call's commands before it are there."""
        self._plays.push(command)

    def speak_ahead(self, prompts: Iterable[Prompt]) -> None:
        """Speak texts that calls may play, before the first call does."""
        task = asyncio.create_task(self._prompts.speak_ahead(prompts))
        self._ahead.add(task)
        task.add_done_callback(self._ahead.discard)

    def heard(self, node: str, said: Utterance) -> None:
        """Recognize what a `Listen` has recorded: `SpeechHeard` follows."""
        self._start(said.call, lambda: self._recognized(node, said))

    def saw(self, event: Event, node: str | None) -> None:
        if isinstance(event, CallHungUp):
            self._end(event.call)
        self._nodes.saw(event, node)

    def forget(self, call: CallId) -> None:
        self._end(call)
        self._nodes.forget(call)

    def node_of(self, call: CallId) -> str | None:
        return self._nodes.node_of(call)

    def calls(self) -> dict[CallId, str]:
        return self._nodes.calls()

    def close(self) -> None:
        """Cancel everything. The engine that takes over begins again what was under way."""
        self._plays.close()
        for call in list(self._tasks):
            self._end(call)
        for task in self._ahead:
            task.cancel()
        parts = (self._prompts, self._listening, self._contacts, self._rooms, self.uploads)
        for part in (*parts, self._mailboxes, self._messages):
            if part is not None:
                part.close()

    def _send_now(self, command: AsteriskCommand) -> None:
        """Hand the command to its node; a `Listen` only if there is a recognizer for what the caller says.

        A `Play` of which no sound can be played is over at once.
        """
        node = self._nodes.node_of(command.call)
        command = self.uploads.adapted(command, node)
        if self._messages is not None and isinstance(command, Play) and needs_message(command):
            command = replace(command, sounds=self._messages.playable(command, node))
        if isinstance(command, Play) and not command.sounds:
            self._inbox.put(PlaybackFinished(command.call, command.token, ok=False))
        elif isinstance(command, Listen) and not self._listening.enabled:
            self._start(command.call, lambda: _silence(command))
        else:
            self._nodes.send(command)

    async def _prepare(self, play: Play) -> None:
        node = self._nodes.node_of(play.call)
        await self.uploads.ensure(node, play.sounds)
        if self._messages is not None:
            await self._messages.ensure(node, play.call, play.sounds)
        if not play.prompts:
            return
        try:
            await self._prompts.ensure(node, play.prompts)
        except Exception:
            self._metrics.errors.labels("prompt").inc()
            raise

    async def _recognized(self, node: str, said: Utterance) -> Event:
        phrase = await self._listening.recognize(node, f"{said.file}.wav", said.phrases)
        return SpeechHeard(said.call, said.token, phrase)

    def _start(self, call: CallId, work: Callable[[], Coroutine[Any, Any, Event]]) -> None:
        task = asyncio.create_task(self._deliver(call, work))
        tasks = self._tasks.setdefault(call, set())
        tasks.add(task)
        task.add_done_callback(lambda done: self._done(call, done))

    async def _deliver(self, call: CallId, work: Callable[[], Coroutine[Any, Any, Event]]) -> None:
        with about_call(call):
            self._inbox.put(await work())

    def _done(self, call: CallId, task: asyncio.Task[None]) -> None:
        tasks = self._tasks.get(call)
        if tasks is not None:
            tasks.discard(task)
            if not tasks:
                del self._tasks[call]

    def _end(self, call: CallId) -> None:
        self._plays.forget(call)
        if self._messages is not None:
            self._messages.forget(call)
        for task in self._tasks.pop(call, ()):
            task.cancel()


async def _silence(command: Listen) -> Event:
    """Without a recognizer, record nothing: give the caller time to press a digit, then say that nothing was heard."""
    await asyncio.sleep(command.max_seconds)
    return SpeechHeard(command.call, command.token)
