"""Events of call logs and voicemails: exactly who sees them over REST is told, and what REST shows."""

from typing import Any

import pytest
from sqlmodel import Session

from api.realtime.visibility import Visibility
from models import (
    CallLog,
    DidNumber,
    MemberStatus,
    QueueManager,
    Recording,
    Role,
    TeamUser,
    Voicemail,
    WrapUp,
    utcnow,
)
from models.call import tell_of_call_log
from models.telling import tell_of_media
from models.voicemail import tell_of_voicemail
from switchroom.ids import new_id
from switchroom.messages.events import Event, Published
from tests.api.core.test_one_hop import Counted, counted
from tests.support.api.client import Person
from tests.support.api.told import told
from tests.support.api.world import World, pid

__all__ = ["counted"]

pytestmark = pytest.mark.service


@pytest.fixture
def people(any_world: World) -> list[Person]:
    """Return everybody who might see something: also a guest, and an agent who became one."""
    world = any_world
    return [
        world.admin,
        world.member,
        *(world.api.person(world.team) for _ in range(3)),
        world.api.person(world.team, Role.GUEST),
        world.stranger,
    ]


def calls_of(world: World, people: list[Person]) -> list[CallLog]:
    """Write a call of each kind: of an agent, a queue with a manager, a user's number, a guest's number, of none."""
    _, agent, manager, owner, _, guest, _ = people
    queue = world.queue()
    numbers = [
        DidNumber(team_id=world.team.id, e164=f"+1416555{n:04}", user_id=person.user.id)
        for n, person in enumerate((owner, guest))
    ]
    world.api.add(QueueManager(queue_id=queue.id, user_id=manager.user.id), *numbers)
    columns: list[dict[str, Any]] = [
        {"agent_id": world.agent(agent, "Kate", queue).id, "queue_id": queue.id},
        {"queue_id": queue.id},
        {"number_id": numbers[0].id},
        {"number_id": numbers[1].id},
        {"agent_id": world.agent(guest, "Gus").id},
        {},
    ]
    calls = [
        CallLog(team_id=world.team.id, started_at=utcnow(), ended_at=utcnow(), disposition="answered", **more)
        for more in columns
    ]
    world.api.add(*calls)
    return calls


def emit(world: World, tell: Any, *arguments: Any) -> None:
    with world.api.session() as session:
        tell(session, *arguments)


def test_call_logs_are_told_to_who_sees_them_as_the_list_shows_them(
    any_world: World, people: list[Person]
) -> None:
    world = any_world
    calls = calls_of(world, people)
    words = [{"text": "hello", "start": 1.0, "end": 1.5}]
    world.api.add(
        Recording(
            call_id=calls[0].id,
            team_id=world.team.id,
            file_base=f"recordings/{calls[0].id}-1",
            state="stored",
            transcript={
                "lines": [{"speaker": "agent", "text": "hello", "words": words}],
                "text": "hello",
                "seconds": 2.0,
            },
            transcript_state="done",
        ),
        WrapUp(call_id=calls[1].id, team_id=world.team.id, seconds=4.0, code="sale"),
    )
    for call in calls:
        emit(world, tell_of_call_log, "created", call.id, call.team_id)
    for person, heard in zip(people, told(world.api, *people), strict=True):
        listed = world.call(person, "GET", "/call-log").json()
        assert sorted(heard, key=lambda it: it["id"]) == [
            {"model": "calllog", "verb": "created", "id": log["id"], "data": log}
            for log in sorted(listed, key=lambda it: it["id"])
        ]
    counts = [len(heard) for heard in told(world.api, *people)]
    assert counts == [6, 1, 2, 1, 0, 0, 0]


