"""Speech: real espeak-ng, Amazon Polly against a server with its protocol, the cache, and speech recognition."""

import json
import os
import subprocess
import sys
import threading
import time
import wave
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import SecretStr
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from providers.speech import (
    MAX_TEXT,
    PromptCache,
    Recognizer,
    SpeechError,
    Synthesizer,
    check_request,
    make_recognizer,
    make_synthesizer,
)
from providers.speech.espeak_ng import EspeakNg
from providers.speech.hibari import GAIN, NaturalVoice, telephone
from providers.speech.isolated import IsolatedRecognizer, IsolatedSynthesizer
from providers.speech.pocketsphinx import grammar, words
from providers.speech.prompts import IN_USE_SECONDS
from providers.speech.sound import as_prompt, is_prompt, read_samples
from switchroom.audio.sound import make_sound
from switchroom.settings import Settings

pytestmark = pytest.mark.unit

SOUND = as_prompt(b"\x01\x02" * 8000, 8000)


def settings(**values: Any) -> Settings:
    return Settings(_env_file=None, **values)


def seconds(data: bytes) -> float:
    samples, rate = read_samples(data)
    return len(samples) / 2 / rate


def loaded(code: str) -> tuple[str, str]:
    """What Python says, on stdout and stderr, on a machine without ffmpeg."""
    run = [sys.executable, "-c", f"import sys; {code}"]
    done = subprocess.run(run, env={"PATH": ""}, capture_output=True, text=True, check=True)
    return done.stdout.strip(), done.stderr


@pytest.mark.long
@pytest.mark.parametrize(
    "module", ["switchroom.audio.legs", "providers.transcription.pocketsphinx", "workers.main"]
)
def test_nobody_is_told_that_ffmpeg_is_missing(module: str) -> None:
    assert loaded(f"import {module}") == ("", "")


@pytest.mark.long
def test_every_other_warning_is_told() -> None:
    told = loaded("import switchroom.audio.sound, warnings; warnings.warn('Disk is full', RuntimeWarning)")
    assert "RuntimeWarning: Disk is full" in told[1]
    bare = loaded("import pydub")
    assert "Couldn't find ffmpeg" in bare[1]


@pytest.mark.long
def test_the_engine_starts_without_pydub() -> None:
    assert loaded("import pbx.main; print('pydub' in sys.modules)") == ("False", "")


# --- what may be asked for ---


@pytest.mark.parametrize(
    ("text", "language", "voice"),
    [
        ("", "en", ""),
        (" \n", "en", ""),
        ("x" * (MAX_TEXT + 1), "en", ""),
        ("a\0b", "en", ""),
        ("a\x1b[2J", "en", ""),
        ("hello", "", ""),
        ("hello", "en; reboot", ""),
        ("hello", "../en", ""),
        ("hello", "--path=/tmp", ""),
        ("hello", "en", "-w/tmp/x"),
        ("hello", "en", "f1 --help"),
        ("hello", "en", "a/b"),
    ],
)
def test_what_no_engine_is_asked_for(text: str, language: str, voice: str) -> None:
    with pytest.raises(SpeechError) as error:
        check_request(text, language, voice)
    assert "hello" not in str(error.value)


def test_without_an_engine_the_setting_is_named() -> None:
    with pytest.raises(SpeechError, match="SWITCHROOM_SYNTHESIZER"):
        make_synthesizer(settings(synthesizer="none"))
    with pytest.raises(SpeechError, match="SWITCHROOM_SPEECH_RECOGNIZER"):
        make_recognizer(settings())


# --- espeak-ng ---


def test_espeak_ng_speaks() -> None:
    speaker: Synthesizer = make_synthesizer(settings(synthesizer="espeak-ng"))
    short = speaker.synthesize("Hello", "en")
    long = speaker.synthesize("Hello, you are the third in line. Please hold the line.", "en")
    assert is_prompt(short)
    assert is_prompt(long)
    assert 0.3 < seconds(short) < 2 < seconds(long) < 8
    assert max(memoryview(read_samples(short)[0]).cast("h")) > 3000, "it is silent"


