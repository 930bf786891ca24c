"""Amazon Polly.

API: https://docs.aws.amazon.com/polly/latest/dg/API_SynthesizeSpeech.html
"""

from contextlib import closing
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from providers.speech.base import SpeechError, check_request
from providers.speech.sound import RATE, as_prompt
from switchroom.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_polly import PollyClient

MAX_BYTES = RATE * 2 * 600
"""Ten minutes of sound."""
VOICES = {
    "ar": "Zeina", "ca": "Arlet", "cs": "Jitka", "cy": "Gwyneth", "da": "Sofie", "de": "Vicki",
    "de-at": "Hannah", "en": "Joanna", "en-au": "Olivia", "en-gb": "Amy", "en-in": "Kajal",
    "en-us": "Joanna", "es": "Lucia", "es-es": "Lucia", "es-mx": "Mia", "es-us": "Lupe", "fi": "Suvi",
    "fr": "Lea", "fr-ca": "Gabrielle", "fr-fr": "Lea", "hi": "Kajal", "it": "Bianca", "ja": "Kazuha",
    "ko": "Seoyeon", "nb": "Ida", "nl": "Laura", "pl": "Ola", "pt": "Ines", "pt-br": "Camila",
    "ro": "Carmen", "ru": "Tatyana", "sv": "Elin", "tr": "Burcu", "zh": "Zhiyu",
}  # fmt: skip
"""The voice of a language when none is asked for."""
STANDARD_ONLY = frozenset({"Carmen", "Gwyneth", "Tatyana", "Zeina"})
"""Polly has no neural engine for these voices."""
BILINGUAL = frozenset({"Aditi", "Kajal"})
"""These voices speak English and Hindi."""


def make_client(settings: Settings) -> "PollyClient":
    """Make a client with the keys of the settings, else of AWS's usual sources (environment, instance role)."""
    config = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "max_attempts": 2})
    return boto3.client(
        "polly",
        region_name=settings.polly_region,
        endpoint_url=settings.polly_endpoint or None,
        config=config,
        aws_access_key_id=settings.polly_access_key.get_secret_value() or None,
        aws_secret_access_key=settings.polly_secret_key.get_secret_value() or None,
    )


class AmazonPolly:
    """One client, which threads may share. `engine`: `standard` or `neural`."""

    def __init__(self, client: "PollyClient", engine: str = "neural") -> None:
        self._client = client
        self._engine = engine

    def synthesize(self, text: str, language: str, voice: str = "") -> bytes:
        """See `providers.speech.Synthesizer`. `voice` is Polly's VoiceId: `Joanna`."""
        check_request(text, language, voice)
        speaker = voice or _voice(language)
        request: Any = {
            "Text": text,
            "TextType": "text",
            "OutputFormat": "pcm",
            "SampleRate": str(RATE),
            "VoiceId": speaker,
            "Engine": "standard" if speaker in STANDARD_ONLY else self._engine,
        }
        if code := _language_code(language, speaker):
            request["LanguageCode"] = code
        try:
            answer = self._client.synthesize_speech(**request)
            with closing(answer["AudioStream"]) as stream:
                data = stream.read(MAX_BYTES + 1)
        except ClientError as error:
            # Only the code: the message may repeat a part of the request.
            raise SpeechError(f"Amazon Polly: {error.response['Error'].get('Code', 'refused')}") from error
        except BotoCoreError as error:
            raise SpeechError(f"Amazon Polly: {type(error).__name__}") from error
        if len(data) > MAX_BYTES:
            raise SpeechError("Amazon Polly: more than ten minutes of sound")
        return as_prompt(data, RATE)


def _voice(language: str) -> str:
    name = language.lower()
    found = VOICES.get(name) or VOICES.get(name.partition("-")[0])
    if found is None:
        raise SpeechError(f"Amazon Polly: no voice is known for {name!r}; name one")
    return found


def _language_code(language: str, voice: str) -> str | None:
    """Return the language for a voice of two languages. None for the others: they refuse another region's code."""
    if voice not in BILINGUAL:
        return None
    return "hi-IN" if language.lower().startswith("hi") else "en-IN"
