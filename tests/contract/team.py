"""A team that has an object of every kind, and right requests for every operation on them."""

import re
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from typing import Any

from sqlmodel import Session, SQLModel, select

import models
from api.conventions.examples import example
from api.core.identities import EVERYBODY
from api.web_chat.visitors import make_token, new_visitor
from models import (
    AuthSession,
    CallLog,
    CallRoute,
    CallRouteVersion,
    Chat,
    ChatUser,
    Contact,
    ContactLink,
    Conversation,
    Department,
    DepartmentUser,
    Device,
    DidNumber,
    File,
    InboxChannel,
    InboxFile,
    InboxMail,
    InboxMessage,
    InboxNote,
    InboxSavedReply,
    InboxTag,
    InboxTeam,
    InboxTeamChannel,
    InboxTemplate,
    InboxWebChat,
    InboxWebhook,
    Integration,
    IntegrationEvent,
    InventoryNumber,
    Message,
    MessageMark,
    PrivacyRequest,
    PromptKind,
    Recording,
    ReportSchedule,
    Role,
    UploadedPrompt,
    Voicemail,
    WorkspaceEvent,
    WrapUpCode,
    utcnow,
)
from providers.integrations.base import Grant
from providers.integrations.grants import seal
from switchroom.encryption import encrypt
from switchroom.ids import dashed_id, public_id
from tests.contract.document import DOCUMENT, Operation, resolved
from tests.support.api.client import Person
from tests.support.api.world import World, pid

SCHEMAS = DOCUMENT["components"]["schemas"]
EVENT_THERE = "event-1"
"""The provider's id of the event in the member's calendar. Its revision there is `r1`."""
MARK = "Kestrel"
"""It stands in every name of the team and of its objects."""
PAGE = "https://kestrel.example"
"""The origin that may show the team's web chat."""
REFUSED = {
    "accept_conversation": 409,
    "decline_conversation": 409,
    "transfer_conversation": 400,
    "open_phone": 409,
    "call_contact": 409,
    "register_socket": 400,
    "unregister_socket": 400,
    "resend_invite": 404,
    "import_numbers": 400,
    "accept_invite": 400,
    "reset_password": 400,
    "submit_reset_page": 400,
    "submit_invite_page": 400,
    "submit_verification_page": 400,
    "submit_guest_page": 400,
    "verify_email": 400,
    "begin_second_factor": 400,
    "confirm_second_factor": 409,
    "disable_second_factor": 400,
    "login_user": 401,
    "sign_in_to_console": 403,
    "unhold": 409,
    "complete_consult": 409,
    "end_consult": 409,
    "join_consult": 409,
    "leave": 409,
    "pull": 409,
    "pick_up": 409,
    "monitor": 409,
    "whisper": 409,
    "barge": 409,
    "pause_recording": 409,
    "stop_recording": 409,
    "record": 409,
    "place_call": 409,
    "upload_file": 400,
    "upload_attachment": 400,
    "upload_visitor_file": 400,
    "visitor_saw": 404,
    "upload_prompt": 400,
    "upload_greeting": 400,
    "remove_greeting": 404,
    "forward_voicemail": 409,
    "join_chat": 400,
    "join_chat_anywhere": 400,
    "join_meeting": 400,
    "join_meeting_anywhere": 400,
    "get_conference": 404,
    "delete_guest": 404,
    "change_password": 400,
    "create_integration": 403,
    "login_via_email": 401,
    "login_via_facebook": 401,
    "login_via_token": 401,
    "refresh_token": 401,
}
"""What operations answer to a right body that has no secret of ours, or names nobody who was invited."""

PERSONAL = frozenset(
    {
        "add_event_guests",
        "create_event",
        "delete_event",
        "delete_integration",
        "remove_event_guest",
        "detach",
        "pull",
        "update_event",
        "update_integration",
        "delete_workspace_event",
        "set_own_wrap_up",
        "edit_message",
        "register_device",
        "remove_device",
        "update_device",
        "update_file",
        "read_workspace_event",
        "unmark_message",
        "update_chat_preferences",
        "update_chat_user",
    }
)
"""Operations on what is the member's alone: the team's admin may not call them."""

