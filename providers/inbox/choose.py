"""The adapter of a source."""

from providers.inbox.base import Adapter
from providers.inbox.http import SourceRefused
from switchroom.inbox import PHONES, Source
from switchroom.settings import Settings

HOOKS = {"SMS_TWILIO": "twilio", "WHATSAPP_TWILIO": "twilio"}
"""Source -> the last part of the path that it calls: `/hooks/twilio`."""


def make_adapter(settings: Settings, source: str) -> Adapter:
    """Make the adapter. Raises SourceRefused for a source that this release has none for."""
    if source in PHONES:
        from providers.inbox.twilio.adapter import Twilio

        return Twilio(source, settings.twilio_endpoint, settings.twilio_messaging_endpoint)
    if source == Source.FACEBOOK.value:
        from providers.inbox.facebook.adapter import Facebook

        if not settings.facebook_app_secret.get_secret_value():
            raise SourceRefused("No Facebook: set SWITCHROOM_FACEBOOK_APP_SECRET")
        return Facebook(settings.facebook_endpoint)
    if source == Source.WEB_CHAT.value:
        from providers.inbox.web_chat.adapter import WebChat

        return WebChat()
    if source == Source.EMAIL.value:
        from providers.inbox.mail.adapter import Mail

        return Mail(private=settings.fetch_private_addresses)
    raise SourceRefused(f"{source}: this release cannot connect channels of this source yet")


def hook_of(settings: Settings, source: str) -> str:
    """Return the address that the source calls."""
    return f"{settings.public_url.rstrip('/')}/hooks/{HOOKS.get(source, source.lower())}"
