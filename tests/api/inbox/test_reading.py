"""Who has a conversation open is told to colleagues, and stored nowhere."""

from typing import Any, cast

import pytest
from sqlmodel import func, select

from api.core.context import Context
from models import Outbox
from switchroom.messages.events import Audience, Changed, parse_event
from tests.support.api.inbox import Inbox, did

pytestmark = pytest.mark.service


def told(context: Context) -> list[Changed]:
    entries = cast(list[Any], context.redis.xrange(context.keys.events))
    events = [parse_event(fields[b"body"]) for _, fields in entries]
    return [event for event in events if isinstance(event, Changed) and event.model == "inbox_reading"]


def test_who_reads_is_told_to_the_members_and_stored_nowhere(inbox: Inbox) -> None:
    world, message = inbox.world, inbox.hears()
    conversation = did(message.conversation_id)
    with world.api.session() as session:
        before = session.exec(select(func.count()).select_from(Outbox)).one()
    assert inbox.drive(world.member, "/reading", conversation_id=conversation) == {}
    assert inbox.ask(world.member, "/reading", conversation_id=conversation, reading=False).json() == {}
    opened, left = told(world.api.context)
    facts = {
        "conversation_id": conversation,
        "channel_id": did(inbox.channel),
        "user_id": did(world.member.user.id),
    }
    assert (opened.data, left.data) == ({**facts, "reading": True}, {**facts, "reading": False})
    assert opened.audience == Audience(team=world.team.id, members=True)
    with world.api.session() as session:
        assert session.exec(select(func.count()).select_from(Outbox)).one() == before


def test_who_tells_too_often_has_to_wait(inbox: Inbox) -> None:
    body = {"conversation_id": did(inbox.hears().conversation_id)}
    statuses = [inbox.ask(inbox.world.member, "/reading", **body).status_code for _ in range(61)]
    assert statuses == [200] * 60 + [429]