def test_espeak_ng_knows_languages_regions_and_voices() -> None:
    speaker = EspeakNg()
    spoken = {
        what: speaker.synthesize("Paris 21", *what)
        for what in [("en", ""), ("de", ""), ("fr-ca", ""), ("de-li", ""), ("en", "f3"), ("de", "en-us+m7")]
    }
    assert all(is_prompt(sound) for sound in spoken.values())
    assert len({spoken["en", ""], spoken["de", ""], spoken["fr-ca", ""], spoken["en", "f3"]}) == 4
    assert spoken["de-li", ""] == spoken["de", ""], "a region that it doesn't know is spoken without it"


def test_a_text_is_never_a_command() -> None:
    quoted = EspeakNg().synthesize('--help $(touch /tmp/x) `id` "; rm', "en")
    assert seconds(quoted) > 1


def test_an_unknown_language_is_an_error() -> None:
    with pytest.raises(SpeechError, match="voice does not exist"):
        EspeakNg().synthesize("private words", "qqq")


def test_espeak_ng_that_is_missing_hangs_or_gives_nonsense(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SpeechError, match="apt-get install espeak-ng"):
        EspeakNg(str(tmp_path / "nothing")).synthesize("private", "en")

    def program(name: str, script: str) -> str:
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return str(path)

    monkeypatch.setattr("providers.speech.espeak_ng.SECONDS", 0.2)
    with pytest.raises(SpeechError, match="longer than"):
        EspeakNg(program("hangs", "exec sleep 60")).synthesize("private", "en")
    with pytest.raises(SpeechError, match="no WAV"):
        EspeakNg(program("nonsense", "cat >/dev/null; echo nonsense")).synthesize("private", "en")


# --- hibari, with espeak-ng beside it ---


@pytest.fixture(scope="module")
def natural() -> Iterator[NaturalVoice]:
    made = make_synthesizer(settings())
    assert isinstance(made, NaturalVoice)
    assert isinstance(made._natural, IsolatedSynthesizer)
    yield made
    made._natural.close()


def loudness(prompt: bytes) -> float:
    return float(make_sound(read_samples(prompt)[0], width=2, rate=8000).dBFS)


@pytest.mark.long
def test_a_natural_voice_is_the_default_and_speaks_english(natural: NaturalVoice) -> None:
    text = "You are the third caller in line. Your order 4712 costs $45.20."
    spoken = natural.synthesize(text, "en")
    assert is_prompt(spoken)
    assert 4 < seconds(spoken) < 12
    assert spoken != EspeakNg().synthesize(text, "en")
    assert spoken == natural.synthesize(text, "en-gb", "heart"), "it is the same each time"
    assert abs(loudness(spoken) - loudness(EspeakNg().synthesize(text, "en"))) < 3


@pytest.mark.long
def test_espeak_ng_speaks_what_the_natural_voice_does_not(natural: NaturalVoice) -> None:
    espeak = EspeakNg()
    assert natural.synthesize("Paris 21", "de") == espeak.synthesize("Paris 21", "de")
    assert natural.synthesize("Paris 21", "de", "heart") == espeak.synthesize("Paris 21", "de")
    assert natural.synthesize("Paris 21", "en", "f3") == espeak.synthesize("Paris 21", "en", "f3")
    long = "word " * 400
    assert natural.synthesize(long, "en") == espeak.synthesize(long, "en")
    greeting = "\u4f60\u597d"
    assert natural.synthesize(greeting, "en") == espeak.synthesize(greeting, "en"), "hibari is silent"


class Broken:
    def synthesize(self, text: str, language: str, voice: str = "") -> bytes:
        raise SpeechError("the process of speech ended")


def test_a_natural_voice_that_fails_is_replaced_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    spoken = NaturalVoice(Broken(), EspeakNg()).synthesize("private words", "en")
    assert spoken == EspeakNg().synthesize("private words", "en")
    (record,) = caplog.records
    assert "the natural voice failed" in record.getMessage()
    assert "private" not in str(record.__dict__)


def test_what_the_telephone_cannot_carry_is_removed() -> None:
    at = np.arange(24_000) / 24_000

    def level(hertz: float) -> float:
        tone = (0.2 * np.sin(2 * np.pi * hertz * at)).astype(np.float32)
        return float(np.abs(np.frombuffer(telephone(tone), "<i2")[100:-100]).max() / 32767)

    assert level(1000) == pytest.approx(0.2 * GAIN, rel=0.03)
    assert level(3000) == pytest.approx(0.2 * GAIN, rel=0.05)
    assert level(5000) < 0.01
    assert telephone(np.zeros(0, np.float32)) == b""


