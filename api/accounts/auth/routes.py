"""`/auth`."""

from sqlmodel import col
from starlette.background import BackgroundTask
from starlette.responses import JSONResponse, Response

from api.accounts.auth import answers, schemas, service, sessions, verification
from api.accounts.auth.devices import DeviceDep
from api.conventions.answers import Nothing
from api.conventions.openapi import SIGNS_IN
from api.conventions.resource import Shown
from api.core.deps import AddressDep, CallerDep, ContextDep, PossibleCallerDep, SessionDep
from api.core.errors import Forbidden, ValidationFailed
from api.core.passwords import digest, hash_password
from api.core.route import router as operations
from models import AuthSession, User
from switchroom.ids import public_id

router = operations(prefix="/auth", tags=["authentication"])

PER_ADDRESS = "300 per minute"


@router.post("/login-user", response_model=answers.Tokens, openapi_extra=SIGNS_IN)
def login_user(body: schemas.Login, context: ContextDep, device: DeviceDep) -> Shown:
    """Sign in by a password or a refresh token. The body is JSON or a form."""
    context.limiter.hit(PER_ADDRESS, "login", device.address)
    if body.grant_type == "refresh_token":
        _require(body, "refresh_token")
        return service.refresh(context, body, device)
    if body.grant_type != "password":
        raise ValidationFailed({"grant_type": "password or refresh_token"})
    _require(body, "username", "password")
    return service.sign_in(context, body, device)


def _require(body: schemas.Login, *fields: str) -> None:
    missing = {field: "Required" for field in fields if getattr(body, field) is None}
    if missing:
        raise ValidationFailed(missing)


@router.post("/forgot-password", response_model=Nothing)
def forgot_password(body: schemas.ForgotPassword, context: ContextDep, address: AddressDep) -> Response:
    """Mail a link to set a new password, if there is such an account. The answer is always `{}`."""
    context.limiter.hit("20 per minute", "forgot", address)
    context.limiter.hit("5 per hour", "forgot-account", digest(body.email), address)
    return JSONResponse({}, background=BackgroundTask(service.start_reset, context, body.email))


@router.post("/reset-password", response_model=Nothing)
def reset_password(body: schemas.ResetPassword, context: ContextDep, address: AddressDep) -> Shown:
    """Set a new password by the token of a mailed link."""
    service.reset(context, body, address)
    return {}


@router.post("/verify-email", response_model=Nothing, responses={401: {}})
def verify_email(
    body: schemas.VerifyEmail, caller: PossibleCallerDep, context: ContextDep, address: AddressDep
) -> Shown:
    """Verify an address by the token of a mailed link.

    The caller is signed in to the account, or sends its password.
    """
    verification.verify(context, body, caller.user_id if caller else None, address)
    return {}


@router.post("/resend-verification", response_model=Nothing)
def resend_verification(caller: CallerDep, context: ContextDep, session: SessionDep) -> Shown:
    """Mail the link to verify the caller's address again, if it is not verified."""
    context.limiter.hit("5 per hour", "verification", caller.user_id)
    verification.ask_for_verification(session, context.settings, session.get_one(User, caller.user_id))
    return {}


@router.post("/change-password", response_model=Nothing)
def change_password(body: schemas.ChangePassword, caller: CallerDep, context: ContextDep) -> Shown:
    """Change the caller's password. Their other sessions end."""
    service.check_current_password(context, caller, body.current_password)
    new_hash = hash_password(body.password)
    whose = (caller.user_id, caller.session_id)
    context.write(lambda session: service.change_password(session, *whose, body.password, new_hash))
    return {}


@router.post("/logout-user", response_model=Nothing)
def logout_user(caller: CallerDep, session: SessionDep) -> Shown:
    """End the caller's session."""
    sessions.revoke(session, col(AuthSession.id) == caller.session_id, reason="logout")
    return {}


@router.post("/client", response_model=answers.ClientAnswer, status_code=201, responses={403: {}})
def create_client(
    body: schemas.NewClient, context: ContextDep, session: SessionDep, address: AddressDep
) -> Shown:
    """Register an application. Its secret is shown here and never again."""
    if not context.settings.client_registration:
        raise Forbidden("Client registration is switched off (SWITCHROOM_CLIENT_REGISTRATION)")
    context.limiter.hit("20 per hour", "client", address)
    client, secret = service.register_client(session, body.name)
    return {
        "id": public_id(client.id),
        "name": client.name,
        "client_id": client.client_id,
        "client_secret": secret,
    }
