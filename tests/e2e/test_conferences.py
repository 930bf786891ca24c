"""Conferences of chats and a new team's attendant, on a real Asterisk. The scenes play at the same time."""

from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any

import pytest
from sqlmodel import Session, select

from api.accounts.teams.schemas import NewTeam
from api.accounts.teams.service import create_team
from models import Chat, ChatUser, ConferenceSettings, InventoryNumber, Team, User
from models.call import Recording
from tests.support.e2e.scenes import Scene, SceneSet
from tests.support.e2e.two_nodes import TwoNodes
from tests.support.servers import wait_until

pytestmark = [pytest.mark.pbx, pytest.mark.e2e, pytest.mark.timeout(400)]

scene = SceneSet()
PIN = "42734"
END: dict[str, Any] = {"type": "hangup", "settings": {"sound": "beep"}}


def dialled(*numbers: str, after: float = 1.5) -> tuple[tuple[float, str], ...]:
    """Return digits with their pauses: each number ends with #."""
    keys = [
        (after if place == 0 else 0.3, key) for number in numbers for place, key in enumerate(f"{number}#")
    ]
    return tuple(keys)


def chat(s: Scene, number: int, **settings: Any) -> str:
    """Make a chat with this room number. Return its id."""

    def work(session: Session) -> str:
        made = Chat(
            team_id=s.system.team_id, type="room", name="Debrief", room_number=number, conf_pin=int(PIN)
        )
        session.add(made)
        session.flush()
        session.add(ConferenceSettings(chat_id=made.id, **settings))
        return made.id

    id: str = s.system.transaction(work)
    return id


def in_room(s: Scene, chat: str) -> list[dict[str, Any]]:
    live = [it for it in s.system.lives("conference") if it["conference"] == chat]
    return list(live[0]["participants"]) if live else []


@scene
def callers_come_by_number_and_pin_and_are_recorded(s: Scene) -> None:
    id, number = chat(s, 93001, record=True), "93001"
    asks = {"type": "conference", "settings": {"tries": 1}, "exits": {"failed": "end"}}
    did, wrong = s.route("room", room=asks, end=END), s.route("room", room=asks, end=END)
    first = s.caller(did, digits=dialled(number, PIN), hang_up=14)
    wait_until(lambda: len(in_room(s, id)) == 1, "the first one is there")
    second = s.caller(did, digits=dialled(number, PIN), hang_up=4)
    wait_until(lambda: len(in_room(s, id)) == 2, "both are there")
    s.ended(s.caller(wrong, digits=dialled(number, "11111")))
    s.ended(second)
    s.ended(first)
    wait_until(lambda: in_room(s, id) == [], "the conference is over")
    logs = s.logs(did, 2)
    assert [(log.conference_id, log.disposition) for log in logs] == [(id, "completed")] * 2
    assert all([leg["kind"] for leg in log.legs] == ["room"] for log in logs)
    refused = s.log(wrong)
    assert (refused.conference_id, refused.path[0]["exit"], refused.path[0]["reason"]) == (
        None, "failed", "wrong room number or PIN",
    )  # fmt: skip
    (base,) = logs[0].recordings

    def stored() -> bool:
        rows = s.system.transaction(
            lambda session: [
                row.state for row in session.exec(select(Recording).where(Recording.file_base == base))
            ]
        )
        return bool(rows == ["stored"])

    wait_until(stored, "the conference's recording is stored", 60)


@scene
def a_member_dials_the_room_number(s: Scene) -> None:
    """And is in without a PIN. Meanwhile they are on a call."""
    (ann,) = s.queue(1).agents
    user = s.member_of(ann).user_id
    id = chat(s, 93002)
    s.system.transaction(lambda session: session.add(ChatUser(chat_id=id, user_id=user)))
    phone = s.softphone(ann, voice=440)
    phone.dial("93002")
    phone.wait_for("CALL_ESTABLISHED")
    wait_until(lambda: [who["user"] for who in in_room(s, id)] == [user], "the member is there")
    s.until_states([ann], "OnCall")
    phone.hang_up()
    s.until_states([ann], "Available")
    log = s.log("93002")
    assert (log.direction, log.conference_id, log.disposition) == ("internal", id, "completed")
    phone.dial("93003")
    phone.wait_for("CALL_CLOSED")
    assert s.log("93003").disposition == "not_in_service", "there is no such room"


@scene
def a_new_teams_number_is_answered_at_once(s: Scene) -> None:
    did = s.did()

    def work(session: Session) -> tuple[str, str | None]:
        owner = User(email=f"{did}@example.com", first_name="Olive", last_name="Owner")
        session.add_all([owner, InventoryNumber(e164=did, country="CA")])
        session.flush()
        team = create_team(
            session, s.system.settings, owner, NewTeam(team_name=f"Team {did}", country="Canada")
        )
        # The inventory may have had another number of the country.
        return team.id, team.main_number

    id, number = s.system.transaction(work)
    assert number
    later = s.queue(1)
    wait_until(lambda: bool(s.system.live("queue", later.id)), "the engine has loaded what was made before")
    s.ended(s.caller(number, digits=((4.0, "2"),), hang_up=15.0))
    log = s.log(number)
    assert log.team_id == id
    assert log.path[0]["block"] == "hours"
    assert [step["block"] for step in log.path][-1] == "message"
    message = s.message(log.id)
    assert (message.mailbox_kind, message.mailbox_id, message.team_id) == ("team", id, id)
    team: Team = s.system.transaction(lambda session: session.get_one(Team, id))
    assert (team.main_number, team.autoreception) == (number, "not-started")


@pytest.fixture(scope="module")
def played(
    two_nodes: TwoNodes, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[dict[str, Future[None]]]:
    yield from scene.play(two_nodes, tmp_path_factory.mktemp("conferences"), request)


@pytest.mark.parametrize("name", scene.plays)
def test_conference(played: dict[str, Future[None]], name: str) -> None:
    played[name].result(300)
