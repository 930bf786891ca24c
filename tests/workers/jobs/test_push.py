"""Pushes go from the outbox to the devices of their users, by way of real adapters and local push services."""

import json
import ssl
from typing import Any

import pytest
from pydantic import SecretStr
from rq import Queue
from rq.registry import ScheduledJobRegistry
from rq.serializers import JSONSerializer
from sqlmodel import select

from models import ChatType, Device, MemberStatus, Outbox, Role, Team, TeamUser, User, utcnow
from models.chat import new_chat
from models.chat_user import add_to_chat
from models.device import push
from providers.push.choose import make_pusher
from providers.push.web_push import WebPush
from switchroom.database import session
from switchroom.encryption import encrypt
from switchroom.ids import new_id, public_id
from switchroom.vapid import make_private_key, public_key
from tests.support.push.fcm import FcmService
from tests.support.push.fixtures import fcm_service, push_service, push_tls
from tests.support.push.web_push import PushService, outgoing_to
from tests.workers.conftest import work
from workers.failed import failed_jobs
from workers.jobs.push import LIFETIME
from workers.outbox import relay
from workers.resources import Resources

__all__ = ["fcm_service", "push_service", "push_tls"]
pytestmark = pytest.mark.service

KEY = make_private_key()
CALL = "c" * 32


class Desk:
    """A team with one member, and a worker whose push services are local."""

    def __init__(
        self, resources: Resources, patch: pytest.MonkeyPatch, fcm: FcmService, trusted: ssl.SSLContext
    ) -> None:
        changed = {
            "vapid_private_key": SecretStr(KEY),
            "secret_key": SecretStr("s" * 40),
            "fcm_service_account": fcm.account,
            "fcm_endpoint": fcm.endpoint,
        }
        settings = resources.settings.model_copy(update=changed)
        self.resources = Resources(settings, resources.engine, resources.redis, resources.storage)
        for module in ("workers.jobs.push", "workers.failed"):
            patch.setattr(f"{module}.get_resources", lambda: self.resources)

        def local(settings: Any, platform: str, tokens: Any) -> Any:
            if platform == "webpush":
                return WebPush(KEY, "mailto:switchroom@localhost", outgoing_to(trusted))
            return make_pusher(settings, platform, tokens)

        patch.setattr("workers.jobs.push.make_pusher", local)
        owner, self.user = User(email="o@example.com"), User(email="u@example.com")
        self.team = Team(team_name="T", slug="t", owner_id=owner.id, billing_id=1, number=1)
        self.member = TeamUser(team_id=self.team.id, user_id=self.user.id, role=Role.MEMBER.value)
        self.add(owner, self.user, self.team, self.member)

    def add(self, *rows: Any) -> None:
        with session(self.resources.engine) as db:
            for row in rows:
                db.add(row)
                db.flush()

    def device(
        self, registration: str, platform: str = "fcm", address: str | None = None, **more: Any
    ) -> Device:
        sealed = encrypt(self.resources.settings, address) if address else None
        device = Device(
            user_id=self.user.id,
            registration_id=registration,
            platform=platform,
            address=sealed,
            address_hash=new_id(),
            **more,
        )
        self.add(device)
        return device

    def push(self, text: str = "Jane called", *users: str) -> str:
        with session(self.resources.engine) as db:
            about = {"call": CALL}
            to = users or (self.user.id,)
            push(db, "missed_call", to, self.team.id, "Missed call", text, about)
        with session(self.resources.engine, readonly=True) as db:
            return db.exec(select(Outbox.id).order_by(Outbox.id.desc())).first() or ""  # type: ignore[attr-defined]

    def work(self) -> None:
        relay(self.resources.engine, self.resources.redis, self.resources.keys)
        work(self.resources)

    def devices(self) -> list[str]:
        with session(self.resources.engine, readonly=True) as db:
            return sorted(db.exec(select(Device.registration_id)))

    def failures(self) -> list[str]:
        return [job.error for job in failed_jobs(self.resources.redis)]

    def waiting(self) -> list[str]:
        queue = Queue("default", connection=self.resources.redis, serializer=JSONSerializer)
        return list(ScheduledJobRegistry(queue=queue).get_job_ids())


@pytest.fixture
def desk(
    both: Resources,
    monkeypatch: pytest.MonkeyPatch,
    fcm_service: FcmService,
    push_tls: tuple[ssl.SSLContext, ssl.SSLContext],
) -> Desk:
    return Desk(both, monkeypatch, fcm_service, push_tls[1])


