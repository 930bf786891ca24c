"""The browser as a phone: SIP accounts for WebRTC, each for one session and ten minutes."""

from api.conventions.answers import Nothing
from api.conventions.resource import Shown
from api.conventions.router import v1_router
from api.core.deps import CallerDep, ContextDep, ScopeDep
from api.telephony.phone import service
from api.telephony.phone.answers import PhoneAnswer
from api.telephony.phone.schemas import PhoneCreate

router = v1_router(tags=["browser phone"])


@router.post("/phone", response_model=PhoneAnswer, responses={409: {}})
def open_phone(body: PhoneCreate, scope: ScopeDep, caller: CallerDep, context: ContextDep) -> Shown:
    """Make this session's browser a phone of the caller, or let it go on being one for ten minutes.

    It rings together with the caller's other telephones, and calls as they do. The end of the session ends it. The
    answer is 409 with the `reason` if the caller has no extension (`no-phone`), or the installation no port for
    browser phones (`no-browser-phones`).
    """
    context.limiter.hit("30 per minute", "phone", caller.session_id)
    return service.open_phone(scope, context.settings, caller.session_id, body.team)


@router.delete("/phone", response_model=Nothing)
def close_phone(scope: ScopeDep, caller: CallerDep) -> Shown:
    """Let this session's browser be a phone no longer. A talk goes on until it ends."""
    service.close_phone(scope, caller.session_id)
    return {}