def test_voicemails_are_told_to_who_may_hear_them_as_a_change_answers(
    any_world: World, people: list[Person]
) -> None:
    world = any_world
    calls = calls_of(world, people)
    assert calls[1].queue_id
    boxes = [("team", world.team.id), ("queue", calls[1].queue_id)]
    boxes += [("user", person.user.id) for person in people[1:]]
    boxes += [("call", call.id) for call in calls]
    boxes += [("call", new_id())]
    messages = [
        Voicemail(
            call_id=new_id(),
            team_id=world.team.id,
            mailbox_kind=kind,
            mailbox_id=mailbox,
            file=f"voicemail/{n}.wav",
        )
        for n, (kind, mailbox) in enumerate(boxes)
    ]
    world.api.add(*messages)
    for message in messages:
        emit(world, tell_of_voicemail, "created", message)
    for person, heard in zip(people, told(world.api, *people), strict=True):
        expected = []
        for message in messages:
            shown = world.call(person, "GET", f"/voicemail/{pid(message)}")
            if shown.status_code == 200:
                data = {**shown.json(), "url": None}
                expected.append({"model": "voicemail", "verb": "created", "id": pid(message), "data": data})
        assert heard == expected


def test_a_change_over_rest_is_told(any_world: World) -> None:
    world = any_world
    message = Voicemail(
        call_id=new_id(),
        team_id=world.team.id,
        mailbox_kind="user",
        mailbox_id=world.member.user.id,
        file="v/1.wav",
    )
    call = CallLog(team_id=world.team.id, started_at=utcnow(), agent_id=world.agent().id)
    world.api.add(message, call)
    path = f"/voicemail/{pid(message)}"
    answer = world.call(world.member, "PATCH", path, json={"read": True}).json()
    assert world.call(world.member, "PATCH", path, json={"read": True}).status_code == 200
    assert world.call(
        world.member, "POST", f"/call-log/{pid(call)}/wrapup", json={"note": "again in May"}
    ).is_success
    [heard] = told(world.api, world.member)
    assert [(it["model"], it["verb"]) for it in heard] == [("voicemail", "updated"), ("calllog", "updated")]
    assert heard[0]["data"] == answer
    assert heard[1]["data"]["wrap_up_note"] == "again in May"


def test_of_a_deleted_voicemail_only_its_end_is_told(any_world: World) -> None:
    world = any_world
    message = Voicemail(
        call_id=new_id(),
        team_id=world.team.id,
        mailbox_id=world.team.id,
        file="v/1.wav",
        transcript={"text": "secret"},
    )
    world.api.add(message)
    emit(world, tell_of_voicemail, "created", message)
    with world.api.session() as session:
        row = session.get_one(Voicemail, message.id)
        row.state, row.deleted_at = "deleted", utcnow()
        session.add(row)
        tell_of_media(session, row)
    [heard] = told(world.api, world.admin)
    assert heard == [{"model": "voicemail", "verb": "destroyed", "id": pid(message)}]


def test_who_left_the_team_is_told_of_no_record(any_world: World, people: list[Person]) -> None:
    world = any_world
    call = calls_of(world, people)[0]
    emit(world, tell_of_call_log, "created", call.id, call.team_id)
    agent = people[1]
    assert agent.member is not None
    assert len(told(world.api, agent)[0]) == 1
    with world.api.session() as session:
        session.get_one(TeamUser, agent.member.id).status = MemberStatus.DEACTIVATED.value
    assert told(world.api, agent) == [[]]


def test_a_page_of_records_costs_seven_statements(any_world: World, counted: Counted) -> None:
    world = any_world
    calls = [CallLog(team_id=world.team.id, started_at=utcnow()) for _ in range(50)]
    messages = [
        Voicemail(
            call_id=call.id,
            team_id=world.team.id,
            mailbox_kind="call",
            mailbox_id=call.id,
            file=f"v/{call.id}.wav",
        )
        for call in calls
    ]
    world.api.add(*calls, *messages)
    events: list[tuple[str, Event]] = [
        (f"{number}-0", Published(team=world.team.id, kind=kind, id=row.id, verb="created"))
        for kind, rows in (("calllog", calls), ("voicemail", messages))
        for number, row in enumerate(rows)
    ]

    tables = []
    for told_of in (events, [events[0], events[-1]]):
        counted.clear()
        assert len(Visibility(world.api.context).facts(told_of, []).changes) == len(told_of)
        tables.append(counted.tables)
    assert tables[0] == tables[1]
    assert len(tables[0]) == 7


def test_a_record_that_is_gone_tells_nothing(any_world: World) -> None:
    world = any_world

    def tell(session: Session) -> None:
        tell_of_call_log(session, "created", new_id(), world.team.id)
        tell_of_call_log(session, "created", new_id(), None)

    emit(world, tell)
    assert told(world.api, world.admin) == [[]]
