"""How fast and how well recorded calls are transcribed, with the engine that recordings are transcribed with.

The speech is made here: by espeak-ng, which is hard to understand for people too, and by hibari, which sounds like a
person. Each text is converted to telephone audio: 8,000 samples a second, G.711 (mu-law), with the noise of a line.

The real-time factor is the time of the work divided by the time of the audio: at 0.2 an hour takes twelve minutes. The
word error rate is the number of words to put in, leave out or replace, divided by the number of words.
"""

import audioop
import io
import re
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from providers.speech.espeak_ng import EspeakNg
from providers.speech.hibari import Hibari
from providers.transcription import Audio
from providers.transcription.faster_whisper import FasterWhisper, load_model
from switchroom.audio.wav import read_wav

console = Console(width=120)
MODELS = Path("var/models")
"""Where a model is kept that the network gives."""
RATE = 8000
NOISE_DB = -50.0
PAUSE_SECONDS = 1.5
TEXTS = (
    "Good morning, this is Anna from the service desk. How can I help you today?",
    "I would like to change the delivery address of my order before it leaves the warehouse.",
    "Could you tell me the name on the account, and the street where you live, please?",
    "My name is Peter Miller, and I live in Garden Street in Bristol, near the old station.",
    "Thank you. The parcel is still here, so we can send it to another address without a fee.",
    "That is very kind of you. I will be at home on Friday in the afternoon.",
    "Then everything is settled. You will get a message when the driver is on the way.",
    "The invoice for last month is wrong. I was charged twice for the same repair.",
    "I am sorry about that. Let me put you through to my colleague in the billing department.",
    "Please hold the line for a moment. All our agents are busy with other callers.",
)
LANGUAGES = {
    "de": "Guten Morgen, ich möchte die Adresse meiner Bestellung ändern. Bitte schicken Sie das Paket am Freitag.",
    "fr": "Bonjour, je voudrais changer l'adresse de ma commande. Vous pouvez envoyer le colis vendredi matin.",
    "es": "Buenos días, quiero cambiar la dirección de mi pedido. Por favor, envíe el paquete el viernes.",
}


@dataclass(frozen=True, slots=True)
class Heard:
    """What one voice came to. `errors` of `words` words were wrong. `cpu`: seconds of processors."""

    words: int
    errors: int
    seconds: float
    took: float
    cpu: float

    def row(self) -> tuple[str, ...]:
        return (
            f"{self.seconds:.0f}",
            f"{self.took:.1f}",
            f"{self.took / self.seconds:.3f}",
            f"{60 * self.cpu / self.seconds:.1f}",
            f"{self.errors / self.words:.1%}",
        )


def run(model: str, threads: int, hours: float) -> None:
    """Print the table of the voices, and what a recording of `hours` takes if that is not 0."""
    whisper = FasterWhisper(model, MODELS, threads)
    began = time.perf_counter()
    many = load_model(model, MODELS, whisper.threads).model.is_multilingual
    console.print(f"{model}: loaded in {time.perf_counter() - began:.1f} s, threads: {whisper.threads}")
    table = Table("voice", "audio s", "took s", "real-time factor", "CPU min an hour", "word error rate")
    for name, speak in voices():
        table.add_row(name, *measure(whisper, speak, TEXTS, "en").row())
    for language, text in LANGUAGES.items() if many else ():
        speak = partial(EspeakNg().synthesize, language=language)
        table.add_row(f"espeak-ng {language}", *measure(whisper, speak, [text], language).row())
    console.print(table)
    if hours:
        long_recording(model, threads, hours)


def voices() -> Iterable[tuple[str, Callable[[str], bytes]]]:
    espeak, hibari = EspeakNg(), Hibari()
    yield "espeak-ng en-us", lambda text: espeak.synthesize(text, "en-us")
    yield "espeak-ng en-gb", lambda text: espeak.synthesize(text, "en-gb")
    yield "espeak-ng en-us+f3", lambda text: espeak.synthesize(text, "en-us", "f3")
    yield "hibari heart", lambda text: hibari.synthesize(text, "en")


