"""Server-sent events: who gets what, resuming, several processes, slow and dead clients, Redis away."""

import socket
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import httpx
import pytest
from sqlmodel import Session

from api.accounts.audit import COMMAND_LINE
from api.accounts.platform import service as platform
from api.realtime.fan_out import CHECK_SECONDS
from models import CallLog, Role, Team, User, Voicemail, utcnow
from models.call import tell_of_call_log
from models.chat import ChatType
from models.chat_user import make_chat
from models.voicemail import tell_of_voicemail
from switchroom.ids import public_id
from switchroom.messages.events import to_admins, to_chat, to_team, to_user
from tests.api.realtime.conftest import Realtime
from tests.support.servers import wait_until

pytestmark = [pytest.mark.service, pytest.mark.long]


def test_events_of_one_process_reach_clients_of_both_in_order(two: Realtime) -> None:
    team = two.api.team()
    jane = two.api.person(team)
    streams = [two.stream(jane, process=process) for process in (0, 1)]
    for stream in streams:
        stream.next("ready")
    for number in range(20):
        two.tell(to_team(team.id), number=number)
    for stream in streams:
        assert [stream.next().data["data"]["number"] for _ in range(20)] == list(range(20))


def test_a_change_over_rest_is_told(realtime: Realtime) -> None:
    team = realtime.api.team()
    jane = realtime.api.person(team)
    admin = realtime.stream(jane)
    admin.next("ready")
    owner = realtime.api.person()
    url = realtime.processes[0].url
    made = httpx.post(f"{url}/v1/contact", headers=jane.headers, json={"first_name": "Ann"})
    assert made.status_code == 201
    told = admin.next().data
    assert (told["model"], told["verb"], told["id"]) == ("contact", "created", made.json()["id"])
    assert told["data"] == made.json()
    httpx.post(f"{url}/v1/contact", headers=owner.headers, json={"first_name": "Bob"})
    realtime.tell(to_user(jane.user.id), last=True)
    assert admin.next().data["data"] == {"last": True}


def test_a_client_resumes_after_its_last_event_at_the_other_process(two: Realtime) -> None:
    team = two.api.team()
    jane = two.api.person(team)
    first = two.stream(jane)
    first.next("ready")
    two.tell(to_team(team.id), number=0)
    assert first.next().data["data"]["number"] == 0
    two.processes[0].stop(kill=True)
    assert first.ended.wait(20)
    for number in (1, 2):
        two.tell(to_team(team.id), number=number)
    two.tell(to_admins(team.id), secret=True)
    second = two.stream(jane, process=1, last_id=first.last_id)
    two.tell(to_team(team.id), number=3)
    assert [second.next().data["data"]["number"] for _ in range(3)] == [1, 2, 3]


def test_a_cursor_that_is_too_old_is_a_reset(realtime: Realtime) -> None:
    team = realtime.api.team()
    jane = realtime.api.person(team)
    for number in range(3):
        realtime.tell(to_team(team.id), number=number)
    redis, key = realtime.context.redis, realtime.context.keys.events
    oldest = redis.xrange(key, count=1)[0][0].decode()  # type: ignore[index, union-attr]
    redis.xtrim(key, maxlen=1, approximate=False)
    stream = realtime.stream(jane, last_id=oldest)
    stream.next("reset")
    realtime.tell(to_team(team.id), number=9)
    assert stream.next().data["data"]["number"] == 9
    url = f"{realtime.processes[0].url}/v1/team/{jane.team}/stream"
    bad = httpx.get(url, headers={**jane.headers, "Last-Event-ID": "yesterday"})
    assert (bad.status_code, bad.json()["errorType"]) == (400, "validation")


