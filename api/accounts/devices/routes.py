"""Devices: the browsers and apps where users get pushes. `GET /user/me` lists them."""

from api.accounts.devices import service
from api.accounts.devices.resource import DEVICE, DeviceAnswer
from api.accounts.devices.schemas import DeviceCreate, DeviceUpdate
from api.conventions.resource import Shown, require_unchanged
from api.conventions.router import v1_router
from api.core.deps import ContextDep, ScopeDep

router = v1_router(tags=["devices"])


@router.post(
    "/user/{user_id}/devices", response_model=DeviceAnswer, status_code=201, responses={503: {}, 409: {}}
)
def register_device(user_id: str, body: DeviceCreate, scope: ScopeDep, context: ContextDep) -> Shown:
    """Register a device of the caller for pushes. `GET /services` has the key that a browser subscribes with."""
    service.require_own(scope, user_id)
    return DEVICE.show(service.register(scope, context.settings, body))


@router.delete("/user/{user_id}/devices/{registration_id}", response_model=DeviceAnswer)
def remove_device(user_id: str, registration_id: str, scope: ScopeDep) -> Shown:
    """Remove a device of the caller. It gets no pushes any more."""
    device = service.get_own(scope, user_id, registration_id)
    require_unchanged(scope, device)
    scope.session.delete(device)
    return DEVICE.show(device)


@router.patch("/user/{user_id}/devices/{registration_id}", response_model=DeviceAnswer)
def update_device(user_id: str, registration_id: str, body: DeviceUpdate, scope: ScopeDep) -> Shown:
    """Change a device of the caller. With `doNotDisturb` it gets no pushes, and stays registered."""
    device = service.get_own(scope, user_id, registration_id)
    require_unchanged(scope, device)
    service.update(scope, device, body)
    return DEVICE.show(device)
