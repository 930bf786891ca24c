"""The AGI commands of one channel: one outstanding, the others wait behind it.

A command that Asterisk has not yet picked up survives a `Redirect` and runs in the next session. So the
redirect (`jump`) waits for an outstanding answer or music, which take a moment, but cuts prompts off.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from pbx.ami import Action


class Verb(StrEnum):
    ANSWER = "Answer"
    PLAY = "Play"
    MUSIC = "StartMusic"
    RECORD = "RecordMessage"
    LISTEN = "Listen"


_LONG = frozenset({Verb.PLAY, Verb.RECORD, Verb.LISTEN})


@dataclass(frozen=True, slots=True)
class AgiCommand:
    """`build` makes the action from a fresh command id. `last` marks the last sound of a `Play`."""

    verb: Verb
    build: Callable[[str], Action]
    token: int = 0
    last: bool = True
    file: str = ""
    phrases: tuple[str, ...] = ()


@dataclass(slots=True)
class AgiQueue:
    """`next_id` gives command ids. Actions that a method returns must be sent, in their order."""

    next_id: Callable[[], str]
    outstanding: tuple[str, AgiCommand] | None = None
    waiting: deque[AgiCommand] = field(default_factory=deque)
    jump: tuple[Action, ...] = ()
    away: bool = False
    """After the jump: nothing is sent until the channel comes back."""
    broken: bool = False
    """A failed command ended AsyncAGI: the dialplan brings the channel back in a moment. A redirect sent before
    that would take the coming back for its own end."""
    stopping: bool = False
    left: tuple[str, AgiCommand] | None = None
    """Outstanding at the jump: Asterisk may still run it when the channel comes back."""

    def push(self, *commands: AgiCommand) -> list[Action]:
        self.waiting.extend(commands)
        return self._pump()

    def leave(self, *actions: Action) -> tuple[list[Action], int | None]:
        """Redirect the channel away as soon as that is safe: actions, and the token of a `Play` cut off."""
        token = self.play_token()
        self.waiting = deque(c for c in self.waiting if c.verb is Verb.ANSWER)
        self.jump = actions
        if self.outstanding is not None and self.outstanding[1].verb in _LONG:
            self.left, self.outstanding = self.outstanding, None
        self.stopping = False
        return self._pump(), token

    def cancel_jump(self) -> bool:
        """Whether a redirect still waited; it is forgotten."""
        waited, self.jump = bool(self.jump), ()
        return waited

    def come_back(self) -> bool:
        """The channel is in AsyncAGI again: whether a cut-off prompt may begin to play now."""
        self.away = self.broken = False
        self.outstanding, self.left = self.left, None
        return self.outstanding is not None and self.outstanding[1].verb is Verb.PLAY

    def play_token(self) -> int | None:
        """The token of the `Play` that runs or waits, if any."""
        commands = [self.outstanding[1]] if self.outstanding else []
        for command in (*commands, *self.waiting):
            if command.verb is Verb.PLAY:
                return command.token
        return None

    def stop_play(self) -> bool:
        """Drop the sounds that wait; whether one is playing that must be stopped."""
        token = self.play_token()
        self.waiting = deque(c for c in self.waiting if c.verb is not Verb.PLAY or c.token != token)
        if self.outstanding is None or self.outstanding[1].verb is not Verb.PLAY:
            return False
        command_id, command = self.outstanding
        self.outstanding = (command_id, replace(command, last=True))
        self.stopping = True
        return True

    def executed(self, command_id: str) -> AgiCommand | None:
        """The command that is done, if it was the outstanding one. Call `resume` after reading its result."""
        if self.left is not None and self.left[0] == command_id:
            self.left = None
        if self.outstanding is None or self.outstanding[0] != command_id:
            return None
        command = self.outstanding[1]
        self.outstanding = None
        self.stopping = False
        return command

    def resume(self) -> list[Action]:
        """What comes next, once the outstanding command is done."""
        return self._pump()

    def mend(self) -> list[Action]:
        """The channel is in AsyncAGI again after a command that failed."""
        self.broken = False
        return self._pump()

    def drop_waiting(self) -> None:
        """Nothing more is to be sent; the outstanding command may still end."""
        self.waiting.clear()
        self.jump = ()

    def _pump(self) -> list[Action]:
        if self.outstanding is not None or self.away or self.broken:
            return []
        if self.waiting:
            command = self.waiting.popleft()
            command_id = self.next_id()
            self.outstanding = (command_id, command)
            return [command.build(command_id)]
        jump, self.jump = self.jump, ()
        self.away = bool(jump)
        return list(jump)
