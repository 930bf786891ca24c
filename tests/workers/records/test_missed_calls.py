"""Users are told of calls that they missed and of messages in their mailboxes, in the workspace and by pushes."""

from collections.abc import Sequence
from typing import Any

import pytest
from sqlmodel import col, select

from models import (
    Agent,
    MemberStatus,
    Outbox,
    Queue,
    QueueManager,
    Role,
    Team,
    TeamUser,
    User,
    Voicemail,
    WorkspaceEvent,
)
from switchroom.database import session
from tests.support.sip.audio import voice, write_samples
from tests.workers.conftest import rest
from tests.workers.records.test_record_writer import call, drain, send
from workers.jobs.media import store
from workers.jobs.voicemails import PLAN
from workers.resources import Resources

pytestmark = pytest.mark.service

TEAM = "7" * 32


class Desk:
    """A team with an admin, and a member who is an agent."""

    def __init__(self, resources: Resources) -> None:
        self.resources = resources
        self.admin, self.user = User(email="o@example.com"), User(email="u@example.com")
        team = Team(id=TEAM, team_name="T", slug="t", owner_id=self.admin.id, billing_id=1, number=1)
        self.agent = Agent(team_id=TEAM, user_id=self.user.id, name="Ann")
        self.queue = Queue(team_id=TEAM, name="Sales")
        self.add(
            self.admin,
            self.user,
            team,
            TeamUser(team_id=TEAM, user_id=self.admin.id, role=Role.ADMIN.value),
            TeamUser(team_id=TEAM, user_id=self.user.id),
            self.agent,
            self.queue,
        )

    def add(self, *rows: Any) -> None:
        with session(self.resources.engine) as db:
            for row in rows:
                db.add(row)
                db.flush()

    def leg(self, **more: Any) -> dict[str, Any]:
        leg = {
            "kind": "agent", "agent": self.agent.id, "number": None, "queue": None, "offered_at": 1.0,
            "rang_at": 1.1, "answered_at": None, "ended_at": 3.0, "outcome": "no answer",
        }  # fmt: skip
        return {**leg, **more}

    def misses(self, *legs: dict[str, Any], **more: Any) -> None:
        told = {"team": TEAM, "disposition": "abandoned", "legs": list(legs), "recordings": [], **more}
        send(self.resources, call(1, **told))
        drain(self.resources)

    def told(self) -> list[tuple[str, str, str | None]]:
        """Return the workspace's events: user, type and call."""
        with session(self.resources.engine, readonly=True) as db:
            events = db.exec(select(WorkspaceEvent).order_by(col(WorkspaceEvent.id)))
            return [(event.user_id, event.type, event.call_id) for event in events]

    def pushes(self) -> list[dict[str, Any]]:
        with session(self.resources.engine, readonly=True) as db:
            return [row.payload for row in db.exec(select(Outbox).where(Outbox.kind == "push"))]


@pytest.fixture
def desk(both: Resources) -> Desk:
    return Desk(both)


def test_whose_phone_rang_is_told_once(desk: Desk) -> None:
    desk.misses(desk.leg(), desk.leg())
    desk.misses(desk.leg())
    assert desk.told() == [(desk.user.id, "missed_call", f"{1:032x}")]
    (push,) = desk.pushes()
    assert push == {
        "kind": "missed_call",
        "users": [desk.user.id],
        "team": TEAM,
        "title": "Missed call",
        "text": "Ann",
        "about": {"call": f"{1:032x}"},
    }


@pytest.mark.parametrize(
    "legs",
    [
        [],
        [{"rang_at": None}],
        [{"queue": "q1"}],
        [{"agent": "f" * 32}],
        [{}, {"outcome": "answered"}],
        [{"kind": "number", "agent": None}],
    ],
)
def test_who_missed_nothing_is_told_nothing(desk: Desk, legs: list[dict[str, Any]]) -> None:
    desk.misses(*(desk.leg(**leg) for leg in legs))
    assert (desk.told(), desk.pushes()) == ([], [])


def test_an_agent_of_another_team_is_told_nothing(desk: Desk) -> None:
    desk.misses(desk.leg(), team="8" * 32)
    assert (desk.told(), desk.pushes()) == ([], [])


@pytest.mark.parametrize("owner", ["user", "managed queue", "queue", "team", "call", "left"])
def test_the_mailboxes_owner_is_told_of_a_message(desk: Desk, owner: str) -> None:
    kind = owner.split()[-1] if owner != "left" else "user"
    mailbox = {"user": desk.user.id, "queue": desk.queue.id, "team": TEAM, "call": f"{1:032x}"}[kind]
    if owner == "managed queue":
        desk.add(QueueManager(queue_id=desk.queue.id, user_id=desk.user.id))
    if owner == "left":
        with session(desk.resources.engine) as db:
            left = db.exec(select(TeamUser).where(TeamUser.user_id == desk.user.id)).one()
            left.status = MemberStatus.DEACTIVATED.value
    message = Voicemail(
        team_id=TEAM,
        call_id=f"{1:032x}",
        mailbox_kind=kind,
        mailbox_id=mailbox,
        caller="+1416",
        file="voicemail/x.wav",
        state="stored",
    )
    desk.add(message)
    with session(desk.resources.engine) as db:
        PLAN.tell(desk.resources, db, message)
    user = desk.user.id if owner in ("user", "managed queue") else desk.admin.id
    expected = [] if owner == "left" else [(user, "voicemail", f"{1:032x}")]
    assert desk.told() == expected
    assert [(push["users"], push["text"], push["about"]["voicemail"]) for push in desk.pushes()] == [
        ([user], "+1416", message.id) for _ in expected
    ]


@pytest.mark.parametrize("samples", [voice(1), [0] * 8000])
def test_a_message_is_told_of_once_it_can_be_heard(desk: Desk, samples: Sequence[int]) -> None:
    path = write_samples(desk.resources.settings.spool_dir / "voicemail/x.wav", samples)
    rest(path, 90)
    message = Voicemail(
        team_id=TEAM,
        call_id=f"{1:032x}",
        mailbox_kind="user",
        mailbox_id=desk.user.id,
        node="a",
        file="voicemail/x.wav",
    )
    desk.add(message)
    desk.resources.settings.transcriber = "none"
    for _ in range(2):
        assert store(desk.resources, PLAN, message.id) is None
    heard = any(samples)
    assert desk.told() == ([(desk.user.id, "voicemail", f"{1:032x}")] if heard else [])
