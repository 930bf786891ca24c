"""The pages behind mailed links, for people whose client has none. They are plain forms without a script."""

from html import escape
from typing import Annotated, Any

from fastapi import Query
from pydantic import BeforeValidator
from starlette.responses import HTMLResponse

from api.accounts.auth import schemas, service, verification
from api.accounts.teams import invites
from api.accounts.teams.schemas import Acceptance
from api.conventions.fields import Id, Password
from api.conventions.openapi import shows_text
from api.core.deps import AddressDep, ContextDep
from api.core.errors import Unauthenticated, ValidationFailed
from api.core.route import router as operations

router = operations(prefix="/auth", tags=["pages"], default_response_class=HTMLResponse)

Token = Annotated[str, Query(max_length=512)]

_SHOWS = shows_text("<!doctype html><title>Done</title>", "text/html")
_FAILS = "<!doctype html><title>That did not work</title>"
_ANSWERS = _SHOWS | shows_text(_FAILS, "text/html", 400) | shows_text(_FAILS, "text/html", 401)

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


class VerificationForm(schemas.VerifyEmail):
    code: Annotated[schemas.Secret | None, BeforeValidator(_filled)] = None


def _page(title: str, body: str, status: int = 200) -> HTMLResponse:
    head = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
    return HTMLResponse(f"{head}<h1>{escape(title)}</h1>{body}</html>", status)


def _form(action: str, hidden: dict[str, str], fields: str) -> str:
    kept = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in hidden.items()
    )
    return f'<form method="post" action="/auth/{action}/page">{kept}{fields}<button>Continue</button></form>'


def _refusal(error: ValidationFailed | Unauthenticated) -> HTMLResponse:
    reasons = "".join(
        f"<p>{escape(name)}: {escape(str(reason))}</p>" for name, reason in error.response.items()
    )
    return _page("That did not work", reasons, 401 if isinstance(error, Unauthenticated) else 400)


@router.get("/reset-password", responses=_SHOWS)
def show_reset_page(token: Token) -> HTMLResponse:
    """Show the form behind a mailed link to set a new password."""
    fields = _FIELD.format(required=" required")
    return _page("Choose a new password", _form("reset-password", {"token": token}, fields))


@router.post("/reset-password/page", responses=_ANSWERS)
def submit_reset_page(body: schemas.ResetPassword, context: ContextDep, address: AddressDep) -> HTMLResponse:
    """Set the password that the form sends."""
    try:
        service.reset(context, body, address)
    except ValidationFailed as error:
        return _refusal(error)
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
    try:
        invites.accept_mailed(context, body.team, body, None, address)
    except (ValidationFailed, Unauthenticated) as error:
        return _refusal(error)
    return _page("Welcome", "<p>You are a member of the team now.</p>")


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
    try:
        verification.verify(context, body, None, address)
    except (ValidationFailed, Unauthenticated) as error:
        return _refusal(error)
    return _page("Done", "<p>The address is verified.</p>")
