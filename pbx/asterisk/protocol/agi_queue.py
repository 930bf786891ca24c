"""The AGI commands of one channel: one is outstanding, the others wait behind it."""

# Theory of operation
# ===================
#
# A channel that runs `AGI(agi:async)` in the dialplan is in our hands. Asterisk tells so with `AsyncAGIStart`. From
# then on the channel takes AGI commands, which we send as the AMI action `AGI`, each with a `CommandID` of our own.
#
# Each command has two answers:
#
#   1. The action's response, within milliseconds. It says only that Asterisk has put the command into the channel's
#      list. If Asterisk refuses (the channel is gone), there is no second answer.
#   2. The event `AsyncAGIExec` with the same `CommandID`, when the command has ended. A prompt of a minute gives it
#      after a minute. `Result` is what AGI says: `200 result=0`, and for a recording ` endpos=` with its length.
#
# Why only one command is outstanding
# -----------------------------------
#
# Asterisk keeps the list of commands with the channel, not with the AsyncAGI session. A command that is still in the
# list when the channel is redirected runs when the channel enters AsyncAGI again: a minute later, after the talk, the
# caller would hear an old prompt. Asterisk has no way to empty the list. So the list is kept here (`waiting`), and
# Asterisk has one command at most (`outstanding`). `_pump` sends the next one when the outstanding one has ended.
#
# How a channel leaves AsyncAGI
# -----------------------------
#
# An offer, an outside call and a conference redirect the channel into another context. `leave` drops what waits, but
# not an answer, which the talk needs. The rest depends on the outstanding command:
#
#   - An answer or the start of music takes milliseconds. The redirect waits for it (`jump`), and `_pump` sends it.
#   - A prompt or a recording may take minutes. The redirect goes out at once and cuts it off: Asterisk ends it with
#     `result=-1`. It may have been in Asterisk's list still, not begun. Then it stays there, and runs when the channel
#     comes back. It is remembered as `left`. Its `AsyncAGIExec` clears it; if the channel comes back before that, it is
#     the outstanding command again, and a prompt is stopped at once.
#
# From the redirect on the queue is `away` and sends nothing. A command that is pushed meanwhile waits.
#
# A recording, in the order in which Asterisk told it (`offer_cuts_prompt_off.json`; `>` is what we send):
#
#   > AGI STREAM FILE (id-3)
#   > Setvar ..., Redirect               the offer; id-3 becomes `left`, the queue is `away`
#   AsyncAGIExec id-3 `200 result=-1`    the prompt was cut off: `left` is cleared
#   DialBegin, Newstate, DialEnd         see pbx.asterisk.calls.dial
#   AsyncAGIStart                        the channel is back: `come_back`
#
# What a failed command and a hang-up do
# --------------------------------------
#
# `result=-1` also means that a sound is missing, or that the caller hung up. Both end the AsyncAGI session, and the
# event of a prompt does not say which it was. The queue is `broken`: it sends nothing. What the failure means for the
# core is held back (`NodeCall.held`). One of these follows:
#
#   - `AsyncAGIStart`: a sound was missing. The dialplan has brought the channel back (context `control`). `mend` sends
#     what waits, and the core learns of the failure.
#   - `Hangup`: the caller is gone. The core learns that, and not of the command. The queue is forgotten with the call.
#   - Neither, while `NodeCalls.overdue` looks twice, a second apart: the channel is taken to be in AsyncAGI still, and
#     the queue is mended.
#
# A redirect waits as well while the queue is broken. Otherwise the `AsyncAGIStart` with which the dialplan brings the
# channel back would be taken for the end of the offer.
#
# A command that reaches a channel after its hang-up gives code 511 instead of 200. `Hangup` follows.
#
# Stopping a prompt
# -----------------
#
# A `Play` of several sounds is several commands with the same token. `stop_play` drops those that wait and marks the
# outstanding one as the last. AMI's `ControlPlayback` then ends the sound. That has no effect if Asterisk has not begun
# it yet, so `NodeCalls.overdue` sends it again each second while the queue is `stopping`.

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
    """`build` makes the action from a new command id. `last` marks the last sound of a `Play`."""

    verb: Verb
    build: Callable[[str], Action]
    token: int = 0
    last: bool = True
    file: str = ""
    phrases: tuple[str, ...] = ()


