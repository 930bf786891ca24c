"""The engines that the settings name."""

from providers.speech.base import Recognizer, SpeechError, Synthesizer
from switchroom.settings import Settings


def make_synthesizer(settings: Settings) -> Synthesizer:
    """Make the synthesizer of the settings. Raises `SpeechError`, which says what to do, if none is configured."""
    if settings.synthesizer == "hibari":
        from providers.speech.espeak_ng import EspeakNg
        from providers.speech.hibari import Hibari, NaturalVoice
        from providers.speech.isolated import IsolatedSynthesizer

        return NaturalVoice(IsolatedSynthesizer(Hibari), EspeakNg())
    if settings.synthesizer == "espeak-ng":
        from providers.speech.espeak_ng import EspeakNg

        return EspeakNg()
    if settings.synthesizer == "amazon-polly":
        from providers.speech.amazon_polly import AmazonPolly, make_client

        return AmazonPolly(make_client(settings), settings.polly_engine)
    raise SpeechError("no text-to-speech: SWITCHROOM_SYNTHESIZER is none")


def make_recognizer(settings: Settings) -> Recognizer:
    """Make the recognizer of the settings, in a process of its own.

    Raises `SpeechError`, which says what to do, if none is configured or installed.
    """
    if settings.speech_recognizer == "pocketsphinx":
        from providers.speech.isolated import IsolatedRecognizer
        from providers.speech.pocketsphinx import PocketSphinxRecognizer

        return IsolatedRecognizer(PocketSphinxRecognizer)
    raise SpeechError("no speech recognition: SWITCHROOM_SPEECH_RECOGNIZER is none")
