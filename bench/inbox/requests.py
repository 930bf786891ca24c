"""What the clients send: every filter of the list, pages at a depth, unread counts, and messages that arrive."""

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx
from sqlmodel import select

from api.core.tokens import make_access_token
from api.inbox.conversations.service import _NEWEST as CONVERSATIONS
from api.inbox.messages.service import _NEWEST as MESSAGES
from api.inbox.timeline.statements import NEWEST as ENTRIES
from bench.api.replay import key
from bench.api.requests import Wrong
from bench.inbox.world import CHANNELS, DEEP, PAGES, PUBLIC_URL, TOKEN, InboxWorld, sign_in
from models import Conversation, InboxMessage
from switchroom import database
from switchroom.ids import dashed_id
from switchroom.settings import Settings

PAGE, DEPTH = 10, 1000
"""Rows of a page, and which page is the deep one."""
SIDS = 3000
"""Messages that one client of the ingest has to send. Then it sends them again."""
INGEST = "ingest"
HOOK = "/hooks/twilio"


@dataclass(frozen=True, slots=True)
class Ask:
    """A request of the inbox. `form`: what Twilio sends; then it is signed."""

    token: str
    path: str
    body: dict[str, Any]
    form: bool = False

    @property
    def key(self) -> str:
        """Return its name for the bare app."""
        return key("POST", self.path, f"Bearer {self.token}")

    @property
    def content(self) -> str:
        """Return the body as it is sent."""
        return urlencode(self.body) if self.form else json.dumps(self.body)

    @property
    def headers(self) -> dict[str, str]:
        """Return what the request says beside its body."""
        kind = "application/x-www-form-urlencoded" if self.form else "application/json"
        signed = {"X-Twilio-Signature": _signature(self.body)} if self.form else {}
        return {"Authorization": f"Bearer {self.token}", "Content-Type": kind, **signed}

    @property
    def text(self) -> str:
        """Return it as HTTP."""
        content = self.content
        lines = [f"{name}: {value}" for name, value in self.headers.items()]
        lines = [
            f"POST {self.path} HTTP/1.1",
            "Host: 127.0.0.1",
            *lines,
            f"Content-Length: {len(content.encode())}",
        ]
        return "\r\n".join(lines) + "\r\n\r\n" + content

    def ask(self, client: httpx.Client) -> httpx.Response:
        """Send it. Raise Wrong if the answer is no success."""
        answer = client.post(self.path, content=self.content.encode(), headers=self.headers)
        if not answer.is_success:
            raise Wrong(f"{self.path}: {answer.status_code}: {answer.text[:300]}")
        return answer


def _signature(form: dict[str, Any]) -> str:
    said = PUBLIC_URL + HOOK + "".join(f"{name}{form[name]}" for name in sorted(form))
    return base64.b64encode(hmac.new(TOKEN.encode(), said.encode(), hashlib.sha1).digest()).decode()


def filters(world: InboxWorld) -> dict[str, dict[str, Any]]:
    """Return each filter of the list by its name."""
    some = [world.conversations // 7 * number for number in (1, 2, 3)]
    contacts = [dashed_id(f"{1:08x}{number:024x}") for number in some]
    names = [f"First{number % 1000} Last{number}" for number in some]
    return {
        "contact_id": {"contact_id": contacts[0]},
        "contact_ids": {"contact_ids": contacts},
        "channel_ids": {"channel_ids": [dashed_id(world.channels[PAGES])]},
        "channel_ids-all": {"channel_ids": [dashed_id(id) for id in world.channels]},
        "fb_page_ids": {"fb_page_ids": ["page-0"]},
        "contact_tags": {"contact_tags": ["Urgent"]},
        "display_name": {"display_name": names[0]},
        "display_names": {"display_names": names},
        "state-open": {"state": "OPEN"},
        "state-closed": {"state": "CLOSED"},
        "min_unread": {"min_unread_message_count": 1},
        "max_unread": {"max_unread_message_count": 0},
        "assignee_ids": {"assignee_ids": [dashed_id(world.user)]},
        "is_assigned-no": {"is_assigned": False},
        "queue_ids": {"queue_ids": [dashed_id(world.queue)]},
        "is_snoozed": {"is_snoozed": True},
        "many": {"state": "OPEN", "min_unread_message_count": 1, "contact_tags": ["Urgent"]},
    }


def requests(url: str, world: InboxWorld, clients: int) -> dict[str, list[list[Ask]]]:
    """Return the scripts by operation. A deep page is the thousandth, or the last that the world has."""
    org, page = {"organization_id": dashed_id(world.team)}, {"page_size": PAGE}
    talk = {"conversation_id": dashed_id(world.conversation(DEEP)), **page}
    deep = _cursors(url, world)
    asked: dict[str, tuple[str, dict[str, Any]]] = {
        "list": ("/inbox/conversations", {**org, **page}),
        "list-deep": ("/inbox/conversations", {**org, **page, "cursor": deep["list"]}),
        **{
            f"filter:{name}": ("/inbox/conversations", {**org, **page, "filter": sought})
            for name, sought in filters(world).items()
        },
        "filter:state-open-deep": (
            "/inbox/conversations",
            {**org, **page, "cursor": deep["list"], "filter": {"state": "OPEN"}},
        ),
        "messages": ("/inbox/messages", talk),
        "messages-deep": ("/inbox/messages", {**talk, "cursor": deep["messages"]}),
        "timeline": ("/inbox/timeline", talk),
        "timeline-deep": ("/inbox/timeline", {**talk, "cursor": deep["timeline"]}),
        "contacts": ("/inbox/contacts", {**org, **page}),
    }
    sessions = sign_in(url, world, len(asked))
    found = {
        name: [[Ask(_token(world, session), path, body)]]
        for session, (name, (path, body)) in zip(sessions, asked.items(), strict=True)
    }
    found[INGEST] = [[message(world, client) for _ in range(SIDS)] for client in range(clients)]
    return found


def message(world: InboxWorld, client: int) -> Ask:
    """Return a new message of a person. Each client of the load is another person, so nobody waits for a lock."""
    channel = PAGES + client % (CHANNELS - PAGES)
    number = channel + CHANNELS * (1 + client // (CHANNELS - PAGES))
    form = {
        "MessageSid": f"SM{secrets.token_hex(16)}",
        "AccountSid": "AC0",
        "From": f"+1604{number:07}",
        "To": world.numbers[channel],
        "Body": "Could you call me about the contract, please?",
        "NumMedia": "0",
    }
    return Ask(f"person{client}", HOOK, form, form=True)


def _token(world: InboxWorld, session: str) -> str:
    settings: dict[str, Any] = {"secret_key": world.secret, "access_token_seconds": 86400}
    return make_access_token(Settings(_env_file=None, **settings), world.user, session)


def _cursors(url: str, world: InboxWorld) -> dict[str, str]:
    """Return the cursors of the deep pages: of the list, of the long conversation and of its timeline."""
    rows = min(DEPTH * PAGE, world.conversations - PAGE)
    at = min(DEPTH * PAGE, world.deep - PAGE)
    engine = database.make_engine(url)
    with database.session(engine, readonly=True) as session:
        row = session.get_one(Conversation, world.conversation(world.conversations - rows))
        long = select(InboxMessage).where(
            InboxMessage.conversation_id == world.conversation(DEEP), InboxMessage.number == world.deep - at
        )
        last = session.exec(long).one()
    engine.dispose()
    return {
        "list": CONVERSATIONS.cursor((row.last_message_at, row.id)),
        "messages": MESSAGES.cursor((last.number,)),
        "timeline": ENTRIES.cursor((last.created_at, last.id)),
    }
