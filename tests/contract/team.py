"""A team that has an object of every kind, and right requests for every operation on them."""

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
from models import (
    AuthSession,
    CallLog,
    CallRoute,
    CallRouteVersion,
    Chat,
    ChatUser,
    Contact,
    ContactLink,
    Department,
    DepartmentUser,
    Device,
    DidNumber,
    File,
    Integration,
    IntegrationEvent,
    InventoryNumber,
    Message,
    MessageMark,
    PromptKind,
    Recording,
    Role,
    UploadedPrompt,
    Voicemail,
    WorkspaceEvent,
    WrapUpCode,
    utcnow,
)
from providers.integrations.base import Grant
from providers.integrations.grants import seal
from switchroom.ids import public_id
from tests.contract.document import DOCUMENT, Operation, resolved
from tests.support.api.world import World, pid

SCHEMAS = DOCUMENT["components"]["schemas"]
EVENT_THERE = "event-1"
"""The provider's id of the event in the member's calendar. Its revision there is `r1`."""
MARK = "Kestrel"
"""It stands in every name of the team and of its objects."""
REFUSED = {
    "register_socket": 400,
    "unregister_socket": 400,
    "resend_invite": 404,
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
    "upload_file": 400,
    "upload_prompt": 400,
    "join_chat": 400,
    "join_chat_anywhere": 400,
    "join_meeting": 400,
    "join_meeting_anywhere": 400,
    "get_conference": 404,
    "delete_guest": 404,
    "change_password": 400,
    "create_integration": 403,
}
"""What operations answer to a right body that has no secret of ours, or names nobody who was invited."""

PERSONAL = frozenset(
    {
        "add_event_guests",
        "create_event",
        "delete_event",
        "delete_integration",
        "remove_event_guest",
        "update_event",
        "update_integration",
        "delete_workspace_event",
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
    "register_device": ("subscription",),
    "create_contact": ("first_name", "team"),
    "create_number": ("team", "area_code"),
    "create_route": ("team", "entry", "blocks"),
    "update_route": ("entry", "blocks"),
    "validate_route": ("route", "entry", "blocks"),
    "login_user": ("username", "password"),
    "simulate": ("shifts", "calls", "calls_per_hour", "aht"),
    "create_event": ("team",),
    "create_chat": ("team", "users"),
    "send_message": ("body",),
    "send_reply": ("body",),
    "edit_message": ("body",),
    "forward_message": ("forward_chat",),
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
        world.engine.beats()
        live = {"did": number.e164, "caller": MARK, "state": "talking", "started_at": 1_700_000_000.0}
        world.engine.shows(
            "call", {**live, "call": log.id, "team": team, "queue": queue.id, "agent": agent.id}
        )
        user = member.id
        self.ids = {
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
            "job_id": f"store_voicemail-{pid(voicemail)}",
            "table": "ps_auths",
            "message_id": pid(message),
            "mark_id": pid(mark),
            "event_id": pid(event),
            "integration_id": pid(integration),
            "calendar_event_id": pid(calendar_event),
            "email": "guest@example.com",
            "file_id": pid(file),
            "prompt_id": pid(music),
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
            "shifts": [{"agent": "Kate", "from": "00:00", "to": "24:00"}],
        }

    def _name_team(self) -> None:
        with self.world.api.session() as session:
            session.get_one(models.Team, self.world.team.id).team_name = f"{MARK} {secrets.token_hex(4)}"

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
        return {name: given.get(name, example(fields[name], SCHEMAS)) for name in wanted}
