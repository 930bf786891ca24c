"""Amazon Transcribe on the object in S3. The service works by itself; our job asks again until it is done.

API: https://docs.aws.amazon.com/transcribe/latest/APIReference/API_StartTranscriptionJob.html
"""

from dataclasses import replace
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import boto3
import httpx
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from providers.transcription.base import (
    Audio,
    Line,
    Piece,
    StillRunningError,
    TranscriptionError,
    Word,
    as_line,
    split_lines,
)
from switchroom.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_transcribe import TranscribeServiceClient

ASK_AGAIN_SECONDS = 15


def make_client(settings: Settings) -> "TranscribeServiceClient":
    """Make a client in the bucket's region, with the keys of S3 if they are AWS's own, else of AWS's usual sources."""
    keys: dict[str, Any] = {}
    if not settings.s3_endpoint:
        keys["aws_access_key_id"] = settings.s3_access_key.get_secret_value() or None
        keys["aws_secret_access_key"] = settings.s3_secret_key.get_secret_value() or None
    config = Config(connect_timeout=5, read_timeout=30, retries={"mode": "standard", "max_attempts": 3})
    return boto3.client("transcribe", region_name=settings.s3_region, config=config, **keys)


class AmazonTranscribe:
    """The service's job is named by the recording's id, so that it is started once however often our job runs."""

    def __init__(self, client: "TranscribeServiceClient") -> None:
        self._client = client

    def transcribe(self, audio: Audio, start: float = 0.0) -> Piece:
        """See `providers.transcription.Transcriber`. The service detects the language."""
        name = f"switchroom-{audio.id}"
        try:
            job = self._find(name)
            if job is None:
                self._start(name, audio)
                raise StillRunningError(ASK_AGAIN_SECONDS)
        except (BotoCoreError, ClientError) as error:
            raise TranscriptionError(f"Amazon Transcribe: {error}") from error
        status = job["TranscriptionJobStatus"]
        if status == "FAILED":
            raise TranscriptionError(f"Amazon Transcribe: {job.get('FailureReason', 'failed')}")
        if status != "COMPLETED":
            raise StillRunningError(ASK_AGAIN_SECONDS)
        return Piece(parse_lines(self._result(job["Transcript"]["TranscriptFileUri"]), audio.speakers))

    def _find(self, name: str) -> Any | None:
        try:
            return self._client.get_transcription_job(TranscriptionJobName=name)["TranscriptionJob"]
        except ClientError as error:
            # The service answers BadRequestException ("couldn't be found") or NotFoundException.
            code, text = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
            if code == "NotFoundException" or (code == "BadRequestException" and "found" in text):
                return None
            raise

    def _start(self, name: str, audio: Audio) -> None:
        settings: Any = {"Settings": {"ChannelIdentification": True}} if len(audio.speakers) > 1 else {}
        try:
            self._client.start_transcription_job(
                TranscriptionJobName=name,
                Media={"MediaFileUri": f"s3://{audio.bucket}/{audio.key}"},
                MediaFormat="wav",
                IdentifyLanguage=True,
                **settings,
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConflictException":
                raise

    def _result(self, url: str) -> dict[str, Any]:
        try:
            answer = httpx.get(url, timeout=30).raise_for_status()
            results: dict[str, Any] = answer.json()["results"]
        except (httpx.HTTPError, ValueError, KeyError) as error:
            raise TranscriptionError(f"Amazon Transcribe: no transcript: {type(error).__name__}") from error
        return results


def parse_lines(results: dict[str, Any], speakers: tuple[str, ...]) -> list[Line]:
    """Return the `results` of a transcript file as lines: by channel (`ch_0` is left), or of the only speaker."""
    channels = results.get("channel_labels", {}).get("channels")
    if channels is None:
        return _lines(results.get("items", []), speakers[0])
    lines = []
    for channel in channels:
        index = int(str(channel["channel_label"]).rpartition("_")[2])
        lines += _lines(channel["items"], speakers[index])
    return lines


def _lines(items: list[dict[str, Any]], speaker: str) -> list[Line]:
    words: list[Word] = []
    for item in items:
        content = str(item["alternatives"][0]["content"])
        if item["type"] != "punctuation":
            words.append(Word(content, float(item["start_time"]), float(item["end_time"])))
        elif words:
            words[-1] = replace(words[-1], text=words[-1].text + content)
    return [as_line(speaker, part) for part in split_lines(words, attrgetter("text"))]