def test_a_push_reaches_every_device(desk: Desk, fcm_service: FcmService, push_service: PushService) -> None:
    browser = push_service.browser()
    desk.device("phone:1")
    desk.device("phone:2")
    desk.device("browser", "webpush", json.dumps(browser.subscription))
    outbox = desk.push()
    desk.work()
    assert sorted(message["token"] for message in fcm_service.messages) == ["phone:1", "phone:2"]
    assert fcm_service.given == 1, "the access token is kept in Redis"
    data = {
        "kind": "missed_call",
        "team": public_id(desk.team.id),
        "call": public_id(CALL),
        "id": outbox,
    }
    assert fcm_service.messages[0]["data"] == data
    (request,) = push_service.requests
    push_service.check_signature(request, public_key(KEY), "mailto:switchroom@localhost")
    read = browser.read(request.get_data())
    assert (read["title"], read["body"], read["id"]) == ("Missed call", "Jane called", outbox)
    kept = desk.resources.redis.get(desk.resources.keys.fcm_token)
    assert isinstance(kept, bytes)
    assert b"ya29" not in kept
    assert (desk.failures(), desk.waiting()) == ([], [])


def test_dead_registrations_are_removed(
    desk: Desk, fcm_service: FcmService, push_service: PushService
) -> None:
    desk.device("phone:alive")
    desk.device("phone:dead")
    desk.device("browser", "webpush", json.dumps(push_service.browser().subscription))
    fcm_service.errors["phone:dead"] = (404, "UNREGISTERED", {})
    push_service.status = 410
    desk.push()
    desk.work()
    assert desk.devices() == ["phone:alive"]
    assert desk.failures() == []


def test_who_does_not_want_pushes_gets_none(desk: Desk, fcm_service: FcmService) -> None:
    desk.device("phone:1", do_not_disturb=True)
    desk.push()
    desk.work()
    assert fcm_service.messages == []


@pytest.mark.parametrize("change", ["notification", "status"])
def test_members_who_left_or_want_none_get_none(desk: Desk, fcm_service: FcmService, change: str) -> None:
    desk.device("phone:1")
    value: Any = False if change == "notification" else MemberStatus.DEACTIVATED.value
    with session(desk.resources.engine) as db:
        setattr(db.get_one(TeamUser, desk.member.id), change, value)
    desk.push()
    desk.work()
    assert fcm_service.messages == []


def test_a_push_is_tried_again_when_the_service_says(desk: Desk, fcm_service: FcmService) -> None:
    device = desk.device("phone:1")
    fcm_service.errors["phone:1"] = (503, "UNAVAILABLE", {"Retry-After": "90"})
    outbox = desk.push()
    desk.work()
    assert desk.waiting() == [f"push_to_device-{outbox}-{device.id}"]
    assert (desk.failures(), desk.devices()) == ([], ["phone:1"])


def test_a_refused_push_fails_once_and_keeps_the_device(desk: Desk, fcm_service: FcmService) -> None:
    desk.device("phone:1")
    fcm_service.errors["phone:1"] = (400, "INVALID_ARGUMENT", {})
    desk.push()
    desk.work()
    (error,) = desk.failures()
    assert "INVALID_ARGUMENT" in error
    assert (desk.devices(), desk.waiting()) == (["phone:1"], [])


def test_a_push_of_yesterday_is_not_sent(desk: Desk, fcm_service: FcmService) -> None:
    desk.device("phone:1")
    outbox = desk.push()
    with session(desk.resources.engine) as db:
        db.get_one(Outbox, outbox).created_at = utcnow() - LIFETIME
    desk.work()
    assert (fcm_service.messages, desk.failures()) == ([], [])


def test_a_long_text_is_cut(desk: Desk, push_service: PushService) -> None:
    browser = push_service.browser()
    desk.device("browser", "webpush", json.dumps(browser.subscription))
    desk.push("☎" * 5000)
    desk.work()
    (request,) = push_service.requests
    assert len(request.get_data()) <= 4096
    assert browser.read(request.get_data())["body"].endswith("☎…")


@pytest.mark.parametrize("state", ["in", "muted", "out"])
def test_who_left_or_muted_the_chat_gets_no_push_of_it(
    desk: Desk, fcm_service: FcmService, state: str
) -> None:
    desk.device("phone:1")
    chat = "d" * 32
    with session(desk.resources.engine) as db:
        room = new_chat(db, desk.team.id, ChatType.ROOM, owner_id=None)
        room.id = chat
        db.add(room)
        db.flush()
        if state != "out":
            add_to_chat(db, room, desk.user.id).do_not_disturb = state == "muted"
        push(db, "mention", [desk.user.id], desk.team.id, "You were mentioned", "hey Ann", {"chat": chat})
    desk.work()
    assert [message["data"]["chat"] for message in fcm_service.messages] == (
        [public_id(chat)] if state == "in" else []
    )
