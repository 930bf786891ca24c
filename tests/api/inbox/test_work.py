"""Conversations as work, from the contact's message over the core and the record writer to the agents' clients."""

import json
import random
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlmodel import col, select

from models import (
    Agent,
    Conversation,
    InboxSettings,
    InboxWork,
    InboxWorkStay,
    Outbox,
    Queue,
)
from models.inbox_work import close_work_of
from pbx.configuration.loader import Database, Loaded
from pbx.loop.api_commands import ApiCommands
from pbx.persistence.records import Records
from routing import commands as c
from routing.engine import Engine
from routing.events import ConfigChanged, Event, WorkDeclined
from routing.ids import AgentId, CallId
from switchroom.messages.records import parse_entry
from tests.support.api.client import Person
from tests.support.api.inbox import Inbox, did
from workers.records.write_batch import write_batch

pytestmark = pytest.mark.service

NOW = 1_790_000_000.0


@dataclass
class Desk:
    """An organization whose channel hands conversations to a queue, with an engine and a record writer."""

    inbox: Inbox
    core: Engine = field(default_factory=lambda: Engine(random.Random(3)))
    now: float = NOW
    queue: Queue = field(init=False)
    agents: dict[str, Agent] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        world = self.inbox.world
        self.queue = world.queue("Messages", strategy="linear")
        channel = self.inbox.channel
        world.api.add(InboxSettings(channel_id=channel.id, team_id=channel.team_id, queue_id=self.queue.id))
        for person in (world.member, world.admin):
            agent = world.agent(person, person.user.first_name, self.queue)
            with world.api.session() as session:
                session.get_one(Agent, agent.id).status = "Available"
            self.agents[person.user.id] = agent
        self.starts()

    def starts(self) -> Loaded:
        """Start an engine that has nothing but the database."""
        api = self.inbox.world.api
        loaded = Database(api.context.engine, api.context.settings).load()
        self.core = Engine(random.Random(3))
        events: list[Event] = [ConfigChanged(loaded.items), *loaded.statuses, *loaded.work]
        for event in events:
            self.handle(event)
        return loaded

    def works(self) -> None:
        """Let the engine and the record writer do all that is to be done."""
        api = self.inbox.world.api
        reader = ApiCommands(
            None,  # type: ignore[arg-type]
            self,  # type: ignore[arg-type]
            lambda kind, id: None,
            lambda command: None,
            lambda command: None,
            None,  # type: ignore[arg-type]
            last="0",
        )
        while True:
            with api.session() as session:
                rows = session.exec(select(Outbox).where(Outbox.kind == "command").order_by(col(Outbox.id)))
                new = [(row.id, row.payload) for row in rows if row.id not in self.seen]
            if not new:
                return
            for id, payload in new:
                self.seen.add(id)
                reader.apply(id, {"body": json.dumps(payload)})
            while self.events:
                self.handle(self.events.pop(0))

    def put(self, event: Event, *, command: str) -> None:
        self.events.append(event)

    def handle(self, event: Event) -> None:
        self.now += 1
        for command in self.core.handle(event, self.now):
            if isinstance(command, c.LogWork):
                Records(self, lambda call: None).log_work(command)  # type: ignore[arg-type]
            elif isinstance(command, c.OfferWork | c.WithdrawWork):
                Records(self, lambda call: None).work_offer(command)  # type: ignore[arg-type]

    def add_record(self, entry: Any) -> None:
        """Write the record twice: it may come twice."""
        for _ in range(2):
            with self.inbox.world.api.session() as session:
                write_batch(session, [parse_entry(entry.model_dump_json())])

    # -- what is there -------------------------------------------------------------------------------------------

    def hears(self, text: str = "Hello", **more: Any) -> str:
        """Let a contact write. Return the conversation's id."""
        found: str = self.inbox.hears(text, **more).conversation_id
        self.works()
        return found

    def ask(self, person: Person, path: str, conversation: str, **body: Any) -> Any:
        answer = self.inbox.ask(person, path, conversation_id=did(conversation), **body)
        self.works()
        return answer

    def work(self, conversation: str) -> InboxWork:
        """Return the newest work with the conversation."""
        with self.inbox.world.api.session() as session:
            found = select(InboxWork).where(col(InboxWork.conversation_id) == conversation)
            row: InboxWork | None = session.exec(found.order_by(col(InboxWork.id).desc())).first()
            assert row is not None
            session.expunge(row)
            return row

    def shown(self, conversation: str) -> Any:
        """Return where the conversation is in the queues, as members see it."""
        answer = self.inbox.ask(
            self.inbox.world.member, "/conversation", conversation_id=did(conversation)
        ).json()
        assert self.found(self.queue) == ([answer["id"]] if answer["work"] else [])
        return answer["work"]

    def found(self, queue: Queue) -> list[str]:
        """Return the conversations that wait in a queue, or that an agent has from it."""
        asks = {"organization_id": self.inbox.org, "filter": {"queue_ids": [did(queue)]}}
        page = self.inbox.ask(self.inbox.world.member, "/conversations", **asks).json()
        assert page["response_metadata"]["filtered_total"] == len(page["data"])
        return [one["id"] for one in page["data"] if one["work"]["queue_id"] == did(queue)]

    def assignee(self, conversation: str) -> str | None:
        found: Conversation = self.inbox.world.api.get(Conversation, conversation)
        return found.assignee_id

    def busy(self) -> list[tuple[str, str]]:
        """Return the agents who have, or are offered, a conversation, each with the item."""
        views = [self.core.agent(id) for id in self.core.agent_ids()]
        return [(view.agent, item) for view in views if view is not None for item in view.work]

    def told(self) -> list[tuple[str, str]]:
        """Return who was told of an offer, and what."""
        told = self.inbox.events("inbox_work")
        return [(event["audience"]["users"][0], event["verb"]) for event in told]

    def stays(self) -> list[tuple[str, str | None]]:
        with self.inbox.world.api.session() as session:
            rows = session.exec(select(InboxWorkStay).order_by(col(InboxWorkStay.joined_at))).all()
            return [(row.outcome, row.agent_id) for row in rows]


