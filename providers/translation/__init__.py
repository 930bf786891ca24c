"""Translation of messages: Amazon Translate or LibreTranslate."""

from providers.translation.base import TranslationError, Translator

__all__ = ["TranslationError", "Translator"]
