"""Search: ranked, in any script, and only what the caller may see. The database keeps the index by itself."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session

from api.search import service
from api.search.highlight import snippet
from models import (
    CallLog,
    Chat,
    ChatUser,
    Contact,
    File,
    Message,
    Recording,
    Role,
    Voicemail,
    WorkspaceEvent,
    utcnow,
)
from models.message import post
from models.search import Kind, SearchEntry, find, parse
from switchroom.search_words import search_words
from tests.api.chat.test_files import room
from tests.contract.sections.test_chats import GROUP, PERSON
from tests.support.api.client import Api, Person
from tests.support.api.documented import assert_documented
from tests.support.api.world import World, pid, world_of

TEXTS = (
    "Élodie's <b>CONTRACT</b> for jane.doe@example.com: +1 (416) 555-0100",
    "会议室在三楼, iPhone手机 ok",
    "東京タワーへ行きます。ｶﾀｶﾅ",
    "ห้องประชุมชั้นสาม",
    "हिन्दी में किताब।",
    "Straße ŁÓDŹ ǅ İstanbul ﬁ x² 🙂👍 naïve",
    "שָׁלוֹם עולם مرحبا، بالعالم",
    "a_b-c/d\\e 'quoted' \"double\" <3 a < b > c </p><script>x</script>",
    "می\u200cخواهم क्\u200dष \u1c81\u1c82ма",
    "",
)


@pytest.fixture
def world(make_api: Callable[..., Api], any_database_url: str) -> World:
    return world_of(make_api(any_database_url, s3_access_key="key", s3_secret_key="secret"))


def say(world: World, chat: Chat, body: str, sender: Person | None = None) -> str:
    with world.api.session() as session:
        from_id = (sender or world.member).user.id
        return post(session, Message(chat_id=chat.id, number=0, from_id=from_id, body=body)).id


def found(world: World, person: Person, term: str, what: str = "messages") -> list[dict[str, Any]]:
    answer = world.call(person, "GET", f"/search/{pid(world.team)}/{what}/{term}")
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()
    return rows


def bodies(world: World, person: Person, term: str) -> list[str]:
    return [message["body"] for message in found(world, person, term)]


@pytest.mark.service
def test_the_database_and_python_find_the_same_words(world: World) -> None:
    with Session(world.api.context.engine) as session:
        for said in TEXTS:
            mine = session.scalar(text("SELECT search_words(:said)"), {"said": said})
            assert mine == search_words(said)


@pytest.mark.unit
@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("Élodie's <b>CONTRACT</b>", "elodie s contract"),
        ("会议室", "会议 议室 室"),
        ("iPhone手机", "iphone 手机 机"),
        ("हिन्दी किताब।", "हिन्दी किताब"),
        ("a < b and c > d", "a b and c d"),
        ("می\u200cخواهم", "می خواهم"),
        ("\u1c81\u1c82ма", "дома"),
    ],
)
def test_words(said: str, words: str) -> None:
    assert search_words(said) == words


@pytest.mark.service
@pytest.mark.operation("search-messages", "search-chat-messages")
def test_words_are_found_by_their_beginning_in_any_script(world: World) -> None:
    chat = room(world, world.member, world.admin)
    for said in TEXTS[:-1]:
        say(world, chat, said)
    expected = {
        "contr": 0, "ELODIE": 0, "élodie": 0, "jane.doe@example.com": 0, "jane@doe": 0, "416 555": 0,
        "ontract": None,
        "会议室": 1, "议室": 1, "室": 1, "楼": 1, "会室": None, "iphone手机": 1, "手": 1,
        "タワー": 2, "カタカナ": 2, "ประชุม": 3, "किताब": 4, "strasse": 5, "łódź": 5, "lodz": 5, "fi": 5, "naive": 5,
        "שָׁלוֹם": 6, "עולם": 6, "مرحبا": 6, "quoted": 7, "script": None, '"quoted double"': 7, '"double quoted"': None,
        '"doub"': None, "e quo": 7, "خواهم": 8, "می\u200cخواهم": 8, "дома": 8,
    }  # fmt: skip
    for term, place in expected.items():
        assert bodies(world, world.admin, term) == ([] if place is None else [TEXTS[place]]), term
    inside = world.call(world.admin, "GET", f"/search/chat/{pid(chat)}/contract").json()
    assert [message["body"] for message in inside] == [TEXTS[0]]


@pytest.mark.service
def test_a_term_is_never_read_as_a_query(world: World) -> None:
    chat = room(world, world.member)
    say(world, chat, "plain words near here")
    secret = room(world, world.admin)
    say(world, secret, "secret words")
    for term in (
        'words" OR "secret', "words OR secret", "words NOT plain", "words*", "wor:*", "words | secret",
        "words & !plain",
        "words' | 'secret", "=m" + secret.id, "=t" + world.team.id, "words) OR (secret", "NEAR(plain here)",
        "{a b}: words",
        "^words", "words -plain", "words + plain", "\\", "'", '"', "%27", "words \\' |", "a" * 200,
    ):  # fmt: skip
        answer = world.call(world.member, "GET", f"/search/{pid(world.team)}/messages/{term}")
        assert answer.status_code in (200, 400), (term, answer.text)
        assert "secret words" not in answer.text
    assert world.call(world.member, "GET", f"/search/{pid(world.team)}/...").json()["response"] == {
        "search_term": "Has no letter or digit"
    }


@pytest.mark.service
def test_a_search_without_a_term_says_what_is_missing(world: World) -> None:
    team, chat = world.member.team, room(world, world.member)
    kinds = [f"/search/{team}/{kind}/" for kind in ("chats", "users", "messages", "files", "workspace")]
    for path in (f"/search/{team}/", f"/search/{world.team.slug}", *kinds, f"/search/chat/{pid(chat)}/"):
        answer = world.call(world.member, "GET", path)
        assert (answer.status_code, answer.json()["errorType"]) == (400, "validation"), path
        assert list(answer.json()["response"]) == ["search_term"]
        assert world.call(None, "GET", path).status_code == 401
    assert world.call(world.stranger, "GET", f"/search/{team}/").status_code == 404
    for term in ("hello/", "chats"):
        assert world.call(world.member, "GET", f"/search/{team}/{term}").status_code == 200, term


def test_the_best_come_first_and_pages_follow(world: World) -> None:
    chat = room(world, world.member)
    say(world, chat, "invoice invoice invoice")
    for number in range(5):
        say(world, chat, f"the invoice {number}")
    say(world, chat, "invoices are prefixes only")
    say(world, chat, "invoice " + "and much else " * 30)
    ranked = bodies(world, world.member, "invoice")
    assert ranked[:6] == ["invoice invoice invoice", *(f"the invoice {n}" for n in (4, 3, 2, 1, 0))]
    answer = world.call(
        world.member, "GET", f"/search/{pid(world.team)}/messages/invoice", params={"limit": 2, "skip": 1}
    )
    assert [message["body"] for message in answer.json()] == ranked[1:3]


@pytest.mark.service
@pytest.mark.parametrize("most", [service.FEW_CHATS, 0])
def test_only_the_chats_of_the_caller_are_searched(
    world: World, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`most`: the index is asked for the caller's chats, or for the team's messages of these chats."""
    monkeypatch.setattr(service, "FEW_CHATS", most)
    mine, theirs = room(world, world.member), room(world, world.admin, name="Kestrel")
    guest = world.api.person(world.team, Role.GUEST)
    shared = room(world, world.admin, guest)
    for chat in (mine, theirs, shared):
        say(world, chat, f"kestrel in {chat.id}", world.admin)
    assert [message["chat"] for message in found(world, world.member, "kestrel")] == [pid(mine)]
    assert {message["chat"] for message in found(world, world.admin, "kestrel")} == {pid(theirs), pid(shared)}
    assert found(world, world.member, "kestrel", "chats") == []
    (hit,) = found(world, world.admin, "kest", "chats")
    assert_documented(hit, GROUP)
    assert hit["snippet"] == "<mark>Kest</mark>rel"
    in_shared = f"/search/chat/{pid(shared)}/kestrel"
    assert len(world.call(guest, "GET", in_shared).json()) == 1
    for person in (world.member, world.stranger):
        assert world.call(person, "GET", in_shared).status_code == 404
    with world.api.session() as session:
        session.delete(session.get_one(ChatUser, (mine.id, world.member.user.id)))
    assert found(world, world.member, "kestrel") == []


