"""The engine that the settings name."""

from providers.transcription.base import Transcriber, TranscriptionError
from switchroom.settings import Settings


def make_transcriber(settings: Settings) -> Transcriber:
    """Make the engine of the settings.

    Raises `TranscriptionError`, which says what to do, if it is not configured or installed.
    """
    if settings.transcriber == "faster-whisper":
        from providers.transcription.faster_whisper import FasterWhisper

        return FasterWhisper(settings.whisper_model, settings.var_dir / "models", settings.whisper_threads)
    if settings.transcriber == "amazon-transcribe":
        from providers.transcription.amazon_transcribe import AmazonTranscribe, make_client

        return AmazonTranscribe(make_client(settings))
    if settings.transcriber == "pocketsphinx":
        from providers.transcription.pocketsphinx import PocketSphinx

        return PocketSphinx(settings.pocketsphinx_grammar)
    raise TranscriptionError("no transcriber is configured")
