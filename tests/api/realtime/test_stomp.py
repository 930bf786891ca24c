"""The stock @stomp/stompjs client at `/inbox/ws`."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from sqlmodel import Session, select

from models import Agent, AuthSession, Contact, Conversation, InboxChannel, InboxMessage, InboxWork, utcnow
from models.contact_merge import merge_contacts
from models.conversation import tell_of_conversation
from models.inbox_channel import tell_of_channel
from models.inbox_message import receive
from models.inbox_note import write_note
from models.inbox_survey import begin_survey
from switchroom.ids import new_id
from switchroom.inbox import Inbound
from switchroom.messages.records import WorkOfferEntry, WorkOfferRecord
from tests.api.realtime.conftest import Realtime
from tests.support.api.client import Person
from tests.support.api.inbox import did
from tests.support.node import install
from tests.support.realtime.stomp import PACKAGES, StompClient
from workers.records.work import write_work

pytestmark = [pytest.mark.service, pytest.mark.long]

MESSAGES, UNREAD = "/user/queue/airy/message/upsert", "/user/queue/airy/unread-count/update"


@dataclass
class Desk:
    """An organization with a channel, whose members connect to `/inbox/ws`."""

    realtime: Realtime
    packages: Path
    clients: list[StompClient]

    def __post_init__(self) -> None:
        api = self.realtime.api
        self.team = api.team()
        self.jane, self.joe = api.person(self.team), api.person(self.team)
        self.channel = InboxChannel(
            team_id=self.team.id, source="FACEBOOK", external_id="page", name="Page", state="connected"
        )
        api.add(self.channel)
        self._number = 0

    def client(self, person: Person, process: int = 0) -> StompClient:
        client = self.attempt(person.headers["Authorization"], process)
        client.wait(lambda line: "connected" in line)
        return client

    def attempt(self, authorization: str, process: int = 0) -> StompClient:
        url = self.realtime.processes[process].url.replace("http", "ws") + "/inbox/ws"
        self.clients.append(StompClient(self.packages, url, authorization))
        return self.clients[-1]

    def hears(self, text: str, sender: str = "psid") -> InboxMessage:
        self._number += 1
        told = Inbound(str(self._number), sender, text, utcnow(), sender_name="Grace Hopper")
        context = self.realtime.context

        def store(session: object) -> InboxMessage | None:
            return receive(session, session.get_one(InboxChannel, self.channel.id), told)  # type: ignore[attr-defined,arg-type]

        message = context.write(store)
        assert message is not None
        assert context.relay.flush()
        return message


@pytest.fixture(scope="session")
def stomp_packages(request: pytest.FixtureRequest) -> Path:
    return install(PACKAGES, Path(request.config.cache.mkdir("stomp")))


@pytest.fixture
def make_desk(stomp_packages: Path) -> Iterator[Callable[[Realtime], Desk]]:
    desks: list[Desk] = []

    def make(realtime: Realtime) -> Desk:
        desks.append(Desk(realtime, stomp_packages, []))
        return desks[-1]

    yield make
    for desk in desks:
        for client in desk.clients:
            client.stop()


@pytest.fixture
def desk(realtime: Realtime, make_desk: Callable[[Realtime], Desk]) -> Desk:
    return make_desk(realtime)


def test_a_client_hears_messages_and_its_own_unread_counts(desk: Desk) -> None:
    jane, joe = desk.client(desk.jane), desk.client(desk.joe)
    for client in (jane, joe):
        client.subscribe(MESSAGES)
        client.subscribe(UNREAD, "2")
    first = desk.hears("Hello")
    told = jane.message()
    assert told["headers"]["destination"] == MESSAGES
    assert told["body"].keys() == {"conversation_id", "channel_id", "message"}
    assert (told["body"]["conversation_id"], told["body"]["channel_id"]) == (
        did(first.conversation_id), did(desk.channel),
    )  # fmt: skip
    assert told["body"]["message"]["text"] == "Hello"
    assert joe.message()["body"] == told["body"]
    assert jane.message("2")["body"].keys() == {"conversation_id", "unread_message_count", "timestamp"}
    assert joe.message("2")["body"]["unread_message_count"] == 1
    from models.conversation import see_conversation

    def reads(session: object) -> None:
        conversation = session.get_one(Conversation, first.conversation_id)  # type: ignore[attr-defined]
        see_conversation(session, conversation, desk.jane.user.id)  # type: ignore[arg-type]

    desk.realtime.context.write(reads)
    assert desk.realtime.context.relay.flush()
    assert jane.message("2")["body"]["unread_message_count"] == 0
    assert joe.message("2")["body"]["unread_message_count"] == 1
    jane.says(unsubscribe="1")
    jane.wait(lambda line: line.get("unsubscribed") == "1")
    desk.hears("Again")
    assert jane.message("2")["body"]["unread_message_count"] == 1
    assert joe.message()["body"]["message"]["text"] == "Again"
    jane.says(deactivate=True)
    jane.wait(lambda line: line.get("deactivated") is True)


def test_agents_help_is_told(desk: Desk) -> None:
    jane = desk.client(desk.jane)
    for number, name in enumerate(
        ("conversation/update", "note/upsert", "contact/merged", "survey/answered")
    ):
        jane.subscribe(f"/user/queue/airy/{name}", f"help{number}")
    first, second = desk.hears("Hello"), desk.hears("Again", sender="psid2")

    def help_(session: Session) -> None:
        one, two = (session.get_one(Conversation, message.conversation_id) for message in (first, second))
        one.assignee_id = desk.jane.user.id
        tell_of_conversation(session, one)
        write_note(session, one, desk.jane.user.id, "urgent")
        kept, other = (session.get_one(Contact, talk.contact_id) for talk in (one, two))
        merge_contacts(session, kept, other, desk.jane.user.id)
        begin_survey(session, one, desk.jane.user.id)

    desk.realtime.context.write(help_)
    desk.hears("5")
    assert jane.message("help0")["body"]["assignee_id"] == did(desk.jane.user.id)
    note = jane.message("help1")["body"]
    assert (note["text"], note["deleted"]) == ("urgent", False)
    assert jane.message("help2")["body"].keys() == {"organization_id", "contact_id", "merged_contact_id"}
    assert jane.message("help3")["body"]["score"] == 5


def test_who_types_and_who_reads_is_told(desk: Desk) -> None:
    jane = desk.client(desk.jane)
    jane.subscribe("/user/queue/airy/conversation/typing", "types")
    jane.subscribe("/user/queue/airy/conversation/reading", "reads")
    conversation = did(desk.hears("Hello").conversation_id)
    about = {
        "conversation_id": conversation,
        "channel_id": did(desk.channel),
        "user_id": did(desk.joe.user.id),
    }
    url = f"{desk.realtime.processes[0].url}/inbox"
    for name, more in (("typing", {}), ("reading", {}), ("reading", {"reading": False})):
        body = {"conversation_id": conversation, **more}
        assert httpx.post(f"{url}/{name}", json=body, headers=desk.joe.headers).status_code == 200
    assert jane.message("types")["body"] == about
    assert [jane.message("reads")["body"] for _ in range(2)] == [
        {**about, "reading": True}, {**about, "reading": False},
    ]  # fmt: skip


def test_an_offer_is_told_to_its_agent_alone(desk: Desk) -> None:
    jane, joe = desk.client(desk.jane), desk.client(desk.joe)
    for client in (jane, joe):
        client.subscribe("/user/queue/airy/conversation/offer")
        client.subscribe(MESSAGES, "2")
    talk = desk.hears("Hello").conversation_id
    agent = Agent(team_id=desk.team.id, user_id=desk.jane.user.id, name="Jane")
    work = InboxWork(team_id=desk.team.id, conversation_id=talk, queue_id=new_id())
    for row in (agent, work):
        desk.realtime.api.add(row)

    def tells(session: Session) -> None:
        for until in (1_790_000_000.5, None):
            record = WorkOfferRecord(item=work.id, team=desk.team.id, agent=agent.id, until=until)
            write_work(session, [WorkOfferEntry(record=record)])

    desk.realtime.context.write(tells)
    assert desk.realtime.context.relay.flush()
    offered = {
        "conversation_id": did(talk), "queue_id": did(work.queue_id), "agent_id": did(agent.id),
        "offered_until": "2026-09-21T14:13:20.500Z",
    }  # fmt: skip
    assert [jane.message()["body"] for _ in range(2)] == [offered, {**offered, "offered_until": None}]
    desk.hears("Anybody?")
    assert [joe.message("2")["body"]["message"]["text"] for _ in range(2)] == ["Hello", "Anybody?"]
    assert not [line for line in joe._kept if line.get("message") == "1"]


def test_channels_are_told_under_both_names(desk: Desk) -> None:
    jane = desk.client(desk.jane)
    jane.subscribe("/queue/channel/connected")
    jane.subscribe("/user/queue/airy/channel/disconnected", "2")
    for verb in ("connected", "disconnected"):
        with desk.realtime.api.session() as session:
            tell_of_channel(session, verb, session.get_one(InboxChannel, desk.channel.id))
    desk.realtime.context.relay.wake()
    assert desk.realtime.context.relay.flush()
    shown = jane.message()["body"]
    assert {name: shown[name] for name in ("id", "name", "source", "external_channel_id")} == {
        "id": did(desk.channel), "name": "Page", "source": "FACEBOOK", "external_channel_id": "page",
    }  # fmt: skip
    assert jane.message("2")["body"]["id"] == did(desk.channel)


def test_after_a_break_a_client_gets_what_it_missed_at_another_process(
    two: Realtime, make_desk: Callable[[Realtime], Desk]
) -> None:
    desk = make_desk(two)
    jane = desk.client(desk.jane)
    jane.subscribe(MESSAGES)
    desk.hears("one")
    last = jane.message()["headers"]["message-id"]
    jane.stop()
    desk.clients.clear()
    for text in ("two", "three"):
        desk.hears(text)
    again = desk.client(desk.jane, process=1)
    again.subscribe(MESSAGES, last_event_id=last)
    desk.hears("four")
    assert [again.message()["body"]["message"]["text"] for _ in range(3)] == ["two", "three", "four"]


def test_strangers_hear_nothing_and_nobody_is_refused(desk: Desk) -> None:
    stranger = desk.client(desk.realtime.api.person(desk.realtime.api.team()))
    stranger.subscribe(MESSAGES)
    desk.hears("Hello")
    stranger.subscribe("/queue/message/upsert", "2")
    assert not [line for line in stranger._kept if "message" in line]
    refused = desk.attempt("Bearer nothing")
    assert "token" in refused.wait(lambda line: "error" in line)["error"]
    refused.wait(lambda line: "closed" in line)


def test_a_session_that_is_over_is_closed(desk: Desk) -> None:
    jane = desk.client(desk.jane)
    jane.subscribe(MESSAGES)

    def revoke(session: object) -> None:
        mine = select(AuthSession).where(AuthSession.user_id == desk.jane.user.id)
        for row in session.exec(mine):  # type: ignore[attr-defined]
            row.revoked_at = utcnow()

    desk.realtime.context.write(revoke)
    assert desk.realtime.context.relay.flush()
    desk.hears("Hello")
    jane.wait(lambda line: "closed" in line)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({"subscribe": "/queue/nothing", "id": "1", "headers": {}}, "No such destination"),
        ({"subscribe": MESSAGES, "id": "1", "headers": {"last-event-id": "x"}}, "last-event-id"),
        ({"publish": "/queue/message/upsert"}, "send requests over HTTP"),
    ],
)
def test_what_the_server_does_not_take_is_an_error_that_says_why(
    desk: Desk, line: dict[str, object], said: str
) -> None:
    jane = desk.client(desk.jane)
    jane.says(**line)
    assert said in jane.wait(lambda line: "error" in line)["error"]
    jane.wait(lambda line: "closed" in line)
