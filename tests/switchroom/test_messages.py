"""The messages: their text in Redis, those of an older or newer process, and the core's values in them."""

import json
from dataclasses import replace
from typing import Any, get_args, get_type_hints

import pytest
from pydantic import ValidationError

from pbx.persistence.live_views import live_agent, live_call, live_queue
from pbx.persistence.records import record_entry
from routing import records as core_records
from routing.commands import Notify
from routing.config import SkillNeed
from routing.events import AgentStatus
from routing.figures import NONE
from routing.ids import AgentId, CallId, QueueId, TeamId, UserId
from routing.views import AgentView, CallView, LaterCallback, OwnStatus, QueueView, WaitingCall
from switchroom.messages import commands, records
from switchroom.messages.commands import (
    Command,
    ConsultCall,
    DetachCall,
    EndConsult,
    ForgetPhone,
    HangUpCall,
    HoldCall,
    MuteCall,
    ParkCall,
    PickUpCall,
    PullCall,
    ReloadConfig,
    SendDigits,
    SetAgentStatus,
    SetRecording,
    SuperviseCall,
    TransferCall,
    UnholdCall,
    parse_command,
)
from switchroom.messages.events import Published
from switchroom.messages.live import Heartbeat, LiveQueue
from switchroom.messages.records import CallEntry, parse_entry

pytestmark = pytest.mark.unit

A, B, C, Q, T = (letter * 32 for letter in "abcdf")

COMMANDS: list[tuple[Command, str]] = [
    (
        SetAgentStatus(agent=A, status="Break", queue=Q, reason="lunch", by=B),
        f'{{"type":"agent-status","agent":"{A}","status":"Break","queue":"{Q}","reason":"lunch","by":"{B}"}}',
    ),
    (ReloadConfig(kind="queue", id=Q), f'{{"type":"config","kind":"queue","id":"{Q}"}}'),
    (
        ForgetPhone(id="e100t1", sign_out=True),
        '{"type":"config","kind":"phone","id":"e100t1","hang_up":false,"sign_out":true}',
    ),
    (HangUpCall(call=C, by=None), f'{{"type":"hang-up","call":"{C}","by":null}}'),
    (HoldCall(call=C, by=B), f'{{"type":"hold","call":"{C}","by":"{B}"}}'),
    (
        TransferCall(call=C, kind="extension", to="101"),
        f'{{"type":"transfer","call":"{C}","kind":"extension","to":"101","mailbox":"","by":null}}',
    ),
    (
        SetRecording(call=C, on=False, ends=True),
        f'{{"type":"recording","call":"{C}","on":false,"ends":true,"by":null}}',
    ),
    (ParkCall(call=C, by=A), f'{{"type":"park","call":"{C}","by":"{A}"}}'),
    (
        ConsultCall(call=C, kind="queue", to=Q, by=A),
        f'{{"type":"consult","call":"{C}","kind":"queue","to":"{Q}","by":"{A}"}}',
    ),
    (
        EndConsult(call=C, complete=True),
        f'{{"type":"end-consult","call":"{C}","complete":true,"by":null}}',
    ),
    (
        PullCall(call=C, by=A, as_call=B),
        f'{{"type":"pull","call":"{C}","by":"{A}","as_call":"{B}","phone":""}}',
    ),
    (DetachCall(call=C, by=A), f'{{"type":"detach","call":"{C}","by":"{A}"}}'),
    (
        PickUpCall(call=C, by=A, as_call=B),
        f'{{"type":"pick-up","call":"{C}","by":"{A}","as_call":"{B}"}}',
    ),
    (
        SuperviseCall(call=C, mode="barge", by=A, as_call=B),
        f'{{"type":"supervise","call":"{C}","mode":"barge","by":"{A}","as_call":"{B}"}}',
    ),
    (MuteCall(call=C, muted=True), f'{{"type":"mute","call":"{C}","muted":true,"by":null}}'),
    (SendDigits(call=C, digits="1#"), f'{{"type":"digits","call":"{C}","digits":"1#","by":null}}'),
    (UnholdCall(call=C), f'{{"type":"unhold","call":"{C}","by":null}}'),
]


