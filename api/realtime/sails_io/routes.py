"""Whether a socket gets events."""

from fastapi import Request

from api.conventions.resource import Shown
from api.conventions.router import v1_router
from api.core.deps import IdentityDep
from api.core.errors import ValidationFailed
from api.realtime.sails_io.answers import SocketAnswer
from api.realtime.sails_io.socket import SailsSocket
from api.realtime.sails_io.virtual_request import socket_of

router = v1_router(tags=["realtime"])


@router.post("/socket/register", response_model=SocketAnswer)
async def register_socket(request: Request, identity: IdentityDep) -> Shown:
    """Get events over this socket: of everything that the caller may see.

    Only over a socket of the sails.io SDK. Over HTTP it is a 400.
    """
    _socket(request).register(identity)
    return {"registered": True}


@router.post("/socket/unregister", response_model=SocketAnswer)
async def unregister_socket(request: Request, identity: IdentityDep) -> Shown:
    """Get no more events over this socket."""
    _socket(request).unregister()
    return {"registered": False}


def _socket(request: Request) -> SailsSocket:
    socket: SailsSocket | None = socket_of(request)
    if socket is None:
        raise ValidationFailed({"socket": "Only over a socket of the sails.io SDK, not over HTTP"})
    return socket
