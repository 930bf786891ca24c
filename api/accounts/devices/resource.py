"""What clients see of the devices' table. Nobody is shown a subscription again."""

from typing import Annotated

from api.conventions.answers import Answer, Column, PublicId, Time
from api.conventions.resource import Resource
from models import Device
from models.device import Platform


class DeviceAnswer(Answer):
    """A browser or an app that gets the user's pushes."""

    id: PublicId
    user: PublicId
    registration_id: str
    platform: Platform
    name: str
    doNotDisturb: Annotated[bool, Column("do_not_disturb")]
    """Whether the device gets no pushes for now."""
    created_at: Time
    updated_at: Time


DEVICE = Resource("device", DeviceAnswer, Device)
