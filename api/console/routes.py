"""The session of a browser that shows the console."""

from typing import Annotated

from fastapi import Depends, Request
from sqlmodel import col
from starlette.responses import HTMLResponse, Response

from api.accounts.auth import sessions
from api.accounts.auth.devices import DeviceDep
from api.accounts.auth.routes import PER_ADDRESS
from api.console import mails, service
from api.console.answers import ConsoleSession
from api.console.schemas import SignIn
from api.conventions.answers import Nothing
from api.conventions.openapi import shows_text
from api.conventions.resource import Shown
from api.core.cookies import require_own_page, set_cookie
from api.core.deps import CallerDep, ContextDep, ScopeDep, SessionDep, get_identity
from api.core.errors import Unauthenticated
from api.core.identities import Identity
from api.core.route import WorkDep
from api.core.route import router as operations
from models import AuthSession
from switchroom.ids import public_id

router = operations(prefix="/console", tags=["console"])


async def get_signed_in(request: Request) -> Identity | None:
    """The signed-in caller, or None: nobody, or no longer."""
    try:
        return await get_identity(request)
    except Unauthenticated:
        return None


@router.get("/session", response_model=ConsoleSession, responses={403: {}})
def get_console_session(signed_in: Annotated[Identity | None, Depends(get_signed_in)]) -> Shown:
    """Say who is signed in in this browser."""
    return {"user": public_id(signed_in.user_id) if signed_in else None}


@router.post("/session", response_model=ConsoleSession, responses={401: {}, 403: {}})
def sign_in_to_console(
    body: SignIn, request: Request, context: ContextDep, device: DeviceDep, work: WorkDep
) -> Shown:
    """Sign a browser in.

    The answer sets a cookie that no script can read, and that counts in place of an access token for requests of this
    server's own pages. It lasts until the browser is closed, and 30 days at most (`SWITCHROOM_REFRESH_TOKEN_DAYS`).
    """
    require_own_page(request, context.settings)
    context.limiter.hit(PER_ADDRESS, "login", device.address)
    user, token = service.sign_in(context, body, device)
    work.headers["Set-Cookie"] = set_cookie(request, context.settings, token)
    return {"user": public_id(user)}


@router.delete("/session", response_model=Nothing)
def sign_out_of_console(
    caller: CallerDep, request: Request, context: ContextDep, session: SessionDep, work: WorkDep
) -> Shown:
    """Sign a browser out: its session ends."""
    sessions.revoke(session, col(AuthSession.id) == caller.session_id, reason="logout")
    work.headers["Set-Cookie"] = set_cookie(request, context.settings, "")
    return {}


@router.get(
    "/mail/{mail_id}", response_class=Response, responses={**shows_text("<p>Hello</p>", "text/html"), 404: {}}
)
def show_mail(mail_id: str, scope: ScopeDep, context: ContextDep) -> Response:
    """Show a contact's mail as its sender designed it, in a page that can do nothing.

    It runs nothing, and loads nothing but the pictures that came with the mail. Who may read the conversation may see
    it. `mail_id` is the message's id.
    """
    page = mails.mail_page(scope, context.stored.storage, mail_id)
    return HTMLResponse(page, headers=mails.headers(context.settings))
