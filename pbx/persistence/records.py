"""The core's records as messages to the record writer; `switchroom.messages.records` has their shapes."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from pbx.ports import Output
from routing.commands import (
    LogCall,
    LogMailbox,
    LogSettings,
    LogSpell,
    LogStay,
    LogVoicemail,
    LogWork,
    LogWrapUp,
    Notify,
    OfferWork,
    WithdrawWork,
)
from routing.ids import CallId
from switchroom.ids import new_id
from switchroom.messages.base import Message
from switchroom.messages.records import (
    CallbackStayRecord,
    CallEntry,
    CallRecord,
    MailboxEntry,
    MailboxRecord,
    NotificationRecord,
    NotifyEntry,
    Record,
    SettingsEntry,
    SettingsRecord,
    SpellEntry,
    SpellRecord,
    StayEntry,
    VoicemailEntry,
    VoicemailRecord,
    WorkEntry,
    WorkOfferEntry,
    WorkOfferRecord,
    WorkRecord,
    WrapUpEntry,
    WrapUpRecord,
)

_SHAPES: dict[str, tuple[type[Message], type[Record]]] = {
    "call": (CallEntry, CallRecord),
    "stay": (StayEntry, CallbackStayRecord),
    "work": (WorkEntry, WorkRecord),
    "work-offer": (WorkOfferEntry, WorkOfferRecord),
    "voicemail": (VoicemailEntry, VoicemailRecord),
    "mailbox": (MailboxEntry, MailboxRecord),
    "wrap-up": (WrapUpEntry, WrapUpRecord),
    "settings": (SettingsEntry, SettingsRecord),
    "spell": (SpellEntry, SpellRecord),
    "notify": (NotifyEntry, NotificationRecord),
}


class Records:
    """Puts records on their way to the record writer, each with the node on whose disk its files lie."""

    def __init__(self, output: Output, node_of: Callable[[CallId], str | None]) -> None:
        self._output = output
        self._node_of = node_of

    def log_call(self, command: LogCall) -> None:
        self._add("call", command.record, command.record["id"])

    def log_stay(self, command: LogStay) -> None:
        self._add("stay", command.record, command.record["stay"]["call"])

    def log_work(self, command: LogWork) -> None:
        self._output.add_record(record_entry("work", command.record, ""))

    def work_offer(self, command: OfferWork | WithdrawWork) -> None:
        """Let the clients of the agent know of an offer, or of its end."""
        self._output.add_record(record_entry("work-offer", {"until": None, **asdict(command)}, ""))

    def log_voicemail(self, command: LogVoicemail) -> None:
        self._add("voicemail", command.record, command.record["call"])

    def log_mailbox(self, command: LogMailbox) -> None:
        self.keep_mailbox(command.record)

    def keep_mailbox(self, record: dict[str, Any]) -> None:
        """Write down what somebody did in a mailbox by phone."""
        self._add("mailbox", record, record["call"])

    def log_settings(self, command: LogSettings) -> None:
        self._add("settings", command.record, command.record["call"])

    def log_wrap_up(self, command: LogWrapUp) -> None:
        self._add("wrap-up", command.record, command.record["call"])

    def log_spell(self, command: LogSpell) -> None:
        self._output.add_record(record_entry("spell", command.record, ""))

    def notify(self, command: Notify, at: float) -> None:
        """Let a worker send a notification. A record that is delivered twice has the same id, and is sent once."""
        self._add("notify", {**asdict(command), "id": new_id(), "at": at}, command.call)

    def _add(self, kind: str, record: dict[str, Any], call: str) -> None:
        node = self._node_of(CallId(call)) or ""  # a wrap-up may end long after its call
        self._output.add_record(record_entry(kind, record, node))


def record_entry(kind: str, record: dict[str, Any], node: str) -> Message:
    """Make the entry of the kind `kind` (its `type`) from a record of `routing.records`.

    The values are not checked here: a record that is wrong must reach the record writer, which keeps it among its
    dead letters, and must not be lost in the engine.
    """
    entry, shape = _SHAPES[kind]
    return entry.model_construct(record=shape.model_construct(**record), node=node)