NEEDED: dict[str, tuple[str, ...]] = {
    "transfer": ("queue",),
    "consult": ("queue",),
    "place_call": ("team",),
    "register_device": ("subscription",),
    "create_contact": ("first_name", "team"),
    "create_number": ("team", "area_code"),
    "create_route": ("team", "entry", "blocks"),
    "update_route": ("entry", "blocks"),
    "validate_route": ("route", "entry", "blocks"),
    "check_route": ("route", "entry", "blocks"),
    "login_user": ("username", "password"),
    "simulate": ("shifts", "calls", "calls_per_hour", "aht"),
    "create_event": ("team",),
    "create_chat": ("team", "users"),
    "send_message": ("body",),
    "send_reply": ("body",),
    "edit_message": ("body",),
    "forward_message": ("forward_chat",),
    "delete_tag": ("id",),
    "disconnect_channels": ("channel_ids",),
    "send_visitor_message": ("text",),
}
"""Fields that are not required one by one, but without which the operation does nothing, or nothing to the team."""

QUERIES: dict[str, dict[str, Any]] = {
    "list_holidays": {"country": "CA", "year": 2027},
    "show_reset_page": {"token": "x"},
    "show_invite_page": {"team": "x", "token": "x"},
    "show_verification_page": {"token": "x"},
    "show_guest_page": {"team": "x"},
    "chat_exists": {"users": "nobody@example.com"},
}
"""Query parameters that are required."""