@pytest.fixture
def desk(inbox: Inbox) -> Desk:
    return Desk(inbox)


def test_a_contact_who_writes_is_offered_to_an_agent_who_accepts(desk: Desk) -> None:
    world = desk.inbox.world
    talk = desk.hears()
    first = desk.work(talk).agent_id
    mine = next(person for person in (world.member, world.admin) if desk.agents[person.user.id].id == first)
    other = world.admin if mine is world.member else world.member
    assert (desk.work(talk).state, desk.assignee(talk)) == ("offered", None)
    (offer,) = desk.inbox.events("inbox_work")
    assert (offer["verb"], offer["audience"]["users"]) == ("offered", [mine.user.id])
    assert offer["data"]["conversation_id"] == did(talk)
    asks: dict[str, Any] = {"organization_id": did(world.team)}
    shown = desk.shown(talk)
    assert (shown["queue_id"], shown["state"], shown["agent_id"], shown["offered_until"]) == (
        did(desk.queue), "offered", did(first), offer["data"]["offered_until"],
    )  # fmt: skip
    [seen] = desk.inbox.drive(mine, "/conversation-offers", **asks)["offers"]
    assert (seen["conversation_id"], seen["queue_id"], seen["agent_id"]) == (
        did(talk),
        did(desk.queue),
        did(first),
    )
    assert (seen["offered_until"], seen["last_message"]["display_text"]) == (
        offer["data"]["offered_until"],
        "Hello",
    )
    assert desk.inbox.ask(other, "/conversation-offers", **asks).json() == {"offers": []}
    assert desk.ask(other, "/accept-conversation", talk).json()["code"] == 308
    assert desk.inbox.drive(mine, "/accept-conversation", 202, conversation_id=did(talk)) == {}
    desk.works()
    assert (desk.work(talk).state, desk.assignee(talk)) == ("accepted", mine.user.id)
    assert desk.inbox.ask(mine, "/conversation-offers", **asks).json() == {"offers": []}
    [why] = desk.inbox.ask(mine, "/conversation", conversation_id=did(talk)).json()["decisions"]
    assert (why["queue_id"], why["agent_ids"], why["next_agent_ids"]) == (
        did(desk.queue),
        [did(first)],
        [did(desk.agents[other.user.id])],
    )
    assert (why["strategy"], why["waiting"], why["position"], why["free"]) == ("linear", 1, 1, 2)
    assert (desk.shown(talk)["state"], desk.shown(talk)["offered_until"]) == ("accepted", None)
    assert desk.inbox.events("inbox_conversation")[-1]["data"]["assignee_id"] == did(mine.user.id)
    assert desk.ask(mine, "/accept-conversation", talk).json()["code"] == 308
    assert desk.hears("More") == talk
    assert desk.stays() == [("answered", first)]


