"""A caller, agents' phones, an Asterisk, the AMI client and `NodeCalls`, put together for one call."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from pbx.ami import Action, AmiClient, Message, Outcome
from pbx.asterisk import Booted, Step, Utterance, parse, resync, rooms_of
from pbx.asterisk.protocol import actions
from pbx.ports import AsteriskCommand
from routing.commands import HangUp
from routing.events import CallEntered, Event, StateResynced
from routing.ids import CallId
from switchroom.settings import AsteriskNode
from tests.support.asterisk.story import AGENTS, PHONES, dump_command, dump_message, line, new_calls
from tests.support.sip.asterisk import AsteriskServer
from tests.support.sip.phones import AgentPhones, Caller
from tests.support.sip.plugin import ACCOUNTS


class Live:
    """One story. `events` has what the core hears. `log` has the commands and Asterisk's messages, so that the story
    can be played again."""

    def __init__(
        self, asterisk: AsteriskServer, folder: Path, trunks: tuple[str, ...] = ("provider",)
    ) -> None:
        instance = asterisk.instance
        secret = SecretStr(instance.ami_secret)
        self.node = AsteriskNode(
            ami_port=instance.ami_port, ami_username=instance.ami_username, ami_secret=secret
        )
        self.client = AmiClient(self.node, self._received, lambda _: None)
        self._trunks = trunks
        self.calls = new_calls(f"{instance.inside}/spool", trunks=trunks)
        self.events: list[Event] = []
        self.utterances: list[Utterance] = []
        self.entered: list[CallId] = []
        self.log: list[dict[str, Any]] = []
        self.passed_on: list[str] = []
        """Digits that Asterisk let someone hear."""
        self.call = CallId("")
        self._forgotten = 0
        self._held: list[Message] | None = None
        """The messages that came while the engine was away. None means that the engine is there."""
        self._asterisk = asterisk
        self._folder = folder
        self._news = asyncio.Event()
        self._booted = asyncio.Event()
        self._serial = iter(range(1, 1000))
        self.calls.next_id = lambda: f"id-{next(self._serial)}"
        self._parties: list[AgentPhones | Caller] = []

    async def __aenter__(self) -> "Live":
        await self.client.start()
        async with asyncio.timeout(10):
            await self._booted.wait()
        response = await self.client.send(actions.set_heartbeat(int(time.time())))
        assert response.ok
        self._beating = asyncio.create_task(self._beat())
        return self

    async def _beat(self) -> None:
        """Renew the heartbeat and look what is overdue, as the engine does."""
        while True:
            await asyncio.sleep(1)
            self.client.post(actions.set_heartbeat(int(time.time())))
            if self._held is None:
                self._apply(self.calls.overdue())

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is not None:
                await self._end_all()
        finally:
            self._beating.cancel()
            await self.client.close()
            for party in self._parties:
                await asyncio.to_thread(party.stop)
                if isinstance(party, AgentPhones):
                    await asyncio.to_thread(party.register, expires=0)

    async def _end_all(self) -> None:
        """Hang up what a test that failed has left, so that no later test meets it. One that passes leaves nothing."""
        async with asyncio.timeout(10):
            while left := await self.channels():
                self.client.post(*(actions.hang_up(channel) for channel in left))
                await asyncio.sleep(0.2)

    async def channels(self) -> list[str]:
        """Return the names of all channels of this Asterisk."""
        listed = await self.client.send(actions.list_channels())
        return [row["Channel"] for row in listed.events if "Uniqueid" in row]

    def agent(self, which: int, **options: Any) -> AgentPhones:
        """Register the agent's phone. It then does what its options say."""
        phones = AgentPhones(self._folder / f"agent-{which}", self._asterisk, [ACCOUNTS[which]], **options)
        phones.start()
        self._parties.append(phones)
        return phones

    def caller(self, **options: Any) -> Caller:
        folder = self._folder / f"caller-{len(self._parties)}"
        caller = Caller(folder, self._asterisk, "+14165550100", **options)
        caller.start()
        self._parties.append(caller)
        return caller

    async def does(self, *commands: AsteriskCommand) -> None:
        """Carry out the engine's commands. Return when all that they need is acknowledged."""
        for command in commands:
            self.log.append(dump_command(command))
            self._apply(self.calls.translate(command))
        await self.settles(0.0)

    async def settles(self, seconds: float) -> None:
        """Wait for as long as people do between two actions. For a result, wait for an event instead."""
        await asyncio.sleep(seconds)

    async def until(self, happened: Callable[[], bool], seconds: float = 15) -> None:
        """Wait until events have made the condition true."""
        async with asyncio.timeout(seconds):
            while not happened():
                self._news.clear()
                await self._news.wait()

    async def hears(self, name: str, seconds: float = 15) -> Event:
        """Wait for the first event of this class or with this line. Return it. Events before the last `forget` do
        not count."""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    for event in self.events[self._forgotten :]:
                        if name in (type(event).__name__, line(event)):
                            return event
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"no {name} came, only {[line(e) for e in self.events]}") from None

    async def restarts(self, expected: tuple[CallId, ...] = ()) -> StateResynced:
        """Lose the engine's memory and restore it from what Asterisk lists. Then handle the messages that came
        meanwhile."""
        self._held = []
        fresh = new_calls(f"{self._asterisk.instance.inside}/spool", trunks=self._trunks)
        channels, contacts, devices = [
            (await self.client.send(action)).events
            for action in (actions.list_channels(), actions.list_contacts(), actions.list_device_states())
        ]
        rooms = [await self.client.send(actions.list_room(room)) for room in rooms_of(channels)]
        agents = dict(zip(PHONES, AGENTS, strict=True))
        found = resync(
            fresh,
            channels=channels,
            contacts=contacts,
            devices=devices,
            agents=agents,
            rooms=[member for room in rooms for member in room.events],
            expected=expected,
        )
        self.calls = fresh
        held, self._held = self._held, None
        for message in held:
            self._received(message)
        return found

    def forget(self) -> None:
        """Ignore the events up to now."""
        self._forgotten = len(self.events)

    async def ends_after(self, name: str) -> None:
        """Wait for that event. Then hang up as the engine."""
        await self.hears(name)
        await self.does(HangUp(self.call))
        await self.hears("CallHungUp")

    def _received(self, message: Message) -> None:
        if message.get("Event") == "DTMFEnd" and message.get("Direction") == "Sent":
            self.passed_on.append(message["Digit"])
        event = parse(message)
        if event is None:
            return
        if isinstance(event, Booted):
            self._booted.set()
            return
        if self._held is not None:
            self._held.append(message)
            return
        self.log.append(dump_message(message))
        self._apply(self.calls.receive(event))

    def _apply(self, step: Step) -> None:
        self.client.post(*step.actions, on_outcome=self._outcome)
        self.utterances += step.utterances
        for event in step.events:
            if isinstance(event, CallEntered):
                self.call = event.call
                self.entered.append(event.call)
            self.events.append(event)
        self._news.set()

    def _outcome(self, action: Action, outcome: Outcome) -> None:
        self._apply(self.calls.outcome(action, outcome))