@pytest.mark.service
@pytest.mark.parametrize("most", [service.FEW_CHATS, 0])
def test_messages_that_the_caller_may_not_see_take_no_place(
    world: World, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "FEW_CHATS", most)
    monkeypatch.setattr(service, "PAGE", 5)
    mine, theirs = room(world, world.member), room(world, world.admin)
    say(world, mine, "kestrel of mine")
    for number in range(12):
        say(world, theirs, f"kestrel {number}", world.admin)
    assert bodies(world, world.member, "kestrel") == ["kestrel of mine"]
    assert len(bodies(world, world.admin, "kestrel")) == 5


@pytest.mark.service
@pytest.mark.operation(
    "search-all", "search-chats", "search-users", "search-files", "search-workspace", "search-chat-messages"
)
def test_everything_is_found_by_those_who_see_it(world: World) -> None:
    team, member = world.team.id, world.member
    chat = room(world, member, world.admin, name="Kestrel room")
    other = world.api.person(world.team)
    message = say(world, chat, "the kestrel flies", world.admin)
    file = File(team_id=team, user_id=member.user.id, name="kestrel.png", filename="k", extension="png",
                type="image/png", size=1, sha256="", comment="A bird")  # fmt: skip
    contact = Contact(owner_id=member.user.id, team_id=team, first_name="Ada", last_name="Kestrel")
    personal = Contact(owner_id=member.user.id, first_name="Kestrel", last_name="Private")
    agent = world.agent(member)
    call = CallLog(team_id=team, caller_name="Kestrel Ltd", agent_id=agent.id, started_at=utcnow())
    spoken = CallLog(team_id=team, caller_name="Someone", agent_id=agent.id, started_at=utcnow())
    recording = Recording(team_id=team, call_id=spoken.id, file_base="r", state="stored")
    voicemail = Voicemail(team_id=team, call_id=call.id, mailbox_kind="user", mailbox_id=member.user.id,
                          file="v", state="stored", caller="+14165550100")  # fmt: skip
    event = WorkspaceEvent(
        team_id=team, user_id=member.user.id, type="mention", chat_id=chat.id, message_id=message
    )
    world.api.add(file, contact, personal, call, spoken, recording, voicemail, event)
    with world.api.session() as session:
        for row in (recording, voicemail):
            said = {"lines": [], "text": "I saw a kestrel on the roof", "seconds": 3.0}
            session.get_one(type(row), row.id).transcript = said

    def hits(person: Person, term: str = "kestrel") -> dict[str, list[str]]:
        answer = world.call(person, "GET", f"/search/{pid(world.team)}/{term}")
        assert answer.status_code == 200, answer.text
        return {kind: [row["id"][1:] for row in rows] for kind, rows in answer.json().items() if rows}

    mine = hits(member)
    assert set(mine.pop("calls")) == {call.id, spoken.id}
    assert set(mine.pop("contacts")) == {contact.id, personal.id}
    assert mine == {
        "chats": [chat.id], "messages": [message], "files": [file.id], "workspace": [event.id],
        "voicemails": [voicemail.id],
    }  # fmt: skip
    assert hits(other) == {"contacts": [contact.id]}
    assert set(hits(world.admin)) == {"chats", "messages", "contacts", "calls", "voicemails"} - (
        set() if "voicemails" in hits(world.admin) else {"voicemails"}
    )
    said = world.call(member, "GET", f"/search/{pid(world.team)}/roof").json()
    assert [row["snippet"] for row in said["calls"] + said["voicemails"]] == [
        "I saw a kestrel on the <mark>roof</mark>"
    ] * 2
    (person,) = found(world, other, world.admin.user.email, "users")
    assert_documented(person, PERSON)
    assert person["id"] == world.admin.id
    assert [row["id"] for row in found(world, member, "bird", "files")] == [pid(file)]
    (happened,) = found(world, member, "flies", "workspace")
    assert happened["snippet"] == "the kestrel <mark>flies</mark>"
    guest = world.api.person(world.team, Role.GUEST)
    for what in (
        "kestrel",
        *(f"{kind}/kestrel" for kind in ("chats", "users", "messages", "files", "workspace")),
    ):
        path = f"/search/{pid(world.team)}/{what}"
        assert world.call(None, "GET", path).status_code == 401
        for outsider in (world.stranger, guest):
            assert world.call(outsider, "GET", path).status_code == 404


