"""Requests of the same moment that want the same: each gets the answer that it would get after the other."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from httpx import Response
from sqlmodel import func, select

from api.accounts.auth.service import MOST_RESETS, start_reset
from models import Chat, GuestInvite, Invite, QueueManager, Team
from tests.support.api.inbox import Inbox, did
from tests.support.api.mails import mails_to
from tests.support.api.rooms import room
from tests.support.api.world import World, pid

pytestmark = pytest.mark.service


@pytest.fixture
def inbox(any_world: World) -> Inbox:
    return Inbox(any_world)


def at_once(*asks: Callable[[], Response]) -> list[Response]:
    """Send requests at the same moment. Return their answers in this order."""
    start = Barrier(len(asks))

    def send(ask: Callable[[], Response]) -> Response:
        start.wait()
        return ask()

    with ThreadPoolExecutor(len(asks)) as threads:
        return list(threads.map(send, asks))


def statuses(answers: list[Response]) -> list[int]:
    return sorted(answer.status_code for answer in answers)


def test_what_may_be_done_twice_may_be_done_at_once(inbox: Inbox) -> None:
    world, org = inbox.world, inbox.org
    message = inbox.hears()
    conversation = inbox.conversation(message)
    tag = inbox.ask(world.admin, "/create-tag", organization_id=org, name="Urgent", color="tag-red").json()
    group = {"name": "All", "member_ids": [], "query": {"channel_ids": [did(inbox.channel)]}}
    team = inbox.ask(world.admin, "/create-team", organization_id=org, **group).json()
    bodies: list[tuple[str, int, dict[str, Any]]] = [
        ("/webhook-subscribe", 200, {"organization_id": org, "url": "https://hooks.example.com"}),
        ("/mark-conversation-as-read", 200, {"conversation_id": did(conversation)}),
        ("/mark-all-conversations-as-read", 200, {"organization_id": org}),
        (
            "/add-tag",
            202,
            {"organization_id": org, "contact_id": did(conversation.contact_id), "tag_id": tag["id"]},
        ),
        (
            "/update-channel-settings",
            200,
            {"channel_id": did(inbox.channel), "settings": {"survey_thanks": "Thanks"}},
        ),
        (
            "/add-users-to-team",
            200,
            {"organization_id": org, "team_id": team["id"], "user_ids": [did(world.member.user)]},
        ),
    ]
    for path, status, body in bodies:
        same = partial(inbox.ask, world.admin, path, **body)
        assert statuses(at_once(*[same] * 6)) == [status] * 6, path


def test_a_put_may_come_twice_at_once(any_world: World) -> None:
    world = any_world
    path = f"/team/{world.admin.team}/outbound"
    answers = at_once(*[partial(world.call, world.admin, "PUT", path, json={"countries": ["CA"]})] * 6)
    assert statuses(answers) == [200] * 6


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/create-tag", {"color": "tag-red"}),
        ("/create-team", {"member_ids": []}),
        ("/create-template", {"source": "SMS_TWILIO", "text": "Hello"}),
        ("/create-saved-reply", {"text": "Hello"}),
    ],
)
def test_of_several_with_one_name_one_is_made(inbox: Inbox, path: str, body: dict[str, Any]) -> None:
    if path == "/create-team":
        body = {**body, "query": {"channel_ids": [did(inbox.channel)]}}
    asks = [
        partial(inbox.ask, inbox.world.admin, path, **body, organization_id=inbox.org, name=name)
        for name in ("Urgent", "URGENT", "urgent", "Urgent")
    ]
    answers = at_once(*asks)
    assert statuses(answers) == [201, 409, 409, 409]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {305}


@pytest.mark.parametrize("path", ["/CCQueueConfig", "/department"])
def test_who_comes_second_is_told_which_field_is_taken(any_world: World, path: str) -> None:
    world = any_world
    bodies = [{"team": world.admin.team, "name": name} for name in ("Sales", "SALES", "sales", "Sales")]
    answers = at_once(*[partial(world.call, world.admin, "POST", path, json=body) for body in bodies])
    refused = [answer for answer in answers if answer.status_code != 201]
    assert len(refused) == 3
    assert all(answer.json()["response"].get("name") for answer in refused), refused[0].text


def test_no_piece_of_a_contacts_info_is_lost(inbox: Inbox) -> None:
    contact = did(inbox.conversation(inbox.hears()).contact_id)
    of_it = {"organization_id": inbox.org, "contact_id": contact}
    keys = [f"key{number}" for number in range(8)]
    ask = partial(inbox.ask, inbox.world.admin)
    asks = [partial(ask, "/assign-contact-info", **of_it, key=key, value=key) for key in keys]
    assert statuses(at_once(*asks)) == [201] * 8
    assert sorted(ask("/contact-info", **of_it).json()["info"]) == keys
    gone = [partial(ask, "/delete-contact-info", **of_it, key=key) for key in keys[1:]]
    assert statuses(at_once(*gone)) == [202] * 7
    assert sorted(ask("/contact-info", **of_it).json()["info"]) == keys[:1]


def test_two_contacts_that_are_merged_both_ways_become_one(inbox: Inbox) -> None:
    one = did(inbox.conversation(inbox.hears()).contact_id)
    other = did(inbox.conversation(inbox.hears(sender="+14165550111", name="Ada")).contact_id)
    ways = [
        {"organization_id": inbox.org, "contact_id": kept, "merged_contact_id": gone}
        for kept, gone in ((one, other), (other, one)) * 2
    ]
    answers = at_once(*[partial(inbox.ask, inbox.world.admin, "/merge-contacts", **way) for way in ways])
    assert statuses(answers) == [200, 400, 400, 400], [answer.text for answer in answers]
    left = inbox.ask(inbox.world.admin, "/contacts", organization_id=inbox.org).json()
    assert left["response_metadata"]["total"] == 1


def test_what_is_changed_while_it_is_deleted_is_not_found(any_world: World) -> None:
    world = any_world
    queues = [world.queue(f"Queue {number}") for number in range(12)]
    world.api.add(*(QueueManager(queue_id=queue.id, user_id=world.member.user.id) for queue in queues))
    for queue in queues:
        path = f"/CCQueueConfig/{pid(queue)}"
        *changed, deleted = at_once(
            *[partial(world.call, world.admin, "PATCH", path, json={"max_waiting": n}) for n in (3, 4, 5)],
            partial(world.call, world.admin, "DELETE", path),
        )
        assert deleted.status_code == 200
        assert {answer.status_code for answer in changed} <= {200, 404}


def test_a_quota_is_not_passed_by_requests_at_once(any_world: World) -> None:
    world, chat = any_world, room(any_world, any_world.admin, locked=False)
    with world.api.session() as session:
        session.get_one(Team, world.team.id).quotas = {"queues": 1, "guests": 1}
    queues = [{"team": world.admin.team, "name": f"Queue {number}"} for number in range(6)]
    answers = at_once(*[partial(world.call, world.admin, "POST", "/CCQueueConfig", json=it) for it in queues])
    assert statuses(answers) == [201] + [409] * 5
    pin = {"pin": str(chat.conf_pin), "chat": pid(chat)}
    guests = [{**pin, "firstname": f"Guest {number}"} for number in range(6)]
    answers = at_once(*[partial(world.call, None, "POST", "/guest/join", json=guest) for guest in guests])
    assert statuses(answers) == [200] + [409] * 5


def test_who_joins_a_chat_twice_at_once_is_in_it(any_world: World) -> None:
    world, chat = any_world, room(any_world, any_world.admin, locked=False)
    body = {"pin": str(chat.conf_pin), "chat": pid(chat)}
    answers = at_once(*[partial(world.call, world.stranger, "POST", "/guest/join", json=body)] * 5)
    assert statuses(answers) == [200] * 5, [answer.text for answer in answers]


def test_of_invitations_at_once_the_last_is_good(any_world: World) -> None:
    world, chat = any_world, room(any_world, any_world.admin)
    guest = {"chat": pid(chat), "emails": ["guest@example.org"]}
    member = [{"email": "member@example.org", "role": "member"}]
    for path, body in (("/guest/invite", guest), (f"/team/{world.admin.team}/invite", member)):
        answers = at_once(*[partial(world.call, world.admin, "POST", path, json=body)] * 6)
        assert statuses(answers) == [201] * 6
    with world.api.session() as session:
        for kind in (GuestInvite, Invite):
            assert session.exec(select(func.count()).select_from(kind)).one() == 1


def test_an_account_is_mailed_so_many_resets_of_which_one_is_used(any_world: World) -> None:
    api, email = any_world.api, any_world.member.user.email
    with ThreadPoolExecutor(20) as threads:
        list(threads.map(lambda _: start_reset(api.context, email), range(20)))
    mails = mails_to(api, email)
    assert len(mails) == MOST_RESETS
    tokens = [mail.split("token=")[1].split()[0] for mail in mails[:4]]
    bodies = [{"token": token, "password": "Another1"} for token in tokens]
    answers = at_once(*[partial(api.client.post, "/auth/reset-password", json=body) for body in bodies])
    assert statuses(answers) == [200, 400, 400, 400]


def test_a_message_that_is_deleted_several_times_at_once_is_gone_once(any_world: World) -> None:
    world, chat = any_world, room(any_world, any_world.admin, any_world.member)
    path = f"/chat/{pid(chat)}"
    sent = [world.call(world.admin, "POST", f"{path}/messages", json={"body": "Hello"}) for _ in range(3)]
    gone = f"{path}/messages/{sent[0].json()['id']}"
    answers = at_once(*[partial(world.call, world.admin, "DELETE", gone)] * 5)
    assert statuses(answers) == [200] + [404] * 4
    assert world.call(world.member, "GET", path).json()["unread"] == 2


def test_a_message_that_is_edited_while_it_is_deleted_waits_for_nobody_forever(any_world: World) -> None:
    world, chat = any_world, room(any_world, any_world.admin, any_world.member)
    path = f"/chat/{pid(chat)}/messages"
    for _ in range(4):
        message = f"{path}/{world.call(world.admin, 'POST', path, json={'body': 'Hello'}).json()['id']}"
        bodies = [{"body": f"See https://{number}.example"} for number in range(5)]
        edits = [partial(world.call, world.admin, "PATCH", message, json=body) for body in bodies]
        *edited, deleted = at_once(*edits, partial(world.call, world.admin, "DELETE", message))
        assert deleted.status_code == 200
        assert {answer.status_code for answer in edited} <= {200, 404}


def test_nobody_stays_who_joined_by_the_old_pin(any_world: World) -> None:
    world = any_world
    for _ in range(2):
        chat = room(world, world.admin, locked=False)
        body = {"pin": str(chat.conf_pin), "chat": pid(chat)}
        guests = [{**body, "firstname": f"Guest {number}"} for number in range(4)]
        joins = [partial(world.call, None, "POST", "/guest/join", json=guest) for guest in guests]
        renewed, *joined = at_once(
            partial(world.call, world.admin, "GET", f"/chat/{pid(chat)}/generateUrl"), *joins
        )
        assert renewed.status_code == 200
        assert {answer.status_code for answer in joined} <= {200, 400}
        people = world.call(world.admin, "GET", f"/chat/{pid(chat)}/users").json()
        assert [person["id"] for person in people] == [world.admin.id]


def test_what_is_unread_is_counted_while_messages_come(any_world: World) -> None:
    world, chat = any_world, room(any_world, any_world.admin, any_world.member)
    path = f"/chat/{pid(chat)}"
    post = partial(world.call, world.admin, "POST", f"{path}/messages", json={"body": "Hello"})
    read = {"last_seen": post().json()["created_at"]}
    see = partial(world.call, world.member, "PATCH", f"{path}/users/{world.member.id}", json=read)
    for number in range(1, 4):
        at_once(*[post] * 4, *[see] * 4)
        assert world.call(world.member, "GET", path).json()["unread"] == number * 4


def test_who_owns_a_chat_is_in_it(any_world: World) -> None:
    world, third = any_world, any_world.api.person(any_world.team)
    leaving = (world.admin, world.member)
    for _ in range(6):
        chat = room(world, *leaving, third)
        path = f"/chat/{pid(chat)}/users"
        at_once(*[partial(world.call, person, "DELETE", f"{path}/{person.id}") for person in leaving])
        assert world.api.get(Chat, pid(chat)).owner_id == third.user.id