@dataclass(slots=True)
class AgiQueue:
    """`next_id` makes command ids. The actions that a method returns must be sent, in their order."""

    next_id: Callable[[], str]
    outstanding: tuple[str, AgiCommand] | None = None
    waiting: deque[AgiCommand] = field(default_factory=deque)
    jump: tuple[Action, ...] = ()
    away: bool = False
    """After the jump: nothing is sent until the channel comes back."""
    broken: bool = False
    """A failed command ended AsyncAGI. The dialplan brings the channel back in a moment, or the caller hung up."""
    stopping: bool = False
    left: tuple[str, AgiCommand] | None = None
    """Outstanding at the jump: Asterisk may still run it when the channel comes back."""

    def push(self, *commands: AgiCommand) -> list[Action]:
        self.waiting.extend(commands)
        return self._pump()

    def leave(self, *actions: Action) -> tuple[list[Action], int | None]:
        """Redirect the channel away as soon as that is safe. Return what to send, and the token of a `Play` cut off."""
        token = self.play_token()
        self.waiting = deque(c for c in self.waiting if c.verb is Verb.ANSWER)
        self.jump = actions
        if self.outstanding is not None and self.outstanding[1].verb in _LONG:
            self.left, self.outstanding = self.outstanding, None
        self.stopping = False
        return self._pump(), token

    def cancel_jump(self) -> bool:
        """Forget a redirect that waits. Return whether there was one."""
        waited, self.jump = bool(self.jump), ()
        return waited

    def come_back(self) -> bool:
        """The channel is in AsyncAGI again. Return whether a prompt that was cut off may begin to play now."""
        self.away = self.broken = False
        self.outstanding, self.left = self.left, None
        return self.outstanding is not None and self.outstanding[1].verb is Verb.PLAY

    def play_token(self) -> int | None:
        """Return the token of the `Play` that runs or waits, if any."""
        commands = [self.outstanding[1]] if self.outstanding else []
        for command in (*commands, *self.waiting):
            if command.verb is Verb.PLAY:
                return command.token
        return None

    def drop_sounds(self, token: int | None) -> None:
        """Drop the sounds of this `Play` that wait. Those of a `Play` behind it stay."""
        self.waiting = deque(c for c in self.waiting if c.verb is not Verb.PLAY or c.token != token)

    def stop_play(self) -> bool:
        """Drop the sounds of the first `Play`. Return whether one of them is playing, which must be stopped."""
        self.drop_sounds(self.play_token())
        if self.outstanding is None or self.outstanding[1].verb is not Verb.PLAY:
            return False
        command_id, command = self.outstanding
        self.outstanding = (command_id, replace(command, last=True))
        self.stopping = True
        return True

    def executed(self, command_id: str) -> AgiCommand | None:
        """Return the command that has ended, if it was the outstanding one. Then read its result, and call `resume`."""
        if self.left is not None and self.left[0] == command_id:
            self.left = None
        if self.outstanding is None or self.outstanding[0] != command_id:
            return None
        command = self.outstanding[1]
        self.outstanding = None
        self.stopping = False
        return command

    def resume(self) -> list[Action]:
        """Return what to send next, now that the outstanding command has ended."""
        return self._pump()

    def mend(self) -> list[Action]:
        """The channel is in AsyncAGI again after a command that failed. Return what to send next."""
        self.broken = False
        return self._pump()

    def drop_waiting(self) -> None:
        """Send nothing more. The outstanding command may still end."""
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
