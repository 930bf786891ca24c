"""Operations that sign in to the inbox."""

from api.accounts.auth.devices import DeviceDep
from api.conventions.resource import Shown
from api.core.deps import ContextDep
from api.inbox.authorization import service
from api.inbox.authorization.answers import SignedIn
from api.inbox.authorization.schemas import EmailLogin, FacebookLogin, TokenLogin
from api.inbox.router import inbox_router

router = inbox_router("inbox authorization")

PER_ADDRESS = "300 per minute"


@router.post("/login-via-email", response_model=SignedIn, responses={401: {}})
def login_via_email(body: EmailLogin, context: ContextDep, device: DeviceDep) -> Shown:
    """Sign in by a password."""
    context.limiter.hit(PER_ADDRESS, "login", device.address)
    return service.by_email(context, body, device)


@router.post("/login-via-facebook", response_model=SignedIn, responses={401: {}})
def login_via_facebook(body: FacebookLogin, context: ContextDep, device: DeviceDep) -> Shown:
    """Sign in by a token of Facebook. The user has there the address that they verified here."""
    context.limiter.hit("20 per minute", "facebook-login", device.address)
    return service.by_facebook(context, body, device)


@router.post("/login-via-token", response_model=SignedIn, responses={401: {}})
def login_via_token(body: TokenLogin, context: ContextDep, device: DeviceDep) -> Shown:
    """Show the user of an access token, with new tokens of the same session. It ends no later for that."""
    context.limiter.hit(PER_ADDRESS, "login", device.address)
    return service.by_token(context, body.token)


@router.post("/refresh-token", response_model=SignedIn, responses={401: {}})
def refresh_token(body: TokenLogin, context: ContextDep, device: DeviceDep) -> Shown:
    """Get new tokens for a refresh token, which is used up then."""
    context.limiter.hit(PER_ADDRESS, "login", device.address)
    return service.refresh(context, body.token, device)