@pytest.mark.service
def test_an_event_about_what_one_no_longer_sees_is_not_found_by_its_words(world: World) -> None:
    member = world.member
    call = CallLog(team_id=world.team.id, caller_name="Kestrel Ltd", started_at=utcnow())
    event = WorkspaceEvent(team_id=world.team.id, user_id=member.user.id, type="missed_call", call_id=call.id)
    world.api.add(call, event)
    assert found(world, member, "kestrel", "workspace") == []
    agent = world.agent(member)
    with world.api.session() as session:
        session.get_one(CallLog, call.id).agent_id = agent.id
    assert [row["id"] for row in found(world, member, "kestrel", "workspace")] == [pid(event)]


@pytest.mark.service
def test_the_index_follows_every_change_by_anybody(world: World) -> None:
    chat = room(world, world.member)
    message = say(world, chat, "old words")
    with world.api.context.engine.begin() as connection:
        connection.execute(text("UPDATE messages SET body = 'new words' WHERE id = :id"), {"id": message})
    assert (bodies(world, world.member, "old"), bodies(world, world.member, "new")) == ([], ["new words"])
    with world.api.context.engine.begin() as connection:
        connection.execute(text("DELETE FROM messages WHERE id = :id"), {"id": message})
    assert bodies(world, world.member, "words") == []
    with world.api.context.engine.begin() as connection:
        connection.execute(
            text("UPDATE users SET first_name = 'Zoë' WHERE id = :id"), {"id": world.member.user.id}
        )
    (user,) = found(world, world.admin, "zoe", "users")
    assert user["first_name"] == "Zoë"
    say(world, chat, "of a chat")
    with world.api.context.engine.begin() as connection:
        connection.execute(text("DELETE FROM chats WHERE id = :id"), {"id": chat.id})
        assert (
            connection.scalar(text("SELECT count(*) FROM search_entries WHERE words LIKE '% of a chat'")) == 0
        )


