"""For every command of the core, exactly one part of the engine carries it out."""

from typing import Any, get_args, get_type_hints

import pytest

from pbx.loop.dispatcher import Dispatcher
from pbx.ports import AsteriskCommand
from routing.commands import (
    CallRefused,
    CancelTimer,
    CheckPin,
    Command,
    FetchUrl,
    FindContact,
    FindRoom,
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
    OutboundAlarm,
    Publish,
    ReadMailbox,
    SetPin,
    ShowState,
    StartTimer,
    WithdrawWork,
)

pytestmark = pytest.mark.unit

ELSEWHERE = {
    StartTimer: "timers.start",
    CancelTimer: "timers.cancel",
    LogCall: "records.log_call",
    LogSpell: "records.log_spell",
    LogStay: "records.log_stay",
    LogWork: "records.log_work",
    OfferWork: "records.work_offer",
    WithdrawWork: "records.work_offer",
    LogVoicemail: "records.log_voicemail",
    LogMailbox: "records.log_mailbox",
    LogSettings: "records.log_settings",
    LogWrapUp: "records.log_wrap_up",
    Notify: "records.notify",
    OutboundAlarm: "alarms.raised",
    CallRefused: "alarms.refused",
    Publish: "publisher.changed",
    FetchUrl: "nodes.fetch",
    FindContact: "nodes.find_contact",
    ReadMailbox: "nodes.mailbox",
    CheckPin: "nodes.mailbox",
    SetPin: "nodes.mailbox",
    ShowState: "nodes.show_state",
    FindRoom: "nodes.find_room",
}


class Part:
    """Notes which of its methods is called."""

    def __init__(self, name: str, told: list[str]) -> None:
        self._name, self._told = name, told

    def __getattr__(self, method: str) -> Any:
        return lambda *arguments: self._told.append(f"{self._name}.{method}")


@pytest.mark.parametrize("kind", get_args(Command), ids=lambda kind: kind.__name__)
def test_each_command_reaches_the_one_part_that_carries_it_out(kind: type[Any]) -> None:
    told: list[str] = []
    timers, records, publisher, nodes, alarms = (
        Part(name, told) for name in ("timers", "records", "publisher", "nodes", "alarms")
    )
    command = kind(**dict.fromkeys(get_type_hints(kind), ""))
    Dispatcher(timers, records, publisher, nodes, alarms).dispatch(command, 1000.0)  # type: ignore[arg-type]
    assert told == [ELSEWHERE.get(kind, "nodes.send")]


def test_what_is_not_carried_out_elsewhere_is_a_command_for_asterisk() -> None:
    assert set(get_args(Command)) - set(ELSEWHERE) == set(get_args(AsteriskCommand))
