"""Converts an uploaded sound into WAV files that Asterisk plays, in a process of its own.

The upload may be hostile, so FFmpeg's decoders never run in the worker. The process gets none of our environment
variables, which hold secrets. It may use so much memory, processor time and disk, and is killed when it takes too
long. It opens the file by the one container format that the content has, decodes the first audio stream if its codec
is a usual one, and follows no reference to another file.

All sounds come out equally loud: their loudness is measured as EBU R 128 says, and brought to `LOUDNESS`.
"""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import av

FORMATS = {
    "audio/wav": "wav",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/flac": "flac",
    "audio/mp4": "mp4",
    "video/mp4": "mp4",
}
"""Media type -> FFmpeg's container format."""
CODECS = (
    "pcm_",
    "mp3",
    "vorbis",
    "opus",
    "libvorbis",
    "libopus",
    "flac",
    "aac",
    "alac",
    "adpcm_ima_wav",
    "adpcm_ms",
)
"""How the names of the codecs begin that are decoded."""
LOUDNESS = -20.0
"""LUFS."""
MOST_GAIN = 30.0
"""dB."""
PEAK = 0.84
"""No sample is larger (-1.5 dBFS)."""
SILENT = -69.0
"""LUFS. EBU R 128 measures -70 for what is silent, and for what is shorter than 0.4 s."""
INNER_RATE = 16000
CHUNK = 16000
"""Samples that are worked on at once."""

WALL_SECONDS = 300.0
CPU_SECONDS = 200
MEMORY_BYTES = 3 << 30
FILE_BYTES = 1 << 30


class ConversionError(Exception):
    """The sound cannot be converted. The text says why, for the user who uploaded it."""


@dataclass(frozen=True, slots=True)
class Converted:
    """The length of what was written."""

    seconds: float


def convert(source: Path, type: str, folder: Path, rates: Iterable[int], most_seconds: float) -> Converted:
    """Write `<rate>.wav` (mono, 16 bits) into the folder for each rate. Raises `ConversionError`."""
    wanted = {
        "source": str(source),
        "format": FORMATS[type],
        "folder": str(folder),
        "rates": list(rates),
        "most_seconds": most_seconds,
    }
    try:
        done = subprocess.run(
            [sys.executable, "-m", __name__],
            input=json.dumps(wanted),
            capture_output=True,
            text=True,
            timeout=WALL_SECONDS,
            cwd=folder,
            env={"PYTHONPATH": os.pathsep.join(sys.path), "PATH": os.defpath, "OMP_NUM_THREADS": "1"},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ConversionError("The conversion took too long") from None
    try:
        said = json.loads(done.stdout)
    except ValueError:
        raise ConversionError(
            "The file cannot be read: its content is damaged, or needs too much memory"
        ) from None
    if "error" in said:
        raise ConversionError(said["error"])
    return Converted(said["seconds"])


def _main() -> None:
    """Run the child: one request on standard input, one answer on standard output."""
    for limit, most in (
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))
    wanted = json.load(sys.stdin)
    try:
        answer: dict[str, Any] = {"seconds": _converted(**wanted)}
    except ConversionError as error:
        answer = {"error": str(error)}
    sys.stdout.write(json.dumps(answer))


def _converted(source: str, format: str, folder: str, rates: list[int], most_seconds: float) -> float:
    """Convert and return the seconds. The sound is decoded once, into samples of `INNER_RATE` on disk."""
    raw = Path(folder) / "samples.f32"
    try:
        count, loudness, peak = _decode(Path(source), format, raw, most_seconds)
        _write(raw, Path(folder), rates, _gain(loudness, peak))
    finally:
        raw.unlink(missing_ok=True)
    return round(count / INNER_RATE, 2)


def _decode(source: Path, format: str, raw: Path, most_seconds: float) -> tuple[int, float, float]:
    """Write the samples as 32-bit floats. Return how many there are, their loudness (LUFS) and the largest one."""
    import numpy as np

    meter = _Meter()
    count, peak = 0, 0.0
    with raw.open("wb") as out:
        for frame in _frames(source, format):
            samples = frame.to_ndarray().reshape(-1)
            count += len(samples)
            if count > most_seconds * INNER_RATE:
                raise ConversionError(f"The sound is longer than {most_seconds:g} s")
            if not np.isfinite(samples).all():
                raise ConversionError("The file is damaged: it has samples that are no numbers")
            peak = max(peak, float(np.abs(samples).max(initial=0.0)))
            out.write(samples.tobytes())
            meter.add(frame)
    if not count:
        raise ConversionError("The file holds no sound that can be read")
    return count, meter.loudness, peak