@pytest.mark.parametrize(("command", "text"), COMMANDS, ids=lambda value: type(value).__name__)
def test_a_command_as_it_stands_in_redis(command: Command, text: str) -> None:
    assert command.model_dump_json() == text
    assert parse_command(text) == command


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"type":"unheard-of"}',
        f'{{"type":"config","kind":"unheard-of","id":"{Q}"}}',
        '{"type":"config","kind":"queue","id":"1"}',
        '{"type":"config","kind":"phone","id":"a;b"}',
        f'{{"type":"agent-status","agent":"{A}","status":"Asleep"}}',
    ],
)
def test_what_is_no_command_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        parse_command(text)


def test_a_newer_sender_may_say_more_and_an_older_one_less() -> None:
    assert parse_command(f'{{"type":"hang-up","call":"{C}","why":"new"}}') == HangUpCall(call=C)
    call = parse_entry(
        f'{{"type":"call","record":{{"id":"{C}","team":null,"started_at":1.0,"ended_at":2.0,"disposition":"failed",'
        '"legs":[{"agent":"x","new":1}],"more":1}}'
    )
    assert isinstance(call, CallEntry)
    assert (call.node, call.record.tags, call.record.language, call.record.callback_of) == ("", [], "", None)
    # What goes into the database as a whole keeps what only a newer engine knows.
    assert call.record.legs == [{"agent": "x", "new": 1}]
    view = {
        "queue": Q,
        "team": T,
        "waiting": [{"call": C, "caller": "", "position": 1, "entered_at": 1.0, "priority": 0}],
    }
    queue = LiveQueue.model_validate_json(json.dumps({**view, "agents": {}, "today": {}, "new": 1}))
    assert (queue.at, queue.estimate, queue.later, queue.waiting[0].callback) == (None, None, [], False)


def test_live_views_as_they_stand_in_redis() -> None:
    agent = AgentView(
        AgentId(A), TeamId(T), UserId(B), "Available", "", 1.5, "OnCall", CallId(C),
        {QueueId(Q): OwnStatus("Away", "lunch")}, True, False, False, None,
    )  # fmt: skip
    assert live_agent(agent).model_dump_json() == (
        f'{{"agent":"{A}","team":"{T}","status":"Available","reason":"","since":1.5,"state":"OnCall","call":"{C}",'
        f'"registered":true,"queues":{{"{Q}":{{"status":"Away","reason":"lunch"}}}}}}'
    )
    queue = QueueView(
        QueueId(Q),
        TeamId(T),
        (WaitingCall(CallId(C), "+1", "Änn", 1, 2.5, 0, (), False, (1.0, 2.0)),),
        0.0,
        {"Available": 1},
        replace(NONE, offered=2, answered=1, abandoned=1, service_level=0.5, asa=3.0, aht=70.0),
        4.0,
        None,
        1,
        (LaterCallback(CallId(B), "+2", 1.0, 2.0, 3),),
    )
    assert live_queue(queue, 9.5).model_dump_json() == (
        f'{{"queue":"{Q}","team":"{T}","at":9.5,"waiting":[{{"call":"{C}","caller":"+1","position":1,"entered_at":2.5,'
        '"priority":0,"callback":false,"estimate":[1.0,2.0]}],'
        f'"later":[{{"callback":"{B}","number":"+2","entered_at":1.0,"due_at":2.0,"attempts":3}}],"estimate":null,'
        '"agents":{"Available":1},"today":{"offered":2,"waiting":0,"answered":1,"abandoned":1,"short_abandons":0,'
        '"timed_out":0,"passed_on":0,"left":0,"unreached":0,"turned_away":0,"callbacks":0,"callbacks_answered":0,'
        '"answered_in_threshold":0,"service_level":0.5,"abandonment":null,"asa":3.0,"average_wait":null,'
        '"longest_wait":null,"average_abandon_wait":null,"average_talk":null,"aht":70.0,"until":4.0},"work":null}'
    )
    call = CallView(
        CallId(C), None, "+2", "+1", "Änn", "queued", 1.0, QueueId(Q), None, None, (), 1.0, None, (),
        (SkillNeed("french", 2, False),),
    )  # fmt: skip
    assert live_call(call, None).model_dump_json() == (
        f'{{"call":"{C}","team":null,"did":"+2","caller":"+1","direction":"inbound","callback_of":null,'
        f'"state":"queued","queue":"{Q}","agent":null,"slot":"","parked_by":[],"talked":[],"recording":"","recording_asked":false,"on_hold":false,"parties":[],'
        '"consult":null,"consult_of":null,"supervises":null,"supervision":"",'
        '"needs":[{"skill":"french","level":2,"required":false}],'
        '"started_at":1.0,"node":null}'
    )