def test_who_declines_leaves_it_to_the_next(desk: Desk) -> None:
    world = desk.inbox.world
    talk = desk.hears()
    first = desk.work(talk).agent_id
    mine = world.member if desk.agents[world.member.user.id].id == first else world.admin
    other = world.admin if mine is world.member else world.member
    assert desk.inbox.drive(mine, "/decline-conversation", 202, conversation_id=did(talk)) == {}
    desk.works()
    assert desk.work(talk).agent_id == desk.agents[other.user.id].id
    assert desk.told() == [
        (mine.user.id, "offered"),
        (mine.user.id, "withdrawn"),
        (mine.user.id, "withdrawn"),
        (other.user.id, "offered"),
    ]


def accepted(desk: Desk) -> tuple[str, Person, Person]:
    """Return a conversation that an agent has, that agent, and the other one."""
    world, talk = desk.inbox.world, desk.hears()
    first = desk.work(talk).agent_id
    mine = world.member if desk.agents[world.member.user.id].id == first else world.admin
    desk.ask(mine, "/accept-conversation", talk)
    return talk, mine, world.admin if mine is world.member else world.member


def test_a_transfer_changes_the_assignee(desk: Desk) -> None:
    talk, mine, other = accepted(desk)
    world, to = desk.inbox.world, did(desk.agents[other.user.id].id)
    body = {"conversation_id": did(talk), "agent_id": to}
    assert desk.inbox.drive(mine, "/transfer-conversation", 202, **body) == {}
    desk.works()
    assert desk.assignee(talk) == other.user.id
    second = world.queue("Second")
    desk.handle(ConfigChanged(Database(world.api.context.engine, world.api.context.settings).load().items))
    assert desk.ask(mine, "/transfer-conversation", talk, queue_id=did(second)).status_code == 202
    assert (desk.work(talk).state, desk.work(talk).queue_id, desk.assignee(talk)) == (
        "waiting",
        second.id,
        None,
    )
    assert desk.stays() == [("answered", desk.agents[mine.user.id].id), ("waiting", None)]


@pytest.mark.parametrize("body", [{}, {"agent_id": "0" * 32, "queue_id": "0" * 32}])
def test_a_transfer_names_one_of_two(inbox: Inbox, body: dict[str, str]) -> None:
    talk = inbox.hears().conversation_id
    answer = inbox.ask(inbox.world.member, "/transfer-conversation", conversation_id=did(talk), **body)
    assert answer.json()["code"] == 101


def test_what_a_transfer_cannot_do_is_said(inbox: Inbox) -> None:
    world, talk = inbox.world, inbox.hears().conversation_id
    agent = world.agent(world.member)
    body = {"conversation_id": did(talk)}
    for field_, id in (("agent_id", "0" * 32), ("queue_id", "1" * 32)):
        answer = inbox.ask(world.member, "/transfer-conversation", **body, **{field_: id}).json()
        assert answer["code"] == 101
        assert answer["message"].startswith(f"{field_}: ")
    none = inbox.ask(world.member, "/transfer-conversation", **body, agent_id=did(agent)).json()
    assert none["code"] == 309


def test_a_conversation_without_work_can_be_sent_to_a_queue(inbox: Inbox) -> None:
    talk = inbox.hears().conversation_id
    desk = Desk(inbox)
    assert desk.ask(inbox.world.member, "/transfer-conversation", talk, queue_id=did(desk.queue)).is_success
    assert desk.work(talk).state == "offered"


def test_closing_ends_the_work_and_the_next_message_asks_the_same_agent_first(desk: Desk) -> None:
    talk, mine, other = accepted(desk)
    assert desk.ask(other, "/change-conversation-state", talk, state="CLOSED").is_success
    assert desk.work(talk).state == "closed"
    assert desk.work(talk).closed_at is not None
    assert desk.shown(talk) is None
    assert desk.hears("Again") == talk
    assert desk.work(talk).agent_id == desk.agents[mine.user.id].id
    assert desk.assignee(talk) is None
    assert desk.inbox.ask(mine, "/mark-all-conversations-as-done", organization_id=desk.inbox.org).is_success
    desk.works()
    assert desk.work(talk).state == "closed"
    assert [outcome for outcome, _ in desk.stays()] == ["answered", "left"]


