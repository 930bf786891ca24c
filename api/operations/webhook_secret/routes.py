"""The secret by which a receiver tells our webhooks from a stranger's."""

from api.conventions.resource import Shown
from api.conventions.router import v1_router
from api.core.deps import ContextDep, ScopeDep
from api.operations.webhook_secret.answers import WebhookSecret
from switchroom.webhook_signature import HEADER, team_secret

router = v1_router(tags=["webhooks"])


@router.get("/team/{team_id}/webhook-secret", response_model=WebhookSecret)
def get_webhook_secret(team_id: str, scope: ScopeDep, context: ContextDep) -> Shown:
    """Show the secret that proves a webhook to be ours. Only admins may.

    The header `header` has `t=<POSIX seconds>,v1=<hex>`: the HMAC-SHA256 over `<t>.<body>` with the key `secret`.
    """
    team = scope.team(team_id)
    scope.require_admin(team.id)
    return {"header": HEADER, "secret": team_secret(context.settings.secret_key, team.id)}