def test_the_other_messages_as_they_stand_in_redis() -> None:
    event = Published(team=T, kind="call", id=C, verb="created")
    assert (
        event.model_dump_json()
        == f'{{"type":"publish","team":"{T}","kind":"call","id":"{C}","verb":"created"}}'
    )
    beat = Heartbeat(at=1.5, engine="e", nodes={"a": "ready"}, calls=2)
    assert beat.model_dump_json() == '{"at":1.5,"engine":"e","nodes":{"a":"ready"},"calls":2,"connection":""}'


def record(shape: type[Any]) -> dict[str, Any]:
    """Some record of this shape of the core's, with a value for each key."""
    values: dict[Any, Any] = {str: C, float: 1.5, int: 3, bool: True}
    return {
        name: values.get(hint, values.get(get_args(hint)[:1], []))
        for name, hint in get_type_hints(shape).items()
    }


def test_a_record_as_it_stands_in_redis() -> None:
    told = {"call": C, "agent": A, "team": T, "began_at": 1.5, "seconds": 12.0}
    assert record_entry("wrap-up", told, "a").model_dump_json() == (
        f'{{"type":"wrap-up","record":{{"call":"{C}","agent":"{A}","team":"{T}","began_at":1.5,"seconds":12.0}},"node":"a"}}'
    )
    call = record(core_records.CallRecord)
    text = json.dumps({"type": "call", "record": call, "node": "a"}, separators=(",", ":"))
    assert record_entry("call", call, "a").model_dump_json(warnings=False) == text


def test_a_record_with_a_wrong_value_is_sent_all_the_same() -> None:
    """The record writer keeps it among its dead letters."""
    entry = record_entry("call", {"id": C, "started_at": None, "recordings": ["../etc/passwd"]}, "a")
    text = entry.model_dump_json(warnings=False)
    assert json.loads(text)["record"]["recordings"] == ["../etc/passwd"]
    with pytest.raises(ValidationError):
        parse_entry(text)


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        (core_records.CallRecord, records.CallRecord),
        (core_records.VoicemailRecord, records.VoicemailRecord),
        (core_records.LegRecord, records.LegRecord),
        (core_records.PathStep, records.PathStep),
        (Notify, records.NotificationRecord),
    ],
)
def test_every_field_of_a_record_of_the_core_has_its_place_in_the_message(shape: Any, message: Any) -> None:
    told = set(get_type_hints(shape))
    if message is records.NotificationRecord:
        told |= {"id", "at"}  # pbx.loop.runner adds these two
    carried = set(getattr(message, "model_fields", None) or get_type_hints(message))
    assert not told - carried, f"{message.__name__} has no {sorted(told - carried)}"
    assert not carried - told, f"the core tells no {sorted(carried - told)} of {message.__name__}"


def test_the_statuses_are_those_of_the_core() -> None:
    assert set(get_args(commands.AgentStatus)) == {status.value for status in AgentStatus}
