"""How an operation asks a provider: outside of a transaction, with an answer for each way in which it fails."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from sqlmodel import Session

from api.core.context import Context
from api.core.errors import Conflict, Unavailable, ValidationFailed
from models import Integration
from models.integration import IntegrationState, renew_grant, request_sync, tell_of_integration
from providers.integrations import base, choose
from providers.integrations.grants import seal, unseal

Result = TypeVar("Result")
CHANGED_THERE = "It was changed at the provider meanwhile. Read it again in a moment"
RENEWED = "The access to the provider was renewed meanwhile. Try again"


@dataclass(slots=True)
class Asked:
    """What a provider needs to know of whom it acts for. `sealed_grant` changes when the provider renews it."""

    integration_id: str
    provider: str
    sealed_grant: str


def asked(integration: Integration) -> Asked:
    """Return it of an integration. Raises Conflict if the user must connect again."""
    if integration.state == IntegrationState.RECONNECT.value:
        raise Conflict(f"Connect the integration again: {integration.problem}")
    return Asked(integration.id, integration.provider, integration.sealed_grant)


def authorize(
    context: Context,
    provider: str,
    code: str,
    *,
    email: str | None,
    domain: str | None,
    redirect_uri: str | None,
    verifier: str | None,
) -> base.Grant:
    """Exchange a user's code for a grant. Raises ValidationFailed for a code that is not taken, and Unavailable."""
    if provider == "microsoft" and email is None:
        raise ValidationFailed({"email": "Required: the user's address on the Exchange server"})
    try:
        return choose.authorize(
            context.settings,
            provider,
            code,
            email=email,
            domain=domain,
            redirect_uri=redirect_uri,
            verifier=verifier,
        )
    except base.GrantRefused as error:
        raise ValidationFailed({"code": str(error)}) from None
    except base.ProviderError as error:
        raise Unavailable(str(error)) from None


def ask(context: Context, who: Asked, work: Callable[[base.Integration], Result]) -> Result:
    """Do `work` with the user's connection. No transaction may be open: the provider takes its time.

    Raises Unavailable if the provider failed, and Conflict if its row is a newer one or the grant is refused.
    """
    with _answered(context, who):
        grant = unseal(context.settings, who.sealed_grant)
        return work(choose.connect(context.settings, who.provider, grant, partial(_keep, context, who)))


def _keep(context: Context, who: Asked, grant: base.Grant) -> None:
    before, who.sealed_grant = who.sealed_grant, seal(context.settings, grant)
    context.write(lambda session: renew_grant(session, who.integration_id, before, who.sealed_grant))


@contextmanager
def _answered(context: Context, who: Asked) -> Iterator[None]:
    try:
        yield
    except base.Conflict:
        context.write(lambda session: request_sync(session, who.integration_id))
        raise Conflict(CHANGED_THERE) from None
    except base.GrantRefused as error:
        problem = str(error)[:500]
        if context.write(lambda session: _must_reconnect(session, who, problem)):
            raise Conflict(f"Connect the integration again: {problem}") from None
        raise Unavailable(RENEWED) from None
    except base.ProviderError as error:
        raise Unavailable(str(error)) from None


def _must_reconnect(session: Session, who: Asked, problem: str) -> bool:
    """Note that the provider refuses the grant. Return False if there is another one meanwhile."""
    row = session.get(Integration, who.integration_id, with_for_update=True)
    if row is not None and row.sealed_grant != who.sealed_grant:
        return False
    if row is not None:
        row.state, row.problem = IntegrationState.RECONNECT.value, problem
        session.flush()
        tell_of_integration(session, "updated", row)
    return True
