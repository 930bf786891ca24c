"""Pushes to the devices of users: one job finds the devices, and one job for each device sends.

So a device whose push service is away holds up no other, and gets no push twice because of it.
"""

import asyncio
import logging
from datetime import timedelta

from cryptography.fernet import InvalidToken
from redis import Redis
from rq import Retry
from sqlalchemy import bindparam, delete
from sqlmodel import Session, col, select

from models import ChatUser, Device, MemberStatus, Outbox, TeamUser, User, UserStatus, utcnow
from models.device import Platform
from providers.push.base import LONGEST_TEXT, LONGEST_TITLE, GoneError, LaterError, Note, PushError
from providers.push.choose import make_pusher
from switchroom.database import session
from switchroom.encryption import decrypt, encrypt
from switchroom.ids import public_id
from switchroom.messages.outbox import Push
from switchroom.settings import Settings
from workers.enqueue import enqueue
from workers.jobs.mail import give_up
from workers.resources import Resources, get_resources

logger = logging.getLogger(__name__)

LIFETIME = timedelta(days=1)
"""How long a push is worth sending."""
MOST_WAITS = 1000
"""How often a push waits as long as its push service asks for. Its lifetime ends long before."""
LEAST_WAIT = 10
"""Seconds. FCM asks for no fewer."""

_DEVICES = (
    select(Device.id)
    .join(TeamUser, col(TeamUser.user_id) == col(Device.user_id))
    .join(User, col(User.id) == col(Device.user_id))
    .where(
        col(Device.user_id).in_(bindparam("users", expanding=True)),
        col(Device.do_not_disturb).is_(False),
        col(TeamUser.team_id) == bindparam("team"),
        col(TeamUser.status) == MemberStatus.ACTIVE.value,
        col(TeamUser.notification),
        col(User.status) == UserStatus.ACTIVE.value,
    )
    .order_by(col(Device.id))
)
_DEVICES_IN_CHAT = _DEVICES.join(ChatUser, col(ChatUser.user_id) == col(Device.user_id)).where(
    col(ChatUser.chat_id) == bindparam("chat"), col(ChatUser.do_not_disturb).is_not(True)
)
"""The same of users who are in the chat and have not muted it."""


def send_push(outbox_id: str) -> None:
    """Job: enqueue this push for each device of its users that may be disturbed."""
    resources = get_resources()
    with session(resources.engine, readonly=True) as db:
        row = db.get(Outbox, outbox_id)
        if row is None:
            logger.warning("a push was not sent within a day", extra={"outbox": outbox_id})
            return
        told = Push.model_validate(row.payload)
        named = {"users": told.users, "team": told.team}
        if chat := told.about.get("chat"):
            devices = db.exec(_DEVICES_IN_CHAT, params={**named, "chat": chat}).all()
        else:
            devices = db.exec(_DEVICES, params=named).all()
    for device in devices:
        enqueue(resources.redis, "push_to_device", outbox_id, device)


def push_to_device(outbox_id: str, device_id: str) -> Retry | None:
    """Job: send this push to one device. A device that its push service no longer knows is removed.

    Raises `PushError` and `LaterError`. Returns an RQ `Retry` if the push service says when to come back.
    """
    resources = get_resources()
    with session(resources.engine, readonly=True) as db:
        row, device = db.get(Outbox, outbox_id), db.get(Device, device_id)
    left = row.created_at + LIFETIME - utcnow() if row else timedelta(0)
    if row is None or device is None or device.do_not_disturb or left <= timedelta(0):
        logger.info("a push is not sent any more", extra={"outbox": outbox_id, "device": device_id})
        return None
    note = _note(row, int(left.total_seconds()))
    try:
        send(resources, device, note)
    except GoneError as error:
        with session(resources.engine) as db:
            remove(db, device)
        logger.info("device removed", extra={"device": device_id, "error": str(error)})
    except LaterError as error:
        if error.seconds is None:
            raise
        return Retry(max=MOST_WAITS, interval=max(LEAST_WAIT, error.seconds))
    except PushError:
        give_up()
        raise
    else:
        logger.info("push sent", extra={"outbox": outbox_id, "device": device_id})
    return None


def send(resources: Resources, device: Device, note: Note) -> None:
    """Send the note to the device. Raises `PushError`, `LaterError`."""
    settings = resources.settings
    pusher = make_pusher(settings, device.platform, RedisTokens(resources))
    asyncio.run(pusher.send(_address(settings, device), note))


def remove(db: Session, device: Device) -> None:
    """Remove the device, unless it was registered again meanwhile with another address."""
    same = (col(Device.id) == device.id, col(Device.address_hash) == device.address_hash)
    db.execute(delete(Device).where(*same))


class RedisTokens:
    """The access token for FCM in Redis, encrypted. See `providers.push.fcm.TokenStore`."""

    def __init__(self, resources: Resources) -> None:
        self._redis: Redis = resources.redis
        self._settings, self._key = resources.settings, resources.keys.fcm_token

    def get(self) -> str | None:
        found = self._redis.get(self._key)
        if not isinstance(found, bytes):
            return None
        try:
            return decrypt(self._settings, found.decode())
        except InvalidToken:  # The installation has got another key.
            return None

    def put(self, token: str, seconds: int) -> None:
        self._redis.set(self._key, encrypt(self._settings, token), ex=seconds)

    def forget(self) -> None:
        self._redis.delete(self._key)


def _address(settings: Settings, device: Device) -> str:
    if device.platform == Platform.FCM.value or device.address is None:
        return device.registration_id
    try:
        return decrypt(settings, device.address)
    except InvalidToken:
        raise PushError("the subscription was encrypted with another SWITCHROOM_SECRET_KEY") from None


def _note(row: Outbox, seconds: int) -> Note:
    told = Push.model_validate(row.payload)
    about = {name: public_id(id) for name, id in told.about.items()}
    data = {"kind": told.kind, "team": public_id(told.team), **about}
    title, text = (_clipped(told.title, LONGEST_TITLE), _clipped(told.text, LONGEST_TEXT))
    return Note(id=row.id, title=title, text=text, data=data, seconds=seconds)


def _clipped(text: str, longest: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= longest else line[: longest - 1] + "…"
