"""One call for each block of a route on a real Asterisk, with digits by RFC 4733. The scenes play at the same time."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from sqlmodel import Session

from models.contact import Contact
from models.department import Department, DepartmentUser
from models.outbox import emit_command
from providers.speech.espeak_ng import EspeakNg
from switchroom.messages.commands import ReloadConfig
from tests.support.e2e.scenes import Scene, SceneSet
from tests.support.e2e.two_nodes import TwoNodes
from tests.support.servers import wait_until

pytestmark = [pytest.mark.pbx, pytest.mark.e2e, pytest.mark.timeout(400)]

scene = SceneSet()
END: dict[str, Any] = {"type": "hangup", "settings": {"sound": "beep"}}
COUNT = [f"digits/{n}" for n in range(1, 6)]
"""Some seconds to listen to."""
BEEP: dict[str, Any] = {"type": "play", "settings": {"sound": COUNT[:2]}, "exits": {"next": "end"}}


def block(type: str, exits: dict[str, str] | None = None, **settings: Any) -> dict[str, Any]:
    return {"type": type, "settings": settings, "exits": exits or {}}


@contextmanager
def web(path: str, status: int = 200) -> Iterator[HTTPServer]:
    """A server of the scene's own: answers with an order's state there, and keeps in `log` what came."""
    with HTTPServer("127.0.0.1") as server:
        server.expect_request(path).respond_with_json({"order": {"state": "sent"}}, status)
        yield server
        server.check()


# -- speak and listen ----------------------------------------------------------------------------------------


@scene
def play(s: Scene) -> None:
    did = s.route("one", one=block("play", {"next": "end"}, sound=["beep", "digits/1"]), end=END)
    s.ended(s.caller(did))
    assert s.path(did) == [("one", "next"), ("end", None)]
    assert s.log(did).disposition == "completed"


@scene
def say(s: Scene) -> None:
    text = "Welcome. You called {did} from {caller}."
    did = s.route("one", one=block("say", {"next": "end"}, text=text), end=END)
    s.ended(s.caller(did))
    log = s.log(did)
    assert s.path(did) == [("one", "next"), ("end", None)]
    assert log.path[1]["at"] - log.path[0]["at"] > 3, "it takes some seconds to say that"


@scene
def menu(s: Scene) -> None:
    exits = {"1": "end", "2": "two"}
    did = s.route("menu", menu=block("menu", exits, sound=COUNT, timeout=3), two=BEEP, end=END)
    s.ended(s.caller(did, digits=((1.0, "9"), (1.5, "2"))))
    assert s.path(did) == [("menu", "2"), ("two", "next"), ("end", None)]


@scene
def menu_where_nothing_is_pressed(s: Scene) -> None:
    exits = {"1": "end", "timeout": "late"}
    one = block("menu", exits, sound="beep", timeout=1, retries=1)
    did = s.route("menu", menu=one, late=BEEP, end=END)
    s.ended(s.caller(did))
    assert s.path(did) == [("menu", "timeout"), ("late", "next"), ("end", None)]


@scene
def menu_that_is_spoken_to(s: Scene) -> None:
    said = s.folder / "said.wav"
    said.write_bytes(EspeakNg().synthesize("technical support", "en-us", "en-us+f3"))
    speech = {"opening hours": "1", "technical support": "2"}
    exits = {"1": "end", "2": "two", "timeout": "end"}
    menu = block("menu", exits, sound="beep", timeout=8, retries=0, speech=speech)
    did = s.route("menu", menu=menu, two=BEEP, end=END)
    s.ended(s.caller(did, says=(1.5, said)))
    assert s.path(did) == [("menu", "2"), ("two", "next"), ("end", None)]
    spool = s.system.settings.spool_dir / "speech"
    assert not list(spool.glob(f"{s.log(did).id}*")), "what was said is not kept"


@scene
def collect(s: Scene) -> None:
    case = {"name": "right", "when": [{"variable": "pin", "is": "equals", "value": "4711"}]}
    did = s.route(
        "pin",
        pin=block("collect", {"next": "check"}, sound="beep", variable="pin", min=4, max=6),
        check=block("match", {"right": "good", "else": "end"}, cases=[case]),
        good=BEEP,
        end=END,
    )
    digits = ((1.0, "4"), (0.7, "7"), (0.7, "1"), (0.7, "1"), (0.7, "#"))
    s.ended(s.caller(did, digits=digits))
    assert s.path(did) == [("pin", "next"), ("check", "right"), ("good", "next"), ("end", None)]


@scene
def record(s: Scene) -> None:
    did = s.route("one", one=block("record", {"next": "end"}, max_seconds=3), end=END)
    s.ended(s.caller(did, audio_seconds=5))
    log = s.log(did)
    assert s.path(did) == [("one", "next"), ("end", None)]
    message = s.message(log.id)
    assert (message.mailbox_kind, message.mailbox_id) == ("call", log.id)
    wait_until(lambda: s.message(log.id).state == "stored", "the message on S3", 40)
    assert 2 <= (s.message(log.id).seconds or 0) <= 4


# -- decide --------------------------------------------------------------------------------------------------


@scene
def hours(s: Scene) -> None:
    always = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    did = s.route(
        "never",
        never=block("hours", {"open": "end", "closed": "always"}, timezone="Europe/Berlin", weekly={}),
        always=block("hours", {"open": "beep", "closed": "end"}, timezone="Asia/Tokyo", weekly=always),
        beep=BEEP,
        end=END,
    )
    s.ended(s.caller(did))
    assert s.path(did) == [("never", "closed"), ("always", "open"), ("beep", "next"), ("end", None)]


@scene
def caller(s: Scene) -> None:
    cases = [{"name": "vip", "numbers": ["+14165550777"]}, {"name": "local", "prefixes": ["+1416"]}]
    did = s.route(
        "who",
        who=block("caller", {"vip": "end", "local": "beep", "else": "end"}, cases=cases),
        beep=BEEP,
        end=END,
    )
    s.ended(s.caller(did))
    assert s.path(did)[0] == ("who", "local")
    s.ended(s.caller(did, caller="+14165550777"))
    assert s.logs(did, 2)[1].path[0]["exit"] == "vip"


@scene
def caller_who_is_a_contact(s: Scene) -> None:
    cases = [{"name": "known", "contact": True}]
    did = s.route(
        "who", who=block("caller", {"known": "end", "else": "beep"}, cases=cases), beep=BEEP, end=END
    )
    s.ended(s.caller(did, caller="+14165550778"))
    assert s.path(did)[0] == ("who", "else"), "nobody's contact"
    contact = Contact(team_id=s.system.team_id, first_name="Ann", cell_number="+14165550778")
    s.system.transaction(lambda session: session.add(contact))
    s.ended(s.caller(did, caller="+14165550778"))
    assert s.logs(did, 2)[1].path[0]["exit"] == "known"


@scene
def match_and_set(s: Scene) -> None:
    when = [{"variable": "greeting", "is": "starts-with", "value": "hello +1416"}]
    did = s.route(
        "set",
        set=block(
            "set", {"next": "match"}, variables={"greeting": "hello {caller}"}, tags=["vip"], language="de"
        ),
        match=block("match", {"ours": "beep", "else": "end"}, cases=[{"name": "ours", "when": when}]),
        beep=BEEP,
        end=END,
    )
    s.ended(s.caller(did))
    assert s.path(did)[:2] == [("set", "next"), ("match", "ours")]
    assert (s.log(did).tags, s.log(did).language) == (["vip"], "de")


@scene
def percent(s: Scene) -> None:
    did = s.route(
        "split", split=block("percent", {"all": "beep", "none": "end"}, branches={"all": 100, "none": 0}),
        beep=BEEP, end=END,
    )  # fmt: skip
    s.ended(s.caller(did))
    assert s.path(did)[0] == ("split", "all")


@scene
def queue_state(s: Scene) -> None:
    queue = s.queue(1)
    when = [{"figure": "available", "is": "greater", "value": 0}]
    state = block(
        "queue-state", {"free": "beep", "else": "end"}, queue=queue.id, cases=[{"name": "free", "when": when}]
    )
    did = s.route("state", state=state, beep=BEEP, end=END)
    s.ended(s.caller(did))
    queue.phones()
    s.ended(s.caller(did))
    before, after = s.logs(did, 2)
    assert (before.path[0]["exit"], after.path[0]["exit"]) == ("else", "free")


# -- set -----------------------------------------------------------------------------------------------------


@scene
def fetch(s: Scene) -> None:
    when = [{"variable": "state", "is": "equals", "value": "sent"}]
    match = block("match", {"sent": "beep", "else": "end"}, cases=[{"name": "sent", "when": when}])
    with web("/orders") as server:
        url, variables = server.url_for("/orders?n={caller}"), {"state": "order.state"}
        get = block("fetch", {"next": "match", "failed": "end"}, url=url, variables=variables)
        did = s.route("get", get=get, match=match, beep=BEEP, end=END)
        s.ended(s.caller(did))
    assert s.path(did)[:2] == [("get", "next"), ("match", "sent")]
    ((request, _),) = server.log
    assert (request.method, request.query_string, request.data) == ("GET", b"n=%2B14165550123", b"")


@scene
def fetch_that_fails(s: Scene) -> None:
    with web("/missing", 404) as server:
        get = block("fetch", {"next": "end", "failed": "beep"}, url=server.url_for("/missing"))
        did = s.route("get", get=get, beep=BEEP, end=END)
        s.ended(s.caller(did))
    assert s.path(did)[0] == ("get", "failed")
    assert len(server.log) == 1


@scene
def notify(s: Scene) -> None:
    with web("/hook") as server:
        to = server.url_for("/hook")
        tell = block("notify", {"next": "beep"}, kind="webhook", to=to, subject="Call", text="{caller} calls")
        did = s.route("tell", tell=tell, beep=BEEP, end=END)
        s.ended(s.caller(did))
        wait_until(lambda: bool(server.log), "the webhook", 30)
    request, _ = server.log[0]
    assert request.method == "POST"
    assert "+14165550123 calls" in request.get_json()["text"]


# -- send ----------------------------------------------------------------------------------------------------


@scene
def queue(s: Scene) -> None:
    served = s.queue(1)
    served.phones(ring=0.1, talk=0.4)
    did = s.route("q", q=block("queue", {"timeout": "end"}, queue=served.id, timeout=30), end=END)
    s.ended(s.caller(did))
    assert s.log(did).agent_id == served.agents[0].id
    decisions = s.log(did).decisions
    assert (decisions[0]["position"], decisions[0]["strategy"]) == (1, "longest-idle")


@scene
def queue_that_is_left_by_a_digit(s: Scene) -> None:
    waiting = s.queue(0)
    did = s.route("q", q=block("queue", {"1": "beep"}, queue=waiting.id), beep=BEEP, end=END)
    s.ended(s.caller(did, digits=((1.5, "5"), (1.0, "1"))))
    assert s.path(did) == [("q", "1"), ("beep", "next"), ("end", None)]


@scene
def queue_that_overflows(s: Scene) -> None:
    other = s.queue(1)
    other.phones(ring=0.1, talk=0.4)
    full = s.queue(0, max_wait=1.0, overflow={"type": "queue", "settings": {"queue": other.id}})
    did = s.route("q", q=block("queue", queue=full.id))
    s.ended(s.caller(did))
    assert s.log(did).agent_id == other.agents[0].id


@scene
def queue_that_announces(s: Scene) -> None:
    """The announcement is cut off by the offer."""
    comfort = {"comfort_sounds": ["queue-thankyou"], "comfort_every": 10.0}
    served = s.queue(1, announce_position=True, announce_first=1.0, announce_every=10.0, **comfort)
    caller = s.caller(served.did)
    wait_until(lambda: len(s.system.waiting(served.id)) == 1, "the caller waits")
    threading.Event().wait(1.5)
    served.phones(ring=0.1, talk=0.4)
    s.ended(caller)
    assert s.log(served.did).agent_id == served.agents[0].id


@scene
def queue_that_whispers(s: Scene) -> None:
    served = s.queue(1, agent_sounds=["digits/1", "digits/2"], agent_wait=True)
    served.phones(ring=0.1, talk=4)
    s.ended(s.caller(served.did))
    assert s.log(served.did).disposition == "answered"


@scene
def skills_and_relaxation(s: Scene) -> None:
    served = s.queue(
        2,
        members={0: {"skills": [["french", 2]]}, 1: {"skills": [["french", 5]]}},
        skills=[{"skill": "french", "level": 5, "required": True}],
        relaxation=[{"after": 2, "lower": 3}],
    )
    low = served.phones(0, ring=0.1, talk=0.4)
    caller = s.caller(served.did)
    s.ended(caller)
    log = s.log(served.did)
    assert log.wait >= 1.9, "the lesser skill serves after the relaxation alone"
    served.phones(1, ring=0.1, talk=0.4)
    s.ended(s.caller(served.did))
    assert s.logs(served.did, 2)[1].agent_id == served.agents[1].id
    assert len(low.events("invite")) == 1


@scene
def agent(s: Scene) -> None:
    served = s.queue(1)
    phones = served.phones(ring=0.1, talk=0.4)
    one = block("agent", {"failed": "beep", "busy": "end"}, agent=served.agents[0].id)
    did = s.route("one", one=one, beep=BEEP, end=END)
    s.ended(s.caller(did))
    assert len(phones.events("answered")) == 1
    s.available(served.agents, "Away")
    s.ended(s.caller(did))
    assert s.logs(did, 2)[1].path[0]["exit"] == "failed"


@scene
def user(s: Scene) -> None:
    served = s.queue(1)
    phones = served.phones(available=False, ring=0.1, talk=0.4)
    member = s.member_of(served.agents[0])
    did = s.route("one", one=block("user", user=member.user_id))
    s.ended(s.caller(did))
    assert len(phones.events("answered")) == 1


@scene
def user_who_forwards(s: Scene) -> None:
    served = s.queue(1)
    s.forward(served.agents[0], "+14165557111")
    did = s.route("one", one=block("user", user=s.member_of(served.agents[0]).user_id))
    s.ended(s.caller(did))
    (leg,) = s.log(did).legs
    assert (leg["number"], leg["outcome"]) == ("+14165557111", "answered")


@scene
def user_who_is_not_there(s: Scene) -> None:
    served = s.queue(1)
    did = s.route("one", one=block("user", user=s.member_of(served.agents[0]).user_id))
    s.ended(s.caller(did, hang_up=12, audio_seconds=12))
    assert s.log(did).disposition == "voicemail"


@scene
def department(s: Scene) -> None:
    served = s.queue(2)
    first = served.phones(0, available=False, ring=0.3, reject=486)
    second = served.phones(1, available=False, ring=0.1, talk=0.4)
    users = [s.member_of(agent).user_id for agent in served.agents]

    def work(session: Session) -> str:
        row = Department(team_id=s.system.team_id, name=served.did, ring_type="sequential")
        session.add(row)
        session.flush()
        for user in users:
            session.add(DepartmentUser(department_id=row.id, user_id=user))
            session.flush()
        emit_command(session, ReloadConfig(kind="department", id=row.id))
        return row.id

    id: str = s.system.transaction(work)
    did = s.route("one", one=block("department", {"failed": "end"}, department=id, timeout=10), end=END)
    s.ended(s.caller(did))
    assert (len(first.events("rejected")), len(second.events("answered"))) == (1, 1)


@scene
def number(s: Scene) -> None:
    did = s.route("out", out=block("number", {"failed": "end"}, number="+14165557112"), end=END)
    s.ended(s.caller(did))
    assert s.log(did).legs[0]["outcome"] == "answered"


@scene
def conference(s: Scene) -> None:
    did = s.route("room", room=block("conference", room="daily", max_members=2))
    first = s.caller(did, hang_up=6, audio_seconds=6)
    second = s.caller(did, hang_up=3, audio_seconds=3)
    states = ["conference", "conference"]
    wait_until(
        lambda: [c["state"] for c in s.system.lives("call") if c["did"] == did] == states, "both are in"
    )
    s.ended(s.caller(did))
    s.ended(second)
    s.ended(first)
    assert sorted(str(log.path[0]["exit"]) for log in s.logs(did, 3)) == ["None", "None", "failed"]


@scene
def voicemail(s: Scene) -> None:
    box = {"kind": "team", "id": s.system.team_id}
    did = s.route("box", box=block("voicemail", mailbox=box, greeting="beep", max_seconds=5))
    s.ended(s.caller(did, audio_seconds=4, hang_up=4))
    log = s.log(did)
    assert log.disposition == "voicemail"
    assert s.message(log.id).mailbox_kind == "team"


@scene
def callback(s: Scene) -> None:
    """The caller asks for it, hangs up, keeps its place, and is rung when an agent is free."""
    served = s.queue(1)
    did = s.route(
        "q",
        q=block("queue", {"1": "back"}, queue=served.id),
        back=block("callback", {"next": "end", "failed": "end"}, number="+14165557113", sound="beep"),
        end=END,
    )
    s.ended(s.caller(did, digits=((1.5, "1"),)))
    asked = s.log(did)
    assert asked.disposition == "callback"
    phones = served.phones(ring=0.2, talk=1.5)
    phones.wait_for("answered", seconds=20)
    wait_until(lambda: len(s.both.callbacks(asked.callback or "")) == 1, "the callback's record", 30)
    (attempt,) = s.both.callbacks(asked.callback or "")
    assert (attempt.direction, attempt.disposition) == ("callback", "answered")
    assert attempt.agent_id == served.agents[0].id
    assert [leg["outcome"] for leg in attempt.legs] == ["answered"]


@scene
def route(s: Scene) -> None:
    did = s.did()
    other = s.both.routed(did, "beep", {"beep": BEEP, "end": END})
    first = s.route("go", go=block("route", {"failed": "end"}, route=other), end=END)
    s.ended(s.caller(first))
    assert s.path(first) == [("go", None), ("beep", "next"), ("end", None)]


@scene
def hangup(s: Scene) -> None:
    did = s.route("busy", busy=block("hangup", cause=17))
    s.ended(s.caller(did, expect=486))
    assert s.log(did).hangup_cause == 17


@scene
def early_hang_ups(s: Scene) -> None:
    """At each kind of block the caller goes, and nothing stays."""
    box = {"kind": "team", "id": s.system.team_id}
    blocks = {
        "play": block("play", {"next": "end"}, sound=COUNT),
        "say": block(
            "say", {"next": "end"}, text="One two three four five six seven eight nine ten eleven twelve."
        ),
        "menu": block("menu", {"1": "end"}, sound=COUNT),
        "collect": block("collect", {"next": "end"}, sound=COUNT, variable="x"),
        "record": block("record", {"next": "end"}, max_seconds=20),
        "voicemail": block("voicemail", mailbox=box, greeting="beep", max_seconds=20),
    }
    for name, one in blocks.items():
        did = s.route(name, **{name: one}, end=END)
        s.ended(s.caller(did, hang_up=0.6))
        log = s.log(did)
        assert (log.ended_by, log.path[-1]["block"]) == ("caller", name)


@pytest.fixture(scope="module")
def played(
    two_nodes: TwoNodes, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[dict[str, Future[None]]]:
    folder = tmp_path_factory.mktemp("blocks")
    with two_nodes.outside_line(folder, ring=0.3, talk=2):
        yield from scene.play(two_nodes, folder, request)


@pytest.mark.parametrize("name", scene.plays)
def test_block(played: dict[str, Future[None]], name: str) -> None:
    played[name].result(300)


def test_nothing_is_left_behind(played: dict[str, Future[None]], two_nodes: TwoNodes) -> None:
    for future in played.values():
        future.exception(300)
    wait_until(lambda: two_nodes.system.lives("call") == [], "no live call is left")
