"""LibreTranslate, a service that one can run oneself.

API: https://docs.libretranslate.com (`POST /translate`)
"""

from typing import Any

import httpx

from providers.translation.base import TranslationError
from switchroom.languages import base_language

SECONDS = 15.0


class LibreTranslate:
    """The service at `url`. `api_key`: empty if it asks for none."""

    def __init__(self, url: str, api_key: str = "") -> None:
        self._url = f"{url.rstrip('/')}/translate"
        self._key = {"api_key": api_key} if api_key else {}

    def translate(self, text: str, source: str, target: str) -> str:
        """See `providers.translation.Translator`. The service knows languages without a region."""
        languages = {"source": base_language(source), "target": base_language(target)}
        body = {"q": text, **languages, "format": "text", **self._key}
        try:
            answer = httpx.post(self._url, json=body, timeout=SECONDS)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise TranslationError(f"LibreTranslate: {type(error).__name__}") from error
        try:
            found: Any = answer.json()
        except ValueError as error:
            raise TranslationError(f"LibreTranslate: not JSON ({answer.status_code})") from error
        translated = found.get("translatedText") if isinstance(found, dict) else None
        if answer.is_success and isinstance(translated, str):
            return translated
        problem = found.get("error") if isinstance(found, dict) else None
        raise TranslationError(f"LibreTranslate: {problem or answer.status_code}")