def test_strangers_get_no_stream_and_a_suspended_team_tells_nothing(realtime: Realtime) -> None:
    team = realtime.api.team()
    jane, stranger = realtime.api.person(team), realtime.api.person(realtime.api.team())
    url = f"{realtime.processes[0].url}/v1/team/{jane.team}/stream"
    assert httpx.get(url, headers=stranger.headers).status_code == 404
    assert httpx.get(url).status_code == 401
    assert httpx.head(url, headers=jane.headers).headers["content-type"].startswith("text/event-stream")
    stream = realtime.stream(jane)
    stream.next("ready")

    def suspend(session: object) -> None:
        from api.core.identities import forget_everybody

        session.get_one(Team, team.id).suspended_at = utcnow()  # type: ignore[attr-defined]
        forget_everybody(session)  # type: ignore[arg-type]

    realtime.context.write(suspend)
    realtime.tell(to_team(team.id), secret=True)
    assert stream.ended.wait(20)
    with pytest.raises(TimeoutError):
        stream.next(seconds=0.1)


def test_a_guest_is_told_of_the_chats_that_they_joined_and_of_nothing_else(realtime: Realtime) -> None:
    team, other = realtime.api.team(), realtime.api.team()
    owner, guest = realtime.api.person(team), realtime.api.person(team, Role.GUEST)
    url = f"{realtime.processes[0].url}/v1/team"
    with realtime.api.session() as session:
        joined, another = (
            make_chat(session, team.id, ChatType.ROOM, ids, owner_id=owner.user.id, name=name).id
            for name, ids in (("in", [owner.user.id, guest.user.id]), ("out", [owner.user.id]))
        )
    streams = [realtime.stream(guest, team=name) for name in (guest.team, team.slug)]
    for stream in streams:
        stream.next("ready")
    unseen = (to_team(team.id), to_admins(team.id, users=[guest.user.id]), to_chat(team.id, another))
    for audience in (*unseen, to_team(other.id), to_chat(other.id, joined), to_user(owner.user.id)):
        realtime.tell(audience, secret=True)
    for model, path in (("contact", "contact"), ("chat", "chat")):
        assert httpx.post(f"{url[:-5]}/{path}", headers=owner.headers, json={"name": model}).status_code < 500
    realtime.tell(to_chat(team.id, joined), "message", "created", body="Hello")
    for stream in streams:
        while (told := stream.next().data)["model"] == "chat":
            assert told["id"] == public_id(joined)
        assert (told["model"], told["data"]) == ("message", {"body": "Hello"})
    assert httpx.get(f"{url}/{public_id(other.id)}/stream", headers=guest.headers).status_code == 404
    assert httpx.get(f"{url}/{other.slug}/stream", headers=guest.headers).status_code == 404
    assert httpx.get(f"{url}/{guest.team}/users", headers=guest.headers).status_code == 404


def test_a_guest_who_was_removed_is_told_no_more(realtime: Realtime) -> None:
    team = realtime.api.team()
    owner, guest = realtime.api.person(team, Role.ADMIN), realtime.api.person(team, Role.GUEST)
    with realtime.api.session() as session:
        ids = [owner.user.id, guest.user.id]
        chat = make_chat(session, team.id, ChatType.ROOM, ids, owner_id=owner.user.id, name="Room").id
    stream = realtime.stream(guest)
    stream.next("ready")
    url = f"{realtime.processes[0].url}/v1/team/{owner.team}/guest"
    body = {"email": guest.user.email, "chat": public_id(chat)}
    removed = httpx.request("DELETE", url, headers=owner.headers, json=body)
    assert removed.status_code == 200, removed.text
    realtime.tell(to_chat(team.id, chat), "message", "created", body="secret")
    realtime.tell(to_user(guest.user.id), last=True)
    seen = []
    while (told := stream.next().data)["model"] != "thing":
        seen.append((told["model"], told["verb"]))
    assert ("chat", "removedFrom") in seen
    assert "message" not in {model for model, _ in seen}


