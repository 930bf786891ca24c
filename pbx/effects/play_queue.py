"""Holds a `Play` until its prompts are on the node, spoken or copied, and the later commands of its call behind it."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from pbx.effects.messages import needs_message
from pbx.effects.uploads import needs_upload
from pbx.ports import AsteriskCommand
from providers.speech import SpeechError
from routing.commands import (
    AddToOffer,
    DialOut,
    HangUp,
    JoinConference,
    OfferCall,
    Play,
    StopPlay,
    WithdrawOffer,
)
from routing.events import Event, PlaybackFinished
from routing.ids import CallId
from switchroom.logs import about_call

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Held:
    play: Play
    task: asyncio.Task[None]
    behind: deque[AsteriskCommand] = field(default_factory=deque)


def _must_wait(play: Play) -> bool:
    return bool(play.prompts) or needs_upload(play) or needs_message(play)


class PlayQueue:
    """`forward` sends a command on; `prepare` makes the prompts of a `Play`, or raises `SpeechError` or `OSError`.

    The commands of a call reach `forward` in their order. What ends a running `Play` ends a held one too. A `Play`
    without prompts is held only behind one that is held.
    """

    def __init__(
        self,
        forward: Callable[[AsteriskCommand], None],
        prepare: Callable[[Play], Awaitable[None]],
        put: Callable[[Event], None],
    ) -> None:
        self._forward = forward
        self._prepare = prepare
        self._put = put
        self._held: dict[CallId, _Held] = {}

    def push(self, command: AsteriskCommand) -> None:
        """Forward the command now, or once the prompts before it are there."""
        call = command.call
        held = self._held.get(call)
        match command:
            case Play() if held is None and _must_wait(command):
                task = asyncio.create_task(self._wait(command))
                self._held[call] = _Held(command, task)
            case _ if held is None or isinstance(command, AddToOffer | WithdrawOffer):
                self._forward(command)
            case StopPlay():
                self._cut(call)
            case HangUp() | OfferCall() | DialOut() | JoinConference():
                self._cut(call)
                self.push(command)
            case _:
                held.behind.append(command)

    def forget(self, call: CallId) -> None:
        """Drop everything of a call that is over. No event follows."""
        held = self._held.pop(call, None)
        if held is not None:
            held.task.cancel()

    def close(self) -> None:
        for call in list(self._held):
            self.forget(call)

    def _cut(self, call: CallId) -> None:
        held = self._held.pop(call)
        held.task.cancel()
        self._put(PlaybackFinished(call, held.play.token))
        self._go_on(held)

    async def _wait(self, play: Play) -> None:
        with about_call(play.call):
            ready = await self._prepared(play)
            held = self._held.pop(play.call)
            if ready:
                self._forward(play)
            else:
                self._put(PlaybackFinished(play.call, play.token, ok=False))
            self._go_on(held)

    async def _prepared(self, play: Play) -> bool:
        try:
            await self._prepare(play)
        except (SpeechError, OSError) as error:
            why = "it takes too long" if isinstance(error, TimeoutError) else str(error)
            log.error("a text cannot be spoken", extra={"why": why})
        except Exception:
            log.exception("unexpected error while a text was to be spoken")
        else:
            return True
        return False

    def _go_on(self, held: _Held) -> None:
        for command in held.behind:
            self.push(command)
