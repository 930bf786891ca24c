"""The service that the settings name."""

from providers.translation.amazon_translate import AmazonTranslate, make_client
from providers.translation.base import TranslationError, Translator
from providers.translation.libretranslate import LibreTranslate
from switchroom.settings import Settings


def make_translator(settings: Settings) -> Translator:
    """Make the service's adapter. Raises TranslationError, which names the setting, if none is configured."""
    if settings.translator == "amazon-translate":
        return AmazonTranslate(make_client(settings))
    if settings.translator == "libretranslate":
        if not settings.libretranslate_url:
            raise TranslationError("no address is configured (SWITCHROOM_LIBRETRANSLATE_URL)")
        return LibreTranslate(settings.libretranslate_url, settings.libretranslate_api_key.get_secret_value())
    raise TranslationError("no translation service is configured (SWITCHROOM_TRANSLATOR)")