def test_records_are_told_by_both_processes_as_rest_shows_them(two: Realtime) -> None:
    team = two.api.team()
    jane, john = two.api.person(team), two.api.person(team)
    log = CallLog(team_id=team.id, started_at=utcnow())
    message = Voicemail(
        call_id=log.id, team_id=team.id, mailbox_kind="user", mailbox_id=jane.user.id, file=f"v/{log.id}.wav"
    )
    two.api.add(log, message)
    streams = [two.stream(jane, process=process) for process in (0, 1)]
    other, admin = two.stream(john), two.stream(two.api.person(team, Role.ADMIN), process=1)
    for stream in (*streams, other, admin):
        stream.next("ready")
    two.context.write(lambda session: tell_of_voicemail(session, "created", message))
    two.context.write(lambda session: tell_of_call_log(session, "created", log.id, team.id))
    path = f"/v1/voicemail/{public_id(message.id)}"
    answers = [
        httpx.request(method, two.processes[0].url + path, headers=jane.headers, json=body).json()
        for method, body in (("PATCH", {"read": True}), ("DELETE", None))
    ]
    two.tell(to_user(john.user.id), last=True)
    for stream in streams:
        told = [stream.next().data for _ in range(3)]
        assert [(it["model"], it["verb"]) for it in told] == [
            ("voicemail", verb) for verb in ("created", "updated", "destroyed")
        ]
        assert (told[1]["data"], "data" in told[2]) == (answers[0], False)
    assert [admin.next().data["model"] for _ in range(4)] == [
        "voicemail",
        "calllog",
        "voicemail",
        "voicemail",
    ]
    assert other.next().data["data"] == {"last": True}


def test_a_user_has_only_so_many_streams(realtime: Realtime) -> None:
    jane = realtime.api.person(realtime.api.team())
    streams = [realtime.stream(jane) for _ in range(20)]
    for stream in streams:
        stream.next("ready")
    one_more = realtime.stream(jane)
    assert one_more.status == 429


def test_a_client_that_reads_nothing_is_cut_off_and_costs_the_others_nothing(realtime: Realtime) -> None:
    team = realtime.api.team()
    jane, slow = realtime.api.person(team), realtime.api.person(team)
    address = urlsplit(realtime.processes[0].url)
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect((address.hostname, address.port))
        token = slow.headers["Authorization"]
        asked = f"GET /v1/team/{slow.team}/stream HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\n\r\n"
        deaf.sendall(asked.encode())
        assert deaf.recv(12) == b"HTTP/1.1 200"
        stream = realtime.stream(jane)
        stream.next("ready")
        for number in range(120):
            realtime.tell(to_team(team.id), number=number, text="x" * 100_000)
            began = time.monotonic()
            assert stream.next().data["data"]["number"] == number
            assert time.monotonic() - began < 10
        log = realtime.processes[0].log
        wait_until(lambda: "a client of the stream is cut off" in log.read_text(), "the cut")


def test_clients_stay_while_redis_is_away_and_are_told_afterwards(
    make_realtime: Callable[..., Realtime],
) -> None:
    realtime = make_realtime()
    team = realtime.api.team()
    jane = realtime.api.person(team)
    stream = realtime.stream(jane)
    stream.next("ready")
    realtime.tell(to_team(team.id), number=1)
    stream.next()
    realtime.redis.stop()
    realtime.tell(to_team(team.id), number=2)
    realtime.redis.start()
    realtime.tell(to_team(team.id), number=3)
    assert [stream.next(seconds=30).data["data"]["number"] for _ in range(2)] == [2, 3]
    assert not stream.ended.is_set()


def test_the_process_ends_at_once_though_clients_are_connected(realtime: Realtime) -> None:
    jane = realtime.api.person(realtime.api.team())
    stream = realtime.stream(jane)
    stream.next("ready")
    realtime.processes[0].stop()
    assert stream.ended.wait(5)


@pytest.mark.parametrize("suspended", ["user", "team"])
def test_a_suspension_ends_streams_within_seconds(realtime: Realtime, suspended: str) -> None:
    """Sooner than the fan-out looks at all sessions, though no event comes."""
    team = realtime.api.team()
    jane = realtime.api.person(team)
    stream = realtime.stream(jane)
    stream.next("ready")

    def suspend(session: Session) -> None:
        if suspended == "user":
            platform.suspend_user(session, COMMAND_LINE, session.get_one(User, jane.user.id))
        else:
            platform.suspend_team(session, COMMAND_LINE, session.get_one(Team, team.id))

    realtime.context.write(suspend)
    assert stream.ended.wait(CHECK_SECONDS / 2)
    refused = realtime.stream(jane)
    assert (refused.status, refused.ended.wait(20)) == ({"user": 401, "team": 403}[suspended], True)
