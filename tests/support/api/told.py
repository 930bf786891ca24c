"""What clients would be told of what was written, without a process that serves them."""

from typing import Any

import orjson
from sqlmodel import col, select

from api.realtime.visibility import Visibility
from models import AuthSession, Outbox
from models.outbox import OutboxKind
from switchroom.messages.events import Event, parse_event
from tests.support.api.client import Api, Person

Told = dict[str, Any]
"""`{model, verb, id, data?, previous?}`."""


def told(api: Api, *people: Person) -> list[list[Told]]:
    """Return for each of these people what all events so far tell them now, oldest first."""
    with api.session() as session:
        rows = session.exec(
            select(Outbox).where(Outbox.kind == OutboxKind.EVENT.value).order_by(col(Outbox.id))
        )
        events = [(f"{number}-0", parse_event(orjson.dumps(row.payload))) for number, row in enumerate(rows)]
    return told_from(api, Visibility(api.context), events, *people)


def told_from(
    api: Api, visibility: Visibility, events: list[tuple[str, Event]], *people: Person
) -> list[list[Told]]:
    """Return for each of these people what these events, with their cursors, tell them now."""
    with api.session() as session:
        ids = [person.user.id for person in people]
        found = session.exec(select(AuthSession).where(col(AuthSession.user_id).in_(ids)))
        sessions = {row.user_id: row.id for row in found}
    facts = visibility.facts(events, sessions.values())
    return [
        [
            {"model": change.model, **orjson.loads(orjson.dumps(change.payload))}
            for change in facts.changes
            if facts.sees(facts.identities[sessions[person.user.id]], change.audience)
        ]
        for person in people
    ]