def test_an_assignment_is_a_transfer(desk: Desk) -> None:
    talk, mine, other = accepted(desk)
    assert desk.ask(mine, "/assign-conversation", talk, user_id=did(other.user.id)).is_success
    assert (desk.work(talk).agent_id, desk.assignee(talk)) == (desk.agents[other.user.id].id, other.user.id)
    assert desk.ask(mine, "/assign-conversation", talk, user_id=None).is_success
    assert (desk.work(talk).state, desk.assignee(talk)) == ("offered", None)
    nobody = desk.inbox.world.api.person(desk.inbox.world.team)
    assert desk.ask(mine, "/assign-conversation", talk, user_id=did(nobody.user.id)).is_success
    assert (desk.work(talk).state, desk.assignee(talk)) == ("closed", nobody.user.id)


def test_an_engine_that_starts_with_nothing_loads_what_is_open(desk: Desk) -> None:
    talk, mine, other = accepted(desk)
    second = desk.hears(sender="+14165550197")
    waits = desk.work(second)
    loaded = desk.starts()
    assert [(work.item, work.agent, work.stays) for work in loaded.work] == [
        (desk.work(talk).id, desk.agents[mine.user.id].id, 1),
        (waits.id, None, 0),
    ]
    assert desk.assignee(talk) == mine.user.id
    assert desk.work(second).agent_id == desk.agents[other.user.id].id
    assert desk.ask(other, "/accept-conversation", second).is_success
    assert desk.assignee(second) == other.user.id


def test_a_deleted_conversation_is_work_no_more(desk: Desk) -> None:
    talk, _, _ = accepted(desk)
    with desk.inbox.world.api.session() as session:
        close_work_of(session, [talk])
        session.delete(session.get_one(Conversation, talk))
    desk.works()
    assert desk.busy() == []
    assert [outcome for outcome, _ in desk.stays()] == ["answered"], "what the queue counted stays"


def test_an_offer_of_a_conversation_that_is_gone_ends(desk: Desk) -> None:
    talk = desk.hears()
    with desk.inbox.world.api.session() as session:
        session.delete(session.get_one(Conversation, talk))
    [(agent, item)] = desk.busy()
    desk.ask(desk.inbox.world.member, "/conversation", talk)
    desk.handle(WorkDeclined(CallId(item), AgentId(agent)))
    desk.works()
    assert desk.busy() == []


def test_a_channels_queue_is_one_of_the_organization(inbox: Inbox) -> None:
    world, channel = inbox.world, did(inbox.channel)
    queue = world.queue("Messages")
    body: dict[str, Any] = {"channel_id": channel, "settings": {"queue_id": did(queue)}}
    assert inbox.ask(world.admin, "/update-channel-settings", **body).json()["queue_id"] == did(queue)
    body["settings"] = {"queue_id": "0" * 32}
    answer = inbox.ask(world.admin, "/update-channel-settings", **body).json()
    assert answer == {"code": 101, "message": "settings.queue_id: No such object in this team"}
    with world.api.session() as session:
        session.delete(session.get_one(Queue, queue.id))
    assert inbox.ask(world.admin, "/channel-settings", channel_id=channel).json()["queue_id"] is None


def test_a_score_is_no_work(desk: Desk) -> None:
    talk, mine, _ = accepted(desk)
    with desk.inbox.world.api.session() as session:
        found = select(InboxSettings).where(col(InboxSettings.channel_id) == desk.inbox.channel.id)
        session.exec(found).one().survey_question = "From 1 to 5?"
    desk.ask(mine, "/change-conversation-state", talk, state="CLOSED")
    assert desk.hears("5") == talk
    assert desk.work(talk).state == "closed"


def test_figures_of_the_queue_count_conversations_apart(desk: Desk) -> None:
    accepted(desk)
    world = desk.inbox.world
    path = f"/CCQueueConfig/{did(desk.queue)}/stats"
    period = {"from": "2026-09-01T00:00:00Z", "to": "2026-10-30T00:00:00Z"}
    calls = world.call(world.admin, "GET", path, params=period).json()
    talks = world.call(world.admin, "GET", path, params={**period, "of": "conversations"}).json()
    assert (calls["offered"], talks["offered"], talks["answered"]) == (0, 1, 1)
    assert talks["asa"] is not None