def _frames(source: Path, format: str) -> Iterator["av.AudioFrame"]:
    """Yield the sound as frames of mono floats at `INNER_RATE`. A packet that cannot be decoded is left out."""
    import av
    from av.audio.resampler import AudioResampler

    try:
        container = av.open(str(source), format=format, options={"protocol_whitelist": "file"})
    except (av.FFmpegError, ValueError) as error:
        raise ConversionError("The file is not what it seems to be, or it is damaged") from error
    with container:
        if not container.streams.audio:
            raise ConversionError("The file has no sound in it")
        stream = container.streams.audio[0]
        if not stream.codec_context.name.startswith(CODECS):
            raise ConversionError(f"The codec {stream.codec_context.name} is not supported")
        stream.codec_context.thread_type = "NONE"
        resampler = AudioResampler(format="flt", layout="mono", rate=INNER_RATE)
        packets = container.demux(stream)
        while True:
            try:
                packet = next(packets)
            except (StopIteration, av.FFmpegError):
                break
            try:
                decoded = packet.decode()
            except av.FFmpegError:
                continue
            for frame in decoded:
                # The parts of a stream need not begin where the last one ended.
                frame.pts = None
                try:
                    yield from resampler.resample(frame)
                except ValueError as error:
                    raise ConversionError("The sound changes its form in the middle") from error
        yield from resampler.resample(None)


class _Meter:
    """Measures loudness as EBU R 128 says, with FFmpeg's filter."""

    def __init__(self) -> None:
        from av.filter import Graph

        self._graph = Graph()
        source = self._graph.add_abuffer(sample_rate=INNER_RATE, format="flt", layout="mono")
        meter = self._graph.add("ebur128", "metadata=1")
        sink = self._graph.add("abuffersink")
        source.link_to(meter)
        meter.link_to(sink)
        self._graph.configure()
        self.loudness = -70.0

    def add(self, frame: "av.AudioFrame") -> None:
        self._graph.push(frame)
        for measured in _pulled(self._graph):
            found = measured.metadata.get("lavfi.r128.I")
            if found is not None:
                self.loudness = float(found)


def _gain(loudness: float, peak: float) -> float:
    """Return by how many dB the sound is made louder."""
    import math

    if loudness > SILENT:
        return max(-MOST_GAIN, min(LOUDNESS - loudness, MOST_GAIN))
    # Too short to be measured, or silent.
    return min(20 * math.log10(PEAK / 2 / peak), MOST_GAIN) if peak > 0.001 else 0.0


def _write(raw: Path, folder: Path, rates: list[int], gain: float) -> None:
    """Write the WAV files of the samples, `gain` dB louder, with peaks held below `PEAK`."""
    import contextlib
    import wave

    from av.audio.resampler import AudioResampler

    with contextlib.ExitStack() as stack:
        out = []
        for rate in rates:
            file = stack.enter_context(wave.open(str(folder / f"{rate}.wav"), "wb"))
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(rate)
            out.append((file, AudioResampler(format="s16", layout="mono", rate=rate)))
        for frame in _louder(raw, gain):
            for file, resampler in out:
                for done in resampler.resample(frame):
                    file.writeframes(done.to_ndarray().tobytes())


def _louder(raw: Path, gain: float) -> Iterator["av.AudioFrame | None"]:
    """Yield the samples as frames, made louder and limited; None at the end."""
    import av
    import numpy as np
    from av.filter import Graph

    graph = Graph()
    source = graph.add_abuffer(sample_rate=INNER_RATE, format="flt", layout="mono")
    volume = graph.add("volume", f"{gain:.2f}dB")
    limiter = graph.add("alimiter", f"limit={PEAK}:level=false:latency=true")
    form = graph.add("aformat", "sample_fmts=flt:channel_layouts=mono")
    sink = graph.add("abuffersink")
    for left, right in ((source, volume), (volume, limiter), (limiter, form), (form, sink)):
        left.link_to(right)
    graph.configure()
    at = 0
    with raw.open("rb") as file:
        while data := file.read(CHUNK * 4):
            samples = np.frombuffer(data, dtype=np.float32)
            frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="flt", layout="mono")
            frame.sample_rate, frame.pts = INNER_RATE, at
            at += len(samples)
            graph.push(frame)
            yield from _pulled(graph)
    graph.push(None)
    yield from _pulled(graph)
    yield None


def _pulled(graph: Any) -> Iterator["av.AudioFrame"]:
    import av

    while True:
        try:
            yield graph.pull()
        except (av.BlockingIOError, av.EOFError):
            return


if __name__ == "__main__":
    _main()
