"""What is done with devices, and who may do it: each user registers their own."""

from collections.abc import Sequence

from sqlalchemy import bindparam
from sqlmodel import col, func, or_, select

from api.accounts.devices.schemas import DeviceCreate, DeviceUpdate
from api.accounts.users.service import get_visible
from api.core.errors import Conflict, Forbidden, NotFound, Unavailable, ValidationFailed
from api.core.passwords import digest
from api.core.scope import USER, Scope
from models import Device
from models.device import Platform
from providers.push.choose import not_configured
from switchroom.encryption import encrypt
from switchroom.ids import new_id, public_id
from switchroom.settings import Settings

MOST = 50
"""Devices of one user."""

_OWN = select(Device).where(col(Device.user_id) == USER).order_by(col(Device.id))
_ONE = _OWN.where(col(Device.registration_id) == bindparam("registration"))
_COUNT = select(func.count()).select_from(Device).where(col(Device.user_id) == USER)
_ALIKE = (
    select(Device)
    .where(
        or_(
            col(Device.address_hash) == bindparam("address"),
            (col(Device.user_id) == USER) & (col(Device.registration_id) == bindparam("registration")),
        )
    )
    .with_for_update()
)


def own_devices(scope: Scope) -> Sequence[Device]:
    """Return the caller's devices, oldest first."""
    return scope.session.exec(_OWN, params=scope.values).all()


def require_own(scope: Scope, user: str) -> None:
    """Raise NotFound for a stranger, and Forbidden for a colleague: users manage their own devices alone."""
    if get_visible(scope, user).id != scope.user_id:
        raise Forbidden("Only the users themselves may do this")


def get_own(scope: Scope, user: str, registration: str) -> Device:
    """Return a device of the caller. Raises NotFound, Forbidden."""
    require_own(scope, user)
    device = scope.session.exec(_ONE, params={**scope.values, "registration": registration}).first()
    if device is None:
        raise NotFound("device")
    return device


def register(scope: Scope, settings: Settings, body: DeviceCreate) -> Device:
    """Register a device, or again one that is known. Raises ValidationFailed, Unavailable, Conflict.

    If it was another user's, it is theirs no longer: the browser or app has changed hands.
    """
    if problem := not_configured(settings, body.platform.value):
        raise Unavailable(problem)
    registration, address = _names(body)
    session = scope.session
    hashed = digest(f"{body.platform.value} {address}")
    named = {**scope.values, "address": hashed, "registration": registration}
    alike = session.exec(_ALIKE, params=named).all()
    known = next((row for row in alike if row.user_id == scope.user_id), None)
    for other in alike:
        if other is not known:
            session.delete(other)
    session.flush()
    device = known or Device(
        user_id=scope.user_id, registration_id=registration, platform="", address_hash=""
    )
    device.registration_id, device.platform, device.address_hash = registration, body.platform.value, hashed
    device.address = encrypt(settings, body.subscription.model_dump_json()) if body.subscription else None
    session.add(device)
    update(scope, device, body)
    if session.exec(_COUNT, params=scope.values).one() > MOST:
        raise Conflict(f"A user has {MOST} devices at most: remove one", limit=MOST)
    return device


def update(scope: Scope, device: Device, body: DeviceCreate | DeviceUpdate) -> None:
    """Assign what was sent."""
    sent = body.changes()
    device.name = sent.get("name", device.name)
    device.do_not_disturb = sent.get("doNotDisturb", device.do_not_disturb)
    scope.session.flush()


def _names(body: DeviceCreate) -> tuple[str, str]:
    """Return the registration's id and the address at the push service. Raises ValidationFailed."""
    if body.platform is Platform.FCM:
        if body.registration_id is None:
            raise ValidationFailed({"registration_id": "Required: the token that FCM gave to the app"})
        if body.subscription is not None:
            raise ValidationFailed({"subscription": "Only webpush has one"})
        return body.registration_id, body.registration_id
    if body.subscription is None:
        raise ValidationFailed({"subscription": "Required: what the browser's PushManager gave"})
    return body.registration_id or public_id(new_id()), body.subscription.endpoint
