"""`/auth/second-factor`: codes by time (TOTP) as a second factor of sign-in."""

from typing import Annotated, Any

from pydantic import Field

from api.accounts.auth import schemas, second_factor, service
from api.conventions.answers import Answer, Nothing
from api.core.deps import CallerDep, ContextDep, SessionDep
from api.core.route import router as operations

router = operations(prefix="/auth", tags=["second factor"])


class SecondFactorState(Answer):
    """Whether the caller's second factor is on."""

    enabled: bool
    recovery_codes_left: int


class NewSecret(Answer):
    """A secret for the device that shows the codes."""

    secret: Annotated[str, Field(examples=["JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"])]
    uri: Annotated[
        str, Field(examples=["otpauth://totp/Switchroom:jane@example.com?secret=JBSWY3DPEHPK3PXP"])
    ]
    """The same as a QR code has it."""


class RecoveryCodes(Answer):
    """Codes for one sign-in each, without the device. They are shown here and never again."""

    recovery_codes: list[str]


@router.get("/second-factor", response_model=SecondFactorState)
def get_second_factor(caller: CallerDep, session: SessionDep) -> dict[str, Any]:
    """Say whether the caller's second factor is on."""
    return second_factor.state(session, caller.user_id)


@router.post("/second-factor", response_model=NewSecret, responses={409: {}})
def begin_second_factor(body: schemas.OwnPassword, caller: CallerDep, context: ContextDep) -> dict[str, Any]:
    """Make a secret for a second factor. It counts once a code confirms it."""
    service.check_current_password(context, caller, body.password, "password")
    return second_factor.begin(context, caller.user_id)


@router.post("/second-factor/confirm", response_model=RecoveryCodes, responses={409: {}})
def confirm_second_factor(body: schemas.OwnCode, caller: CallerDep, context: ContextDep) -> dict[str, Any]:
    """Turn the second factor on by a code of the device. The caller's other sessions end."""
    context.limiter.hit("10 per hour", "second-factor", caller.session_id)
    return second_factor.confirm(context, caller, body.code)


@router.post("/second-factor/disable", response_model=Nothing)
def disable_second_factor(
    body: schemas.OwnPassword, caller: CallerDep, context: ContextDep
) -> dict[str, Any]:
    """Turn the second factor off."""
    service.check_current_password(context, caller, body.password, "password")
    context.write(lambda session: second_factor.drop(session, caller.user_id))
    return {}