# --- Amazon Polly ---


class Polly:
    """SynthesizeSpeech as documented: POST /v1/speech, JSON in, audio out; errors by `x-amzn-ErrorType`."""

    def __init__(self, server: HTTPServer) -> None:
        self.url = server.url_for("")
        self.error: tuple[int, str, str] | None = None
        self.audio = b"\x01\x02" * 8000
        self._server = server
        server.expect_request("/v1/speech", method="POST").respond_with_handler(self._answer)

    @property
    def requests(self) -> list[Request]:
        return [request for request, _ in self._server.log]

    def _answer(self, request: Request) -> Response:
        if self.error is not None:
            status, kind, message = self.error
            return Response(
                json.dumps({"message": message}),
                status,
                {"x-amzn-ErrorType": kind, "Content-Type": "application/json"},
            )
        characters = len(request.get_json()["Text"])
        return Response(
            self.audio, headers={"x-amzn-RequestCharacters": str(characters), "Content-Type": "audio/pcm"}
        )


@pytest.fixture
def polly(httpserver_ipv4: HTTPServer) -> Iterator[Polly]:
    yield Polly(httpserver_ipv4)
    httpserver_ipv4.check()


def polly_speaker(server: Polly, **more: Any) -> Synthesizer:
    values = {
        "synthesizer": "amazon-polly",
        "polly_endpoint": server.url,
        "polly_access_key": SecretStr("AKIATEST"),
        "polly_secret_key": SecretStr("secret"),
        **more,
    }
    return make_synthesizer(settings(**values))


def test_polly_is_asked_as_documented(polly: Polly) -> None:
    speaker = polly_speaker(polly, polly_region="eu-central-1")
    assert is_prompt(speaker.synthesize("Grüße <b>", "de"))
    speaker.synthesize("Hello", "en-gb")
    speaker.synthesize("Hello", "en", "Matthew")
    speaker.synthesize("Hello", "hi")
    speaker.synthesize("Hello", "ru")
    first, *others = polly.requests
    assert first.get_json() == {
        "Text": "Grüße <b>",
        "TextType": "text",
        "OutputFormat": "pcm",
        "SampleRate": "8000",
        "VoiceId": "Vicki",
        "Engine": "neural",
    }
    assert "/eu-central-1/polly/aws4_request" in first.headers["Authorization"]
    second, third, hindi, russian = (request.get_json() for request in others)
    assert second["VoiceId"] == "Amy"
    assert third["VoiceId"] == "Matthew"
    assert (hindi["VoiceId"], hindi["LanguageCode"]) == ("Kajal", "hi-IN")
    assert (russian["VoiceId"], russian["Engine"]) == ("Tatyana", "standard")


def test_polly_refusing_is_told_without_the_text(polly: Polly) -> None:
    polly.error = (400, "TextLengthExceededException", "your text was: private words")
    with pytest.raises(SpeechError, match=r"^Amazon Polly: TextLengthExceededException$"):
        polly_speaker(polly).synthesize("private words", "en")
    with pytest.raises(SpeechError, match="no voice is known"):
        polly_speaker(polly).synthesize("private words", "xh")
    polly.error, polly.audio = None, b""
    with pytest.raises(SpeechError, match="no sound"):
        polly_speaker(polly).synthesize("private words", "en")


def test_polly_away() -> None:
    gone = settings(
        synthesizer="amazon-polly",
        polly_endpoint="http://127.0.0.1:1",
        polly_access_key=SecretStr("a"),
        polly_secret_key=SecretStr("b"),
    )
    with pytest.raises(SpeechError, match="EndpointConnectionError"):
        make_synthesizer(gone).synthesize("Hello", "en")


# --- the cache ---


def name(number: int) -> str:
    return f"prompts/{number:032x}"


@pytest.fixture
def cache(tmp_path: Path) -> PromptCache:
    made = PromptCache(tmp_path / "prompts", 10 * len(SOUND))
    made.prepare("espeak-ng")
    return made


