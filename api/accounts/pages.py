"""The pages behind mailed links, for people whose client has none. They are plain forms without a script."""

from collections.abc import Callable, Coroutine
from html import escape
from typing import Annotated, Any

from fastapi import Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BeforeValidator, StringConstraints
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from api.accounts.auth import schemas, service, verification
from api.accounts.auth.devices import DeviceDep
from api.accounts.guests import joining
from api.accounts.guests.schemas import ChatJoining
from api.accounts.teams import invites
from api.accounts.teams.schemas import Acceptance
from api.conventions.error_answers import ANSWERS
from api.conventions.fields import Id, Password
from api.conventions.openapi import shows_text
from api.core.deps import AddressDep, ContextDep
from api.core.error_handlers import invalid_request
from api.core.errors import Conflict, DomainError, Forbidden, Unauthenticated, ValidationFailed
from api.core.route import Operation
from api.core.route import router as operations


class PageOperation(Operation):
    """An operation for people: what is wrong with a form is a page too."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def show(request: Request) -> Response:
            try:
                return await handle(request)
            except RequestValidationError as error:
                return _refusal(invalid_request(error))
            except (ValidationFailed, Unauthenticated, Forbidden, Conflict) as error:
                return _refusal(error)
            except HTTPException as error:  # FastAPI cannot read the body at all
                return _refusal(ValidationFailed({"form": error.detail}))

        return show


router = operations("/auth", operation=PageOperation, tags=["pages"], default_response_class=HTMLResponse)

Token = Annotated[str, Query(max_length=512)]

_FAILS = "<!doctype html><title>That did not work</title>"
_SHOWS = shows_text("<!doctype html><title>Done</title>", "text/html") | shows_text(_FAILS, "text/html", 400)
_ANSWERS = _SHOWS | shows_text(_FAILS, "text/html", 401)

_GUEST_ANSWERS = _ANSWERS | shows_text(_FAILS, "text/html", 403) | shows_text(_FAILS, "text/html", 409)

_FIELD = '<p><label>Password <input name="password" type="password" minlength="6"{required}></label></p>'
_CODE = '<p><label>Code of your second factor, if you have one <input name="code" maxlength="40"></label></p>'
_NAMES = (
    '<p><label>First name <input name="firstname" maxlength="100"></label></p>'
    '<p><label>Last name <input name="lastname" maxlength="100"></label></p>'
)


def _filled(value: Any) -> Any:
    """Read a field of a form. A form sends an empty text for what was not filled in."""
    return value or None


class JoinForm(Acceptance):
    team: Id
    password: Annotated[Password | None, BeforeValidator(_filled)] = None
    code: Annotated[str | None, BeforeValidator(_filled)] = None


class GuestForm(ChatJoining):
    team: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    password: Password
    chat: Annotated[str | None, StringConstraints(max_length=40), BeforeValidator(_filled)] = None


class VerificationForm(schemas.VerifyEmail):
    code: Annotated[schemas.Secret | None, BeforeValidator(_filled)] = None


def _page(title: str, body: str, status: int = 200) -> HTMLResponse:
    head = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
    page = f"{head}<h1>{escape(title)}</h1>{body}</html>"
    # It may repeat what the client sent, so half of a surrogate pair becomes a question mark.
    return HTMLResponse(page.encode("utf-8", "replace"), status)


def _form(action: str, hidden: dict[str, str], fields: str) -> str:
    kept = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in hidden.items()
    )
    return f'<form method="post" action="/auth/{action}/page">{kept}{fields}<button>Continue</button></form>'


def _refusal(error: DomainError) -> HTMLResponse:
    reasons = "".join(
        f"<p>{escape(name)}: {escape(str(reason))}</p>" for name, reason in error.response.items()
    )
    return _page("That did not work", reasons, ANSWERS[type(error)][0])


@router.get("/reset-password", responses=_SHOWS)
def show_reset_page(token: Token) -> HTMLResponse:
    """Show the form behind a mailed link to set a new password."""
    fields = _FIELD.format(required=" required")
    return _page("Choose a new password", _form("reset-password", {"token": token}, fields))


@router.post("/reset-password/page", responses=_ANSWERS)
def submit_reset_page(body: schemas.ResetPassword, context: ContextDep, address: AddressDep) -> HTMLResponse:
    """Set the password that the form sends."""
    service.reset(context, body, address)
    return _page("Done", "<p>The new password holds from now on.</p>")


@router.get("/accept-invite", responses=_SHOWS)
def show_invite_page(team: Token, token: Token) -> HTMLResponse:
    """Show the form behind a mailed invitation."""
    hint = "<p>If you have an account already, enter its password and leave the names empty.</p>"
    fields = hint + _NAMES + _FIELD.format(required=" required") + _CODE
    return _page("Join the team", _form("accept-invite", {"team": team, "token": token}, fields))


@router.post("/accept-invite/page", responses=_ANSWERS)
def submit_invite_page(body: JoinForm, context: ContextDep, address: AddressDep) -> HTMLResponse:
    """Join the team by what the form sends."""
    invites.accept_mailed(context, body.team, body, None, address)
    return _page("Welcome", "<p>You are a member of the team now.</p>")


@router.get("/join-chat", responses=_SHOWS)
def show_guest_page(team: Token, chat: Token = "", pin: Token = "") -> HTMLResponse:
    """Show the form behind the URL of a chat for guests, and behind a mailed invitation to a chat."""
    hint = "<p>Choose a password, with which you can come back.</p>"
    entry = f'<p><label>PIN <input name="pin" inputmode="numeric" value="{escape(pin)}" required></label></p>'
    fields = hint + entry + _NAMES + _FIELD.format(required=" required")
    return _page("Join the chat", _form("join-chat", {"team": team, "chat": chat}, fields))


@router.post("/join-chat/page", responses=_GUEST_ANSWERS)
def submit_guest_page(body: GuestForm, context: ContextDep, device: DeviceDep) -> HTMLResponse:
    """Join the chat by what the form sends."""
    joined = joining.join(context, body.team, body, None, device)
    name = escape(joined["email"])
    return _page("Welcome", f"<p>You are in the chat. Sign in with your password and this name: {name}</p>")


@router.get("/verify-email", responses=_SHOWS)
def show_verification_page(token: Token) -> HTMLResponse:
    """Show the form behind a mailed link to verify an address."""
    hint = "<p>Enter the password of the account, so that nobody verifies another's.</p>"
    fields = hint + _FIELD.format(required=" required") + _CODE
    return _page("Verify your address", _form("verify-email", {"token": token}, fields))


@router.post("/verify-email/page", responses=_ANSWERS)
def submit_verification_page(
    body: VerificationForm, context: ContextDep, address: AddressDep
) -> HTMLResponse:
    """Verify the address by what the form sends."""
    verification.verify(context, body, None, address)
    return _page("Done", "<p>The address is verified.</p>")
