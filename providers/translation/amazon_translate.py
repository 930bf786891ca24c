"""Amazon Translate.

API: https://docs.aws.amazon.com/translate/latest/APIReference/API_TranslateText.html
"""

from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from providers.translation.base import TranslationError, pieces
from switchroom.settings import Settings

MOST_BYTES = 10_000
"""The longest text of one request."""


def make_client(settings: Settings) -> Any:
    """Make a client with the keys of the settings, else of AWS's usual sources (environment, instance role)."""
    config = Config(connect_timeout=2, read_timeout=10, retries={"mode": "standard", "max_attempts": 2})
    return boto3.client(
        "translate",
        region_name=settings.translate_region,
        endpoint_url=settings.translate_endpoint or None,
        config=config,
        aws_access_key_id=settings.translate_access_key.get_secret_value() or None,
        aws_secret_access_key=settings.translate_secret_key.get_secret_value() or None,
    )


class AmazonTranslate:
    """One client, which threads may share."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def translate(self, text: str, source: str, target: str) -> str:
        """See `providers.translation.Translator`. A long text takes several requests."""
        try:
            return "".join(
                self._client.translate_text(Text=piece, SourceLanguageCode=source, TargetLanguageCode=target)[
                    "TranslatedText"
                ]
                if piece.strip()
                else piece
                for piece in pieces(text, MOST_BYTES)
            )
        except ClientError as error:
            # Its message may repeat the text.
            raise TranslationError(f"Amazon Translate: {error.response['Error']['Code']}") from error
        except (BotoCoreError, KeyError) as error:
            raise TranslationError(f"Amazon Translate: {type(error).__name__}") from error