def test_a_prompt_is_kept_whole_and_readable_by_asterisk(cache: PromptCache) -> None:
    assert not cache.has(name(1))
    cache.store(name(1), SOUND)
    assert cache.has(name(1))
    path = cache.path(name(1))
    assert path == cache.folder / f"{1:032x}.wav"
    assert path.read_bytes() == SOUND
    assert path.stat().st_mode & 0o777 == 0o640
    assert [each.name for each in cache.folder.iterdir() if each.suffix == ".wav"] == [path.name]
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)


def test_nothing_that_asterisk_cannot_play_is_kept(cache: PromptCache) -> None:
    for data in (b"", b"RIFF", SOUND[:-100], SOUND[:44], as_prompt(b"\1\2" * 99, 8000)[:50]):
        with pytest.raises(SpeechError):
            cache.store(name(1), data)
    assert not list(cache.folder.glob("*.wav"))
    assert not list(cache.folder.glob(".draft*"))


@pytest.mark.parametrize(
    "sound", ["welcome", "prompts/../x", "prompts/zz", "prompts/", "prompts/" + "a" * 65]
)
def test_a_name_that_is_none_of_a_prompt(cache: PromptCache, sound: str) -> None:
    with pytest.raises(SpeechError):
        cache.has(sound)


def test_a_damaged_or_deleted_file_is_made_anew(cache: PromptCache, tmp_path: Path) -> None:
    cache.store(name(1), SOUND)
    cache.path(name(1)).unlink()
    assert not cache.has(name(1))
    cache.path(name(2)).write_bytes(SOUND[:1000])
    assert not cache.has(name(2))
    cache.store(name(2), SOUND)
    assert PromptCache(cache.folder, 1000).has(name(2))


def test_the_least_recently_used_go_first(cache: PromptCache) -> None:
    long_ago = time.time() - 10 * IN_USE_SECONDS
    for number in range(10):
        cache.store(name(number), SOUND)
        os.utime(cache.path(name(number)), (long_ago + number, long_ago + number))
    assert cache.has(name(0)), "asked for: the newest again"
    cache.store(name(10), SOUND)
    left = {path.stem for path in cache.folder.glob("*.wav")}
    assert left == {f"{number:032x}" for number in (0, *range(3, 11))}
    assert not cache.has(name(1))


def test_what_may_be_playing_is_kept(cache: PromptCache) -> None:
    for number in range(12):
        cache.store(name(number), SOUND)
    assert all(cache.has(name(number)) for number in range(12))


def test_another_engine_begins_with_an_empty_cache(cache: PromptCache) -> None:
    cache.store(name(1), SOUND)
    again = PromptCache(cache.folder, 1000)
    again.prepare("espeak-ng")
    assert again.has(name(1))
    other = PromptCache(cache.folder, 1000)
    other.prepare("amazon-polly neural")
    assert not other.has(name(1))


# --- hearing ---

PHRASES = ("Sales", "technical support", "opening hours", "speak to an agent")


@pytest.fixture(scope="module")
def recognizer() -> Iterator[Recognizer]:
    made = make_recognizer(settings(speech_recognizer="pocketsphinx"))
    yield made
    made.close()


def said(tmp_path: Path, text: str, voice: str = "f3") -> Path:
    path = tmp_path / "said.wav"
    path.write_bytes(EspeakNg().synthesize(text, "en-us", f"en-us+{voice}"))
    return path


@pytest.mark.parametrize("phrase", ["Sales", "technical support", "opening hours", "speak to an agent"])
@pytest.mark.long
def test_a_spoken_phrase_is_recognized(recognizer: Recognizer, tmp_path: Path, phrase: str) -> None:
    assert recognizer.recognize(said(tmp_path, phrase), PHRASES) == phrase


@pytest.mark.long
def test_other_words_and_silence_are_no_phrase(recognizer: Recognizer, tmp_path: Path) -> None:
    assert recognizer.recognize(said(tmp_path, "banana pudding"), PHRASES) == ""
    quiet = tmp_path / "quiet.wav"
    quiet.write_bytes(as_prompt(b"\0\0" * 16000, 8000))
    assert recognizer.recognize(quiet, PHRASES) == ""


