"""What is said of the messages in a mailbox, with the sounds of Asterisk's core library."""

from collections.abc import Sequence
from typing import Any

from routing.blocks.base import Turn
from routing.blocks.mailbox.base import counted, spelled
from routing.expressions.spoken_numbers import number
from routing.expressions.spoken_times import moment

HAVE, NO, AND, NEW, OLD = "vm-youhave", "vm-no", "vm-and", "vm-INBOX", "vm-Old"
MESSAGE, MESSAGES, FIRST, LAST = "vm-message", "vm-messages", "vm-first", "vm-last"
FROM, UNKNOWN, RECEIVED = "vm-from", "vm-unknown-caller", "vm-received"
KEYS = ("vm-repeat", "vm-prev", "vm-next", "vm-delete", "vm-savemessage")
CALL_BACK = "vm-tocallback"

Message = dict[str, Any]


def counts(messages: Sequence[Message]) -> tuple[str, ...]:
    """Return `you have 2 new and 1 old messages`."""
    new = sum(not message["heard"] for message in messages)
    old = len(messages) - new
    if not messages:
        return HAVE, NO, MESSAGES
    parts = [counted(count, name) for count, name in ((new, NEW), (old, OLD)) if count]
    joined = parts[0] if len(parts) == 1 else (*parts[0], AND, *parts[1])
    return HAVE, *joined, MESSAGE if len(messages) == 1 else MESSAGES


def header(turn: Turn, at: int, messages: Sequence[Message]) -> tuple[str, ...]:
    """Return which of the messages it is, from whom and, if the mailbox says so, when it came."""
    message = messages[at]
    return (*_place(at, len(messages)), *_caller(message["caller"]), *_time(turn, message["at"]))


def keys_of(turn: Turn) -> tuple[str, ...]:
    """Return the keys that mean something for the message at which the caller is."""
    messages, at = turn.memory["messages"], turn.memory["at"]
    caller = messages[at]["caller"] if at < len(messages) else ""
    return (*KEYS, *((CALL_BACK,) if caller and turn.call.phone else ()))


def _place(at: int, of: int) -> tuple[str, ...]:
    if of > 1 and at == of - 1:
        return LAST, MESSAGE
    return (FIRST, MESSAGE) if at == 0 else (MESSAGE, *number(at + 1))


def _caller(caller: str) -> tuple[str, ...]:
    digits = spelled(caller)
    return (FROM, *digits) if digits else (UNKNOWN,)


def _time(turn: Turn, at: float) -> tuple[str, ...]:
    mailbox, team = turn.setting("mailbox"), turn.call.team
    found = turn.world.mailboxes.of(team, mailbox["kind"], mailbox["id"])
    if found is not None and not found.announce_time:
        return ()
    known = None if team is None else turn.world.teams.get(team)
    return RECEIVED, *moment(at, turn.world.now, "UTC" if known is None else known.timezone)