class Team:
    """A world's team with an object of every kind, which are the member's where they are a person's.

    `ids` has a value for every path parameter.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        team, member = world.team.id, world.member
        self._name_team()
        queue = world.queue(f"{MARK} queue")
        agent = world.agent(member, f"{MARK} agent", queue)
        self._made = 0
        self._blocks = {
            "message": {
                "type": "voicemail",
                "settings": {"mailbox": {"kind": "team", "id": team}},
                "exits": {},
            }
        }
        document: dict[str, Any] = {"name": f"{MARK} route", "entry": "message", "blocks": self._blocks}
        department = Department(team_id=team, name=f"{MARK} support")
        schedule = ReportSchedule(
            team_id=team, name=f"{MARK} figures", by="queue", period="day", receivers=[world.admin.user.id]
        )
        contact = Contact(owner_id=member.user.id, team_id=team, first_name=MARK)
        route = CallRoute(team_id=team, **document)
        number = DidNumber(team_id=team, e164="+14165550100", name=MARK)
        log = CallLog(
            team_id=team,
            disposition="answered",
            queue_id=queue.id,
            agent_id=agent.id,
            caller_name=MARK,
            started_at=utcnow(),
            ended_at=utcnow(),
        )
        recording = Recording(
            team_id=team,
            call_id=log.id,
            file_base=MARK,
            agent_id=agent.id,
            state="stored",
            s3_key=f"{MARK}.wav",
        )
        voicemail = Voicemail(
            team_id=team,
            call_id=log.id,
            mailbox_kind="user",
            mailbox_id=member.user.id,
            file=f"voicemail/{MARK}.wav",
            caller_name=MARK,
            state="failed",
            error=MARK,
        )
        code = WrapUpCode(team_id=team, code="sale", name=MARK)
        version = CallRouteVersion(route_id=route.id, version=1, document=document)
        place = DepartmentUser(department_id=department.id, user_id=member.user.id)
        pool = [
            InventoryNumber(e164=f"+1416555{n}", country="CA", area_code="416") for n in range(1000, 1100)
        ]
        chat_partner = world.api.person(world.team)
        guest = world.api.person(world.team, Role.GUEST)
        device = Device(
            user_id=member.user.id,
            registration_id=MARK,
            platform="webpush",
            name=MARK,
            address_hash=secrets.token_hex(32),
        )
        rows: tuple[SQLModel, ...] = (
            device,
            department,
            schedule,
            contact,
            route,
            number,
            log,
            recording,
            voicemail,
            code,
            version,
            place,
            *pool,
        )
        chat = Chat(
            team_id=team,
            owner_id=member.user.id,
            type="room",
            name=f"{MARK} room",
            room_number=12345,
            conf_pin=54321,
            last_number=1,
        )
        message = Message(chat_id=chat.id, number=1, from_id=member.user.id, body=f"{MARK} says")
        mark = MessageMark(message_id=message.id, user_id=member.user.id, type="pin")
        event = WorkspaceEvent(
            team_id=team,
            user_id=member.user.id,
            type="pin",
            chat_id=chat.id,
            message_id=message.id,
            mark_id=mark.id,
        )
        in_chat = [ChatUser(chat_id=chat.id, user_id=person.user.id) for person in (member, world.admin)]
        file = File(
            team_id=team,
            user_id=member.user.id,
            chat_id=chat.id,
            name=f"{MARK}.png",
            filename="a.png",
            extension="png",
            type="image/png",
            size=1,
            sha256="0" * 64,
        )
        integration = Integration(
            user_id=member.user.id,
            type="events",
            provider="google",
            client=MARK,
            email="jane@provider.example",
            sealed_grant=seal(world.api.context.settings, Grant("jane@provider.example", "token")),
        )
        link = ContactLink(
            integration_id=integration.id, contact_id=contact.id, provider_id="1", detached=True
        )
        calendar_event = IntegrationEvent(
            integration_id=integration.id,
            provider_id=EVENT_THERE,
            revision="r1",
            team_id=team,
            host_id=member.user.id,
            name=f"{MARK} event",
            start_at=utcnow(),
            end_at=utcnow() + timedelta(hours=1),
            guests=["guest@example.com"],
        )
        rows = (*rows, integration, link, calendar_event)
        sound = UploadedPrompt(
            team_id=team,
            kind=PromptKind.SOUND.value,
            name=f"{MARK} sound",
            state="ready",
            filename="a.wav",
            type="audio/wav",
            seconds=1.0,
        )
        music = UploadedPrompt(
            team_id=team, kind=PromptKind.MUSIC.value, name=f"{MARK} music", state="ready", tracks=[sound.id]
        )
        world.api.add(*rows, chat, *in_chat, message, mark, event, file, sound, music)
        inbox = self._inbox()
        world.engine.beats()
        live = {"did": number.e164, "caller": MARK, "state": "talking", "started_at": 1_700_000_000.0}
        world.engine.shows(
            "call",
            {
                **live,
                "call": log.id,
                "team": team,
                "queue": queue.id,
                "agent": agent.id,
                "talked": [agent.id],
            },
        )
        world.engine.shows(
            "conference",
            {
                "conference": chat.id,
                "team": team,
                "number": str(chat.room_number),
                "started_at": 1_700_000_000.0,
                "participants": [
                    {"call": log.id, "name": MARK, "caller": MARK, "joined_at": 1_700_000_000.0}
                ],
            },
        )
        user = member.id
        self.ids = {
            "channel_id": self._web_chat.channel_id,
            "team_id": public_id(team),
            "queue_id": pid(queue),
            "agent_id": pid(agent),
            "dept_id": pid(department),
            "contact_id": pid(contact),
            "route_id": pid(route),
            "number_id": pid(number),
            "call_id": pid(log),
            "voicemail_id": pid(voicemail),
            "user_id": user,
            "id": user,
            "team_user_id": pid(member.member),
            "guest_id": guest.id,
            "chat_id": pid(chat),
            "room_number": str(chat.room_number),
            "registration_id": device.registration_id,
            "session_id": public_id(self._session_of(member.user.id)),
            "version": "1",
            "code": "sale",
            "token": "x" * 43,
            "filename": "001565abcdef.cfg",
            "job_id": f"store_voicemail-{pid(voicemail)}",
            "table": "ps_auths",
            "message_id": pid(message),
            "mail_id": inbox["mail_id"],
            "mark_id": pid(mark),
            "event_id": pid(event),
            "integration_id": pid(integration),
            "calendar_event_id": pid(calendar_event),
            "email": "guest@example.com",
            "file_id": pid(file),
            "prompt_id": pid(music),
            "mailbox_id": pid(self._mailbox_of(member.user.id)),
            "kind": "busy",
            "schedule_id": pid(schedule),
            "search_term": MARK,
        }
        self._fields: dict[str, Any] = {
            "chat": pid(chat),
            "platform": "webpush",
            "team": public_id(team),
            "route": pid(route),
            "user": user,
            "owner": world.admin.id,
            "queue": pid(queue),
            "queueId": pid(queue),
            "agents": [pid(agent)],
            "managers": [world.admin.id],
            "entry": "message",
            "blocks": self._blocks,
            "area_code": "416",
            "calls": 5,
            "users": [pid(chat_partner.user)],
            "forward_chat": [pid(chat)],
            "tracks": [pid(sound)],
            "mailbox": self.ids["mailbox_id"],
            "shifts": [{"agent": "Kate", "from": "00:00", "to": "24:00"}],
            "user_ids": [pid(chat_partner.user)],
            "receivers": [world.admin.id],
            **inbox,
        }

    def _inbox(self) -> dict[str, Any]:
        """Give the team an inbox with a message of a contact. Return the ids that bodies name."""
        team, api = self.world.team.id, self.world.api
        contact = Contact(
            team_id=team,
            first_name=f"{MARK} writer",
            cell_number="+14165550199",
            attributes={"likes_dogs": "yes"},
        )
        channel = InboxChannel(
            team_id=team,
            source="SMS_TWILIO",
            external_id="+14165550177",
            name=f"{MARK} number",
            state="connected",
            claim="SMS_TWILIO:+14165550177",
            sealed_token=encrypt(api.context.settings, "AC0:secret"),
        )
        now = utcnow()
        conversation = Conversation(
            team_id=team,
            channel_id=channel.id,
            contact_id=contact.id,
            external_id="+14165550178",
            last_number=1,
            inbound_count=1,
            last_message_at=now,
            last_inbound_at=now,
            created_day="2026-03-02",
        )
        message = InboxMessage(
            conversation_id=conversation.id,
            channel_id=channel.id,
            number=1,
            inbound=True,
            text=f"{MARK} writes",
            sent_at=now,
        )
        conversation.last_message_id = message.id
        tag = InboxTag(team_id=team, name=f"{MARK} tag", color="tag-red")
        group = InboxTeam(
            team_id=team,
            name=f"{MARK} group",
            query={
                "channel_ids": [channel.id],
                "contact_ids": [],
                "display_names": [],
                "min_unread_message_count": None,
                "max_unread_message_count": None,
                "state": None,
                "contact_tag_ids": [],
            },
        )
        template = InboxTemplate(team_id=team, source="SMS_TWILIO", name=f"{MARK} template", text="Hello")
        file = InboxFile(team_id=team, message_id=message.id, name=f"{MARK}.png", type="image/png")
        chat = InboxChannel(
            team_id=team, source="WEB_CHAT", external_id=MARK, name=f"{MARK} page", state="connected"
        )
        self._web_chat = InboxWebChat(channel_id=chat.id, origins=[PAGE], title=f"{MARK} chat")
        hook = InboxWebhook(team_id=team, url=f"https://{MARK.lower()}.example")
        api.add(
            contact, channel, conversation, message, tag, group, template, file, hook, chat, self._web_chat
        )
        api.add(InboxTeamChannel(channel_id=channel.id, inbox_team_id=group.id))
        mail = InboxMail(message_id=message.id, channel_id=channel.id, mid="", html=f"<p>{MARK} writes</p>")
        author = self.world.member.user.id
        same = Contact(team_id=team, first_name=f"{MARK} again")
        note = InboxNote(team_id=team, conversation_id=conversation.id, user_id=author, text=f"{MARK} notes")
        saved = InboxSavedReply(team_id=team, name=f"{MARK} saved", text="Hello {{first_name}}")
        demand = PrivacyRequest(
            team_id=team, contact_id=same.id, kind="export", user_id=self.world.admin.user.id
        )
        api.add(same, note, saved, demand, mail)
        return {
            "source": "SMS_TWILIO",
            "organization_id": dashed_id(team),
            "conversation_id": dashed_id(conversation.id),
            "contact_id": dashed_id(contact.id),
            "tag_id": dashed_id(tag.id),
            "id": dashed_id(tag.id),
            "team_id": dashed_id(group.id),
            "template_id": dashed_id(template.id),
            "merged_contact_id": dashed_id(same.id),
            "request_id": dashed_id(demand.id),
            "note_id": dashed_id(note.id),
            "saved_reply_id": dashed_id(saved.id),
            "channel_id": dashed_id(channel.id),
            "user_id": dashed_id(author),
            "until": (now + timedelta(hours=1)).isoformat(),
            "file_id": dashed_id(file.id),
            "mail_id": dashed_id(message.id),
            "channel_ids": [dashed_id(channel.id)],
            "query": {"channel_ids": [dashed_id(channel.id)]},
            "member_ids": [],
        }

    def _name_team(self) -> None:
        with self.world.api.session() as session:
            session.get_one(models.Team, self.world.team.id).team_name = f"{MARK} {secrets.token_hex(4)}"

    def _mailbox_of(self, user_id: str) -> models.Mailbox:
        with Session(self.world.api.context.engine) as session:
            mine = select(models.Mailbox).where(models.Mailbox.owner_id == user_id)
            return session.exec(mine).one()

    def _session_of(self, user_id: str) -> str:
        with Session(self.world.api.context.engine) as session:
            return session.exec(select(AuthSession.id).where(AuthSession.user_id == user_id)).one()

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """Undo in the end what was changed in the database."""
        with closing(self.open()) as database, closing(sqlite3.connect(":memory:")) as saved:
            database.backup(saved)
            yield
            saved.backup(database)
        self.world.api.context.identities.drop([EVERYBODY])

    def open(self) -> sqlite3.Connection:
        """Open the api's database, past the api."""
        return sqlite3.connect(self.world.api.context.engine.url.database or "")

    def path(self, operation: Operation) -> str:
        """Return the operation's path with ids of the team's objects. Raises KeyError for an unknown parameter."""
        return operation.route.path.format(**self.ids)

    def headers(self, operation: Operation, person: Person) -> dict[str, str]:
        """Return the headers with which the person calls. A web chat is called by a visitor's page."""
        if not operation.route.path.startswith("/web-chat/"):
            return person.headers
        token = make_token(self.world.api.context.settings, new_visitor(self._web_chat.channel_id))
        return {"Origin": PAGE, "Authorization": f"Bearer {token}"}

    def query(self, operation: Operation) -> dict[str, Any]:
        """Return the query parameters that are required, or without which the operation does nothing."""
        if operation.name == "deactivate_user":
            return {"transfer": self.world.admin.id}
        return QUERIES.get(operation.name, {})

    def least(self, operation: Operation) -> Any:
        """Return the required fields alone, or those by which the operation does anything. None: it takes no body."""
        if operation.body() is None:
            return None
        schema = resolved(operation.body() or {})
        if schema.get("type") == "array":
            return [self._object(resolved(schema["items"]))]
        return self._object(schema, NEEDED.get(operation.name, ()))

    def whole(self, operation: Operation) -> Any:
        """Return the example of the body."""
        return example(operation.body() or {}, SCHEMAS)

    def _object(self, schema: dict[str, Any], more: tuple[str, ...] = ()) -> dict[str, Any]:
        self._made += 1
        fields = schema["properties"]
        unique = {
            "name": f"Name {self._made}",
            "code": f"code{self._made}",
            "team_name": f"Team {self._made} {secrets.token_hex(4)}",
            "email": f"user{self._made}-{secrets.token_hex(4)}@example.com",
        }
        given = {**self._fields, **unique}
        wanted = (*schema.get("required", ()), *more)
        # A user of a provider is called as ours are, but has other ids.
        ours = {
            name for name in wanted if re.search(fields[name].get("pattern", ""), str(given.get(name, "")))
        }
        return {
            name: given[name] if name in ours & given.keys() else example(fields[name], SCHEMAS)
            for name in wanted
        }
