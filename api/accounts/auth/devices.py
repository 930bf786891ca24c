"""From where a request comes."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from api.core.deps import client_address


@dataclass(frozen=True, slots=True)
class Device:
    """A client's address, and how its program names itself (`User-Agent`)."""

    address: str
    name: str


async def get_device(request: Request) -> Device:
    """Return from where the request comes."""
    name = "".join(char for char in request.headers.get("user-agent", "") if char.isprintable())
    return Device(await client_address(request), name[:200])


DeviceDep = Annotated[Device, Depends(get_device)]
