"""The core's records as messages to the record writer; `switchroom.messages.records` has their shapes."""

from typing import Any

from switchroom.messages.base import Message
from switchroom.messages.records import (
    CallEntry,
    CallRecord,
    NotificationRecord,
    NotifyEntry,
    Record,
    VoicemailEntry,
    VoicemailRecord,
    WrapUpEntry,
    WrapUpRecord,
)

_SHAPES: dict[str, tuple[type[Message], type[Record]]] = {
    "call": (CallEntry, CallRecord),
    "voicemail": (VoicemailEntry, VoicemailRecord),
    "wrap-up": (WrapUpEntry, WrapUpRecord),
    "notify": (NotifyEntry, NotificationRecord),
}


def record_entry(kind: str, record: dict[str, Any], node: str) -> Message:
    """Make the entry of the kind `kind` (its `type`) from a record of `routing.records`.

    The values are not checked here: a record that is wrong must reach the record writer, which keeps it among its
    dead letters, and must not be lost in the engine.
    """
    entry, shape = _SHAPES[kind]
    return entry.model_construct(record=shape.model_construct(**record), node=node)