def test_the_phrases_change_from_call_to_call(recognizer: Recognizer, tmp_path: Path) -> None:
    path = said(tmp_path, "opening hours")
    assert recognizer.recognize(path, ("opening hours", "billing")) == "opening hours"
    assert recognizer.recognize(path, ("goodbye everybody", "banana pudding")) == ""
    assert recognizer.recognize(path, ("opening hours",)) == "opening hours"


def test_words_that_are_in_no_dictionary(recognizer: Recognizer, tmp_path: Path) -> None:
    path = said(tmp_path, "opening hours")
    assert recognizer.recognize(path, ("xqzzt", "opening hours")) == "opening hours"
    with pytest.raises(SpeechError, match="no phrase"):
        recognizer.recognize(path, ("xqzzt",))


def test_a_recording_that_cannot_be_read(recognizer: Recognizer, tmp_path: Path) -> None:
    for data in (b"", b"nonsense"):
        (tmp_path / "bad.wav").write_bytes(data)
        with pytest.raises(SpeechError, match="cannot be read"):
            recognizer.recognize(tmp_path / "bad.wav", PHRASES)
    with pytest.raises(SpeechError, match="cannot be read"):
        recognizer.recognize(tmp_path / "none.wav", PHRASES)


@pytest.mark.parametrize(
    "phrase",
    ["a; b", "<x>", "a | b", "*", "", "a{b}", "caf\u00e9", "a\nb;", "x/y", "[a]", "(a)", "//a", "$a"],
)
def test_a_phrase_cannot_change_the_grammar(recognizer: Recognizer, tmp_path: Path, phrase: str) -> None:
    assert words(phrase) == ""
    path = said(tmp_path, "opening hours")
    assert recognizer.recognize(path, (phrase, "opening hours")) == "opening hours"
    with pytest.raises(SpeechError, match="no phrase"):
        recognizer.recognize(path, (phrase,))


def test_how_phrases_are_spelled() -> None:
    assert words("  Option 2 ") == "option two"
    assert words("Room 12B") == "room one two b"
    assert grammar(["yes", "no thanks"]).endswith("public <phrase> = yes | no thanks;\n")


# --- a recognizer in a process of its own ---


class Odd:
    """Does in its process what the first phrase says."""

    def recognize(self, path: Path, phrases: Sequence[str]) -> str:
        match phrases[0]:
            case "crash":
                os._exit(9)
            case "hang":
                threading.Event().wait(60)
            case "refuse":
                raise SpeechError("refused")
        return f"{phrases[0]} {os.getpid()}"

    def close(self) -> None:
        pass


class NeverReady(Odd):
    def __init__(self) -> None:
        raise SpeechError("not installed")


@pytest.fixture
def odd() -> Iterator[IsolatedRecognizer]:
    made = IsolatedRecognizer(Odd)
    yield made
    made.close()


@pytest.mark.long
def test_it_works_elsewhere(odd: IsolatedRecognizer, tmp_path: Path) -> None:
    first = odd.recognize(tmp_path, ("hello",))
    assert first.startswith("hello ")
    assert first != f"hello {os.getpid()}"
    with pytest.raises(SpeechError, match=r"^refused$"):
        odd.recognize(tmp_path, ("refuse",))
    assert odd.recognize(tmp_path, ("hello",)) == first


@pytest.mark.long
def test_one_that_crashes_or_hangs_is_replaced(
    odd: IsolatedRecognizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = odd.recognize(tmp_path, ("hello",))
    with pytest.raises(SpeechError, match="process of speech ended"):
        odd.recognize(tmp_path, ("crash",))
    after = odd.recognize(tmp_path, ("hello",))
    monkeypatch.setattr("providers.speech.isolated.SECONDS", 0.2)
    with pytest.raises(SpeechError, match="took longer"):
        odd.recognize(tmp_path, ("hang",))
    monkeypatch.undo()
    last = odd.recognize(tmp_path, ("hello",))
    assert len({before, after, last}) == 3


@pytest.mark.long
def test_one_that_cannot_be_made_says_why(tmp_path: Path) -> None:
    made = IsolatedRecognizer(NeverReady)
    for _ in range(2):
        with pytest.raises(SpeechError, match=r"^not installed$"):
            made.recognize(tmp_path, ("hello",))
    made.close()
