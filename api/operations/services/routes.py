"""What the installation is configured for."""

from api.conventions.resource import Shown
from api.conventions.router import v1_router
from api.core.deps import CallerDep, ContextDep, SessionDep
from api.operations.services.answers import ServicesAnswer
from switchroom.vapid import public_key
from workers.outbox import mails_waiting

router = v1_router(tags=["services"])


@router.get("/services", response_model=ServicesAnswer)
def show_services(_caller: CallerDep, session: SessionDep, context: ContextDep) -> Shown:
    """Show which outside services are configured. A setting of the installation adds one."""
    settings = context.settings
    return {
        "mail": bool(settings.smtp_url),
        "mails_waiting": mails_waiting(session),
        "outside_calls": bool(settings.outside_trunk),
        "fcm": settings.fcm_service_account is not None,
        "web_push_key": public_key(key) if (key := settings.vapid_private_key.get_secret_value()) else None,
        "transcriber": settings.transcriber,
        "synthesizer": settings.synthesizer,
        "speech_recognizer": settings.speech_recognizer,
    }
