"""Requests that wait for something to happen in a channel of the inbox: visitors of web chats.

They see no events. An event wakes them, and they read the database.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from switchroom.ids import parse_id
from switchroom.messages.events import Changed, Event

KINDS = frozenset({"inbox_message", "inbox_typing"})
Happened = tuple[str, str, bool]
"""The kind of event, the conversation's id, and whether a member did it."""

_END: Happened = ("", "", True)


class Watch:
    """What one request waits for."""

    def __init__(self) -> None:
        self._happened: asyncio.Queue[Happened] = asyncio.Queue(maxsize=1000)

    def tell(self, happened: Happened) -> None:
        if not self._happened.full():
            self._happened.put_nowait(happened)

    async def next(self, conversation: str | None, ends: float) -> str | None:
        """Return the kind of the next event of the conversation (None: of any, it may be the first one's).

        None: nothing happened until then, or the process ends. A contact who types wakes nobody.
        """
        try:
            async with asyncio.timeout_at(ends):
                while True:
                    kind, where, is_member = happened = await self._happened.get()
                    if happened == _END:
                        return None
                    typed = kind == "inbox_typing"
                    if (conversation is None and not typed) or (
                        where == conversation and (is_member or not typed)
                    ):
                        return kind
        except TimeoutError:
            return None


class Watches:
    """The requests of this process that wait, by channel."""

    def __init__(self) -> None:
        self._by_channel: defaultdict[str, set[Watch]] = defaultdict(set)

    def __bool__(self) -> bool:
        return bool(self._by_channel)

    @contextmanager
    def of(self, channel_id: str) -> Iterator[Watch]:
        """Watch a channel."""
        watch = Watch()
        self._by_channel[channel_id].add(watch)
        try:
            yield watch
        finally:
            self._by_channel[channel_id].discard(watch)
            if not self._by_channel[channel_id]:
                del self._by_channel[channel_id]

    def close(self) -> None:
        """Let all requests be answered now: the process ends."""
        for watches in self._by_channel.values():
            for watch in watches:
                watch.tell(_END)

    def wake(self, events: list[tuple[str, Event]]) -> None:
        """Tell those who wait what happened."""
        for _, event in events:
            if not isinstance(event, Changed) or event.model not in KINDS or event.data is None:
                continue
            conversation = parse_id(str(event.data.get("conversation_id")))
            channel = parse_id(str(event.data.get("channel_id") or ""))
            if conversation is None or channel is None:
                continue
            happened = (event.model, conversation, event.data.get("user_id") is not None)
            for watch in self._by_channel.get(channel, ()):
                watch.tell(happened)
