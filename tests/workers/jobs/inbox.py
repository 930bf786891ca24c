"""An organization with channels of Twilio, and a worker whose Twilio is local."""

from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from pydantic import SecretStr
from pytest_httpserver import HTTPServer
from rq import Queue
from rq.registry import ScheduledJobRegistry
from rq.serializers import JSONSerializer
from sqlmodel import col, select

from models import (
    ChannelState,
    Conversation,
    InboxChannel,
    InboxDelivery,
    InboxFile,
    InboxMessage,
    Outbox,
    Role,
    Team,
    TeamUser,
    User,
    utcnow,
)
from models.inbox_channel import claim_of
from models.inbox_message import receive, reply
from switchroom.database import session
from switchroom.encryption import encrypt
from switchroom.inbox import Inbound, Source
from tests.support.providers.twilio import TOKEN, TwilioServer
from tests.workers.conftest import work
from workers.enqueue import enqueue
from workers.outbox import relay
from workers.resources import Resources

MODULES = (
    "inbox_channels",
    "inbox_files",
    "inbox_messages",
    "inbox_webhooks",
    "inbox_resume",
    "inbox_hours",
    "inbox_snooze",
    "inbox_retention",
    "contact_export",
    "contact_erasure",
)
NUMBER, GRACE = "+14165550100", "+14165550199"
_ids = count(1)


@dataclass
class Office:
    """`user` is a member and an admin."""

    resources: Resources
    twilio: TwilioServer
    team: Team = field(init=False)
    user: User = field(init=False)

    def __post_init__(self) -> None:
        self.user = User(email="u@example.com", first_name="Jane")
        self.team = Team(team_name="T", slug="t", owner_id=self.user.id, billing_id=1, number=1)
        member = TeamUser(team_id=self.team.id, user_id=self.user.id, role=Role.ADMIN.value)
        self.add(self.user, self.team, member)

    def add(self, *rows: Any) -> None:
        with session(self.resources.engine) as db:
            for row in rows:
                db.add(row)
                db.flush()

    def get(self, table: Any, id: str) -> Any:
        with session(self.resources.engine, readonly=True) as db:
            return db.get(table, id)

    def channel(
        self, source: Source = Source.SMS_TWILIO, state: ChannelState = ChannelState.CONNECTED
    ) -> InboxChannel:
        connected = state in (ChannelState.CONNECTED, ChannelState.DISCONNECTING)
        row = InboxChannel(
            team_id=self.team.id,
            source=source.value,
            external_id=NUMBER,
            name=NUMBER,
            state=state.value,
            claim=claim_of(source.value, NUMBER) if connected else None,
            sealed_token=encrypt(self.resources.settings, TOKEN),
        )
        self.add(row)
        return row

    def hears(
        self, channel: InboxChannel, sender: str = GRACE, text: str = "Hello", **more: Any
    ) -> Conversation:
        with session(self.resources.engine) as db:
            told = Inbound(f"SMin{next(_ids)}", sender, text, utcnow(), **more)
            message = receive(db, db.get_one(InboxChannel, channel.id), told)
            assert message is not None
            return db.get_one(Conversation, message.conversation_id)

    def answers(self, conversation: Conversation, text: str, **more: Any) -> InboxMessage:
        with session(self.resources.engine) as db:
            current = db.get_one(Conversation, conversation.id)
            return reply(
                db, current, self.user.id, text=text, attachments=more.pop("attachments", []), **more
            )

    def works(self) -> None:
        """Do what was asked for, until nothing but what waits for a time is left."""
        relay(self.resources.engine, self.resources.redis, self.resources.keys)
        work(self.resources)
        relay(self.resources.engine, self.resources.redis, self.resources.keys)

    def waits(self) -> list[str]:
        """Return the jobs that wait for a time."""
        queue = Queue("default", connection=self.resources.redis, serializer=JSONSerializer)
        return sorted(ScheduledJobRegistry(queue=queue).get_job_ids())

    def works_later(self) -> None:
        """Do what waits for a time, as if the time had come."""
        waiting = self.waits()
        with session(self.resources.engine) as db:
            for table in (InboxMessage, InboxDelivery, InboxFile):
                for row in db.exec(select(table).where(col(table.due_at).is_not(None))):
                    row.due_at = utcnow()
        queue = Queue("default", connection=self.resources.redis, serializer=JSONSerializer)
        for id in waiting:
            job = queue.fetch_job(id)
            assert job is not None
            name, _, _ = id.partition("-")
            args = list(job.args)
            job.delete()
            enqueue(self.resources.redis, name, *args)
        self.works()

    def events(self, model: str) -> list[dict[str, Any]]:
        """Return what clients were told about this model, oldest first: `verb`, `data` and `audience`."""
        with session(self.resources.engine, readonly=True) as db:
            rows = db.exec(select(Outbox).where(Outbox.kind == "event").order_by(col(Outbox.id)))
            return [row.payload for row in rows if row.payload.get("model") == model]

    def state(self, message: InboxMessage) -> str:
        return str(self.get(InboxMessage, message.id).state)


def office_of(resources: Resources, patch: pytest.MonkeyPatch, server: HTTPServer, **more: Any) -> Office:
    twilio = TwilioServer(server)
    changed = {
        "secret_key": SecretStr("s" * 40),
        "public_url": "https://calls.example.org",
        **twilio.settings,
        **more,
    }
    settings = resources.settings.model_copy(update=changed)
    made = Resources(settings, resources.engine, resources.redis, resources.storage)
    for module in MODULES:
        patch.setattr(f"workers.jobs.{module}.get_resources", lambda: made)
    return Office(made, twilio)