def test_the_newest_entries_are_found_first_however_far_apart_they_are(any_api: Api) -> None:
    """PostgreSQL is asked for ever larger parts. Entries stand on both sides of where these begin and end."""
    numbers = sorted({base + step for base in (2, 4096, 8192, 32_768, 65_536, 262_144, 524_288, 2**21, 2**22, 2**24)
                      for step in (-1, 0, 1)})  # fmt: skip
    with any_api.session() as session:
        session.add_all(
            SearchEntry(
                number=number, row_id=str(number), object_id=str(number), words="=tteam the annual report"
            )
            for number in numbers
        )

    def search(term: str, **options: Any) -> list[int]:
        query = parse(term)
        assert query
        with Session(any_api.context.engine) as session:
            return [one.number for one in find(session, query, Kind.TEAM_MESSAGES, ["team"], **options)]

    for term in ("annu", "the rep", '"annual report"', '"the annual report"', "reports"):
        expected = [] if term == "reports" else numbers[::-1]
        assert search(term, limit=100) == expected
        assert search(term, limit=4) == expected[:4]
        for at in (1, 7, 12, len(numbers)):
            assert search(term, before=expected[at - 1] if expected else 9, limit=5) == expected[at : at + 5]


def test_the_index_is_made_again_where_our_functions_are_not_in_the_search_path(
    make_api: Callable[..., Api], postgres_url: str
) -> None:
    """As a backup is restored, and as newer releases of PostgreSQL maintain an index."""
    api = make_api(postgres_url)
    with api.session() as session:
        session.add(SearchEntry(number=1, row_id="1", object_id="1", words="=tteam the annual report"))
    with api.context.engine.connect() as connection:
        connection.execute(text("SET search_path = ''"))
        connection.execute(text("REINDEX INDEX public.ix_search_entries_lexemes"))
        connection.rollback()


def test_a_phrase_is_none_whose_words_stand_apart(any_api: Api) -> None:
    texts = ("of the people", "the people of the town", "people of town the", "会议室 在 三楼", "会议 议室")
    with any_api.session() as session:
        for number, said in enumerate(texts):
            words = f"=tteam {search_words(said)}"
            entry = SearchEntry(number=number + 1, row_id=str(number), object_id=str(number), words=words)
            session.add(entry)
            session.flush()

    def search(term: str) -> set[str]:
        query = parse(term)
        assert query
        with Session(any_api.context.engine) as session:
            return {one.object_id for one in find(session, query, Kind.TEAM_MESSAGES, ["team"], limit=9)}

    assert search('"of the"') == {"0", "1"}
    assert search('"the people"') == {"0", "1"}
    assert search('"the people of the"') == {"1"}
    assert search('"people of the"') == {"1"}
    assert search('"of the peop"') == set(), "whole words"
    assert search('"of the" town') == {"1"}
    assert search("会议室") == {"3"}
    assert search("议室") == {"3", "4"}
    assert search("室") == {"3", "4"}


@pytest.mark.unit
@pytest.mark.parametrize(
    ("term", "said", "shown"),
    [
        ("elod", "<p>Bonjour <b>Élodie</b> & co</p>", "Bonjour <mark>Élod</mark>ie &amp; co"),
        ("e\u0301lod", "E\u0301lodie", "<mark>E\u0301lod</mark>ie"),
        ('"see you"', "I see you. See, you <3", "I <mark>see you</mark>. <mark>See, you</mark> &lt;3"),
        ("议室", "在会议室里", "在会<mark>议室</mark>里"),
        ("b", "abc b", "abc <mark>b</mark>"),
        ("strasse", "Hauptstraße Straße", "Hauptstraße <mark>Straße</mark>"),
        ("x", "a b", None),
        ("img", "<img src=x onerror=alert(1)> img", "<mark>img</mark>"),
    ],
)
def test_snippets_are_safe_html(term: str, said: str, shown: str | None) -> None:
    query = parse(term)
    assert query
    assert snippet(query, [said]) == shown


@pytest.mark.unit
def test_a_snippet_of_a_huge_text_is_short_and_soon_made() -> None:
    query = parse("needle")
    assert query
    began = time.perf_counter()
    made = snippet(query, ["hay " * 10_000 + "needle " + "hay " * 10_000])
    assert made
    assert "<mark>needle</mark>" in made
    assert len(made) < 260
    assert time.perf_counter() - began < 2
