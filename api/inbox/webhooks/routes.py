"""Operations on webhooks."""

from api.conventions.answers import Nothing
from api.conventions.resource import Shown
from api.core.deps import AddressDep, ContextDep, ScopeDep
from api.core.route import reads
from api.inbox.fields import OfOrganization
from api.inbox.router import inbox_router
from api.inbox.webhooks import service
from api.inbox.webhooks.schemas import (
    DeliveriesSought,
    DeliveryPage,
    Replay,
    Replayed,
    Subscription,
    WebhookAnswer,
)

router = inbox_router("inbox webhooks")


@router.post("/webhook-subscribe", response_model=Nothing)
def subscribe_webhook(body: Subscription, scope: ScopeDep, context: ContextDep, address: AddressDep) -> Shown:
    """Tell an address of every message of the organization. Admins may. It replaces another address."""
    service.subscribe(scope, context.settings, body, address)
    return {}


@router.post("/webhook-unsubscribe", response_model=Nothing)
def unsubscribe_webhook(body: OfOrganization, scope: ScopeDep, address: AddressDep) -> Shown:
    """Tell the organization's address nothing more. Admins may."""
    service.unsubscribe(scope, body.organization_id, address)
    return {}


@router.post("/webhook", response_model=WebhookAnswer)
@reads
def get_webhook(body: OfOrganization, scope: ScopeDep, context: ContextDep) -> Shown:
    """Show which address is told of messages, and with which headers. Admins may."""
    return service.show(scope, context.settings, body.organization_id)


@router.post("/webhook-deliveries", response_model=DeliveryPage)
@reads
def list_webhook_deliveries(body: DeliveriesSought, scope: ScopeDep) -> Shown:
    """List deliveries of one state, by default the dead ones. Admins may. They are kept for 30 days."""
    return service.deliveries(scope, body)


@router.post("/replay-webhook-deliveries", response_model=Replayed, status_code=202)
def replay_webhook_deliveries(body: Replay, scope: ScopeDep) -> Shown:
    """Make dead deliveries again, 1,000 at most. Admins may."""
    return {"replayed": service.replay(scope, body)}
