"""An organization's inbox that a test starts with: channels, and people who write to them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

from httpx import Response
from sqlmodel import col, select

from models import ChannelState, Conversation, InboxChannel, InboxMessage, Outbox, Role, utcnow
from models.inbox_channel import claim_of
from models.inbox_message import receive
from switchroom.encryption import encrypt
from switchroom.ids import dashed_id
from switchroom.inbox import Inbound, Source
from switchroom.storage import Storage
from tests.support.api.client import Api, Person
from tests.support.api.world import World, world_of
from tests.support.servers import S3Server

GRACE = "+14165550199"
"""The number of Grace Hopper."""
_numbers = count(1)


def did(row: Any) -> str:
    """Return the row's id as the inbox shows it."""
    return dashed_id(row if isinstance(row, str) else row.id)


@dataclass
class Inbox:
    """The inbox of a world's team, with one connected channel for SMS."""

    world: World
    channel: InboxChannel = field(init=False)

    def __post_init__(self) -> None:
        self.channel = self.connected(Source.SMS_TWILIO, f"+1416777{next(_numbers):04}")

    @property
    def org(self) -> str:
        """The organization's id as clients see it."""
        return dashed_id(self.world.team.id)

    def connected(self, source: Source, external: str, token: str = "AC0:secret") -> InboxChannel:
        """Make a channel that is connected."""
        channel = InboxChannel(
            team_id=self.world.team.id,
            source=source.value,
            external_id=external,
            name=f"Channel {external}",
            state=ChannelState.CONNECTED.value,
            sealed_token=encrypt(self.world.api.context.settings, token),
            claim=claim_of(source.value, external),
        )
        self.world.api.add(channel)
        return channel

    def hears(
        self,
        text: str = "Hello",
        *,
        sender: str = GRACE,
        name: str = "Grace Hopper",
        channel: InboxChannel | None = None,
        **more: Any,
    ) -> InboxMessage:
        """Store a message of a contact."""
        told = {"provider_id": f"SM{next(_numbers):032x}", "sent_at": utcnow(), **more}
        with self.world.api.session() as session:
            into = session.get_one(InboxChannel, (channel or self.channel).id)
            found = receive(session, into, Inbound(sender=sender, sender_name=name, text=text, **told))
        assert found is not None
        return found

    def conversation(self, message: InboxMessage) -> Conversation:
        """Return the conversation as it is in the database now."""
        found: Conversation = self.world.api.get(Conversation, message.conversation_id)
        return found

    def events(self, model: str) -> list[dict[str, Any]]:
        """Return what clients were told about this model, oldest first: `verb`, `data` and `audience`."""
        with self.world.api.session() as session:
            rows = session.exec(select(Outbox).where(Outbox.kind == "event").order_by(col(Outbox.id)))
            return [row.payload for row in rows if row.payload.get("model") == model]

    def is_old(self, conversation_id: str, days: int = 8) -> None:
        """Let the contact's last message be some days old."""
        with self.world.api.session() as session:
            conversation = session.get_one(Conversation, conversation_id)
            conversation.last_inbound_at = utcnow() - timedelta(days=days)

    def ask(self, person: Person | None, path: str, **body: Any) -> Response:
        """Send a request under `/inbox` as that person. Without a person, send no token."""
        headers = person.headers if person else {}
        answer: Response = self.world.api.client.post(f"/inbox{path}", json=body, headers=headers)
        return answer

    def drive(self, person: Person, path: str, status: int = 200, **body: Any) -> Any:
        """Return what `person` is answered, after outsiders have asked the same: no token, a stranger, a guest."""
        refused = self.ask(None, path, **body)
        assert (refused.status_code, refused.json()["code"]) == (401, 102), refused.text
        guest = self.world.api.person(self.world.team, Role.GUEST)
        for outsider in (self.world.stranger, guest):
            refused = self.ask(outsider, path, **body)
            assert refused.status_code == 404, refused.text
            assert refused.json().keys() == {"code", "message"}
        answer = self.ask(person, path, **body)
        assert answer.status_code == status, answer.text
        return answer.json()


def stored_inbox(make_api: Callable[..., Api], database_url: str, s3: S3Server) -> Inbox:
    """Return the inbox of an api that keeps files on S3, of 1 MiB at most."""
    api = make_api(
        database_url,
        s3_endpoint=s3.endpoint,
        s3_bucket=s3.bucket,
        s3_access_key=s3.access_key,
        s3_secret_key=s3.secret_key,
        inbox_attachment_megabytes=1,
    )
    Storage(api.context.settings).ensure_bucket()
    return Inbox(world_of(api))