def measure(
    whisper: FasterWhisper, speak: Callable[[str], bytes], texts: Iterable[str], language: str
) -> Heard:
    """Say the texts as one call with pauses, transcribe it, and compare."""
    spoken = list(texts)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "call.wav"
        seconds = write_call(path, (speak(text) for text in spoken))
        began, used = time.perf_counter(), time.process_time()
        heard = transcribe(whisper, path, language)
        took, cpu = time.perf_counter() - began, time.process_time() - used
    said = words_of(" ".join(spoken))
    return Heard(len(said), distance(said, words_of(heard)), seconds, took, cpu)


def transcribe(whisper: FasterWhisper, path: Path, language: str) -> str:
    """Return all that is heard, piece by piece as the worker does it."""
    audio, at, heard = Audio("bench", "", "", ("caller",), lambda: [path], language), 0.0, []
    while True:
        piece = whisper.transcribe(audio, at)
        heard += [line.text for line in piece.lines]
        if piece.end is None:
            return " ".join(heard)
        at = piece.end


def write_call(path: Path, prompts: Iterable[bytes]) -> float:
    """Write what a telephone would carry of these WAV files, with a pause after each. Return its seconds."""
    noise = np.random.default_rng(0)
    pause = np.zeros(int(RATE * PAUSE_SECONDS))
    parts = []
    for prompt in prompts:
        with wave.open(io.BytesIO(prompt)) as file:
            parts += [np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768, pause]
    clean = np.concatenate(parts)
    noisy = clean + noise.normal(0, 10 ** (NOISE_DB / 20), len(clean))
    data = (np.clip(noisy, -1, 1) * 32767).astype("<i2").tobytes()
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, RATE, 0, "NONE", ""))
        out.writeframes(audioop.ulaw2lin(audioop.lin2ulaw(data, 2), 2))
    return len(clean) / RATE


def words_of(text: str) -> list[str]:
    return re.findall(r"[^\W_]+(?:'[^\W_]+)?", text.lower())


def distance(said: list[str], heard: list[str]) -> int:
    """Return how many words must be put in, left out or replaced (Levenshtein)."""
    row = list(range(len(heard) + 1))
    for number, word in enumerate(said, 1):
        above, row[0] = row[0], number
        for at, other in enumerate(heard, 1):
            above, row[at] = row[at], min(row[at] + 1, row[at - 1] + 1, above + (word != other))
    return row[-1]


def long_recording(model: str, threads: int, hours: float) -> None:
    """Transcribe a recording of `hours` in a process of its own, as a job does. Print its time and its memory."""
    with tempfile.TemporaryDirectory() as folder:
        path, one = Path(folder) / "long.wav", Path(folder) / "one.wav"
        speaker = Hibari()
        seconds = write_call(one, (speaker.synthesize(text, "en") for text in TEXTS))
        with wave.open(str(one)) as source, wave.open(str(path), "wb") as out:
            out.setparams((1, 2, RATE, 0, "NONE", ""))
            frames = source.readframes(source.getnframes())
            for _ in range(round(hours * 3600 / seconds)):
                out.writeframes(frames)
        del speaker
        code = f"from bench.transcription import one_job; one_job({model!r}, {threads}, {str(path)!r})"
        subprocess.run([sys.executable, "-c", code], check=True)


def one_job(model: str, threads: int, path: str) -> None:
    """Transcribe this file, and print what it took."""
    began, cpu = time.perf_counter(), time.process_time()
    heard = transcribe(FasterWhisper(model, MODELS, threads), Path(path), "en")
    took, used = time.perf_counter() - began, time.process_time() - cpu
    seconds = read_wav(Path(path)).seconds
    # The most that the process had. `getrusage` would count what its parent had too.
    status = Path("/proc/self/status").read_text()
    memory = int(status.partition("VmHWM:")[2].split()[0]) / 1024
    console.print(
        f"{seconds / 3600:.2f} h of one speaker: {took / 60:.1f} min, {used / 60:.1f} min of CPU, "
        f"{memory:.0f} MB, {len(words_of(heard))} words"
    )
