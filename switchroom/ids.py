"""Ids: UUID version 7 in three spellings. Inside: 32 hex digits. `/v1`: `a` + 32 hex. `/inbox`: dashed."""

import hashlib
import re
import uuid

import uuid6

_HEX = re.compile(r"[0-9a-f]{32}")
_CALLBACK = re.compile(r"callback-([0-9a-f]{32})")


def new_id() -> str:
    """Make a new, time-ordered id: 32 lower-case hex digits (RFC 9562, version 7)."""
    return uuid6.uuid7().hex


def public_id(value: str) -> str:
    """Return the id as the `/v1` API shows it: `a` + 32 hex digits."""
    return "a" + value


def dashed_id(value: str) -> str:
    """Return the id as the `/inbox` API shows it: `0192f3c4-d5e6-7890-a1b2-c3d4e5f60718`."""
    return f"{value[:8]}-{value[8:12]}-{value[12:16]}-{value[16:20]}-{value[20:]}"


def parse_id(text: str) -> str | None:
    """Return an id of any accepted spelling (`a` + hex, hex, dashed) as 32 hex digits; None if it is no id."""
    value = text.strip().lower()
    if len(value) == 33 and value[0] == "a":
        value = value[1:]
    elif len(value) == 36:
        value = value.replace("-", "")
    return value if _HEX.fullmatch(value) else None


def callback_unique_id(call: str) -> str:
    """Return the Uniqueid of a channel that we ring for a callback, the call `call`."""
    return f"callback-{call}"


def is_callback(unique_id: str) -> bool:
    """Return whether a channel with this Uniqueid was rung by us for a callback."""
    return _CALLBACK.fullmatch(unique_id) is not None


def call_id(unique_id: str) -> str:
    """Return the id of the call whose caller's channel has this Asterisk `Uniqueid` (`node-epoch.serial`).

    Deterministic, so that a restarted engine, the dialplan's fallback voicemail and a replayed event give the same
    call the same id. A UUID version 7: the time is the channel's epoch in milliseconds, the rest a
    digest of the whole `Uniqueid`. For a callback's channel it is the id that `callback_unique_id` was given.
    """
    if rung := _CALLBACK.fullmatch(unique_id):
        return rung[1]
    digest = int.from_bytes(hashlib.sha256(unique_id.encode()).digest()[:10], "big")
    match = re.search(r"(\d{9,11})\.\d+$", unique_id)
    millis = int(match.group(1)) * 1000 if match else 0
    value = (millis & (1 << 48) - 1) << 80 | digest
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return uuid.UUID(int=value).hex
