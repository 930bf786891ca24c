"""The push service of a device's platform."""

from providers.push.base import Pusher, PushError
from providers.push.fcm import TokenStore
from switchroom.settings import Settings


def make_pusher(settings: Settings, platform: str, tokens: TokenStore) -> Pusher:
    """Make the adapter. Raises `PushError`, which says what to do, if it is not configured.

    `tokens` keeps FCM's access token.
    """
    if problem := not_configured(settings, platform):
        raise PushError(problem)
    if platform == "fcm" and settings.fcm_service_account is not None:
        from providers.push.fcm import Fcm, read_account

        return Fcm(read_account(settings.fcm_service_account), settings.fcm_endpoint, tokens)
    from providers.push.web_push import WebPush
    from switchroom.http_client import Outgoing

    subject = settings.vapid_subject or f"mailto:{settings.mail_from}"
    return WebPush(settings.vapid_private_key.get_secret_value(), subject, Outgoing())


def not_configured(settings: Settings, platform: str) -> str:
    """Return which setting is missing for this platform; empty: none."""
    if platform == "fcm":
        return "" if settings.fcm_service_account else "No FCM: set SWITCHROOM_FCM_SERVICE_ACCOUNT"
    return (
        ""
        if settings.vapid_private_key.get_secret_value()
        else "No Web Push: set SWITCHROOM_VAPID_PRIVATE_KEY"
    )
