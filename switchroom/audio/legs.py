"""The two legs of a recording: join them to one stereo file, and split it again.

Everything works in pieces, so that an hour costs no more memory than half a minute.
"""

import wave
from collections.abc import Iterator
from pathlib import Path

from switchroom.audio.sound import Sound, as_mono, make_sound, read_frames
from switchroom.audio.wav import AudioError, Wav, read_wav

PIECE_SECONDS = 30


def join_legs(agent: Path, caller: Path, out: Path) -> float:
    """Write one stereo WAV (caller left, agent right) and return its seconds.

    The shorter leg is padded with silence; a leg that is missing or unreadable is silence. Raises `AudioError` if
    neither leg can be read.
    """
    legs = [(path, _readable(path)) for path in (caller, agent)]
    known = [wav for _, wav in legs if wav is not None]
    if not known:
        raise AudioError(f"{caller.name}, {agent.name}: neither leg can be read")
    rate = max(wav.rate for wav in known)
    left, right = (pieces(path, wav, rate) for path, wav in legs)
    frames = 0
    with _writer(out, channels=2, width=2, rate=rate) as stereo:
        while (pair := (next(left, b""), next(right, b""))) != (b"", b""):
            length = max(map(len, pair))
            sounds = [make_sound(data.ljust(length, b"\0"), width=2, rate=rate) for data in pair]
            stereo.writeframes(Sound.from_mono_audiosegments(*sounds).raw_data)
            frames += length // 2
    return frames / rate


def repair(path: Path, out: Path) -> float:
    """Write a mono 16-bit copy of `path` with a true header and return its seconds. Raises `AudioError`."""
    wav = read_wav(path)
    with _writer(out, channels=1, width=2, rate=wav.rate) as copy:
        for piece in pieces(path, wav, wav.rate):
            copy.writeframes(piece)
    return wav.seconds


def split_channels(stereo: Path, left: Path, right: Path) -> None:
    """Write the two channels of a stereo file as mono files. Raises `AudioError`."""
    wav = read_wav(stereo)
    if wav.channels != 2:
        raise AudioError(f"{stereo.name}: not stereo")
    form = {"channels": 1, "width": wav.width, "rate": wav.rate}
    with _writer(left, **form) as one, _writer(right, **form) as two:
        for both in _sounds(stereo, wav):
            for target, channel in zip((one, two), both.split_to_mono(), strict=True):
                target.writeframes(channel.raw_data)


def _readable(path: Path) -> Wav | None:
    try:
        return read_wav(path)
    except (AudioError, FileNotFoundError):
        return None


def _writer(path: Path, *, channels: int, width: int, rate: int) -> wave.Wave_write:
    target = wave.open(str(path), "wb")  # noqa: SIM115 - the caller closes it
    target.setnchannels(channels)
    target.setsampwidth(width)
    target.setframerate(rate)
    return target


def pieces(path: Path, wav: Wav | None, rate: int) -> Iterator[bytes]:
    """The file's samples, half a minute at a time, as 16-bit mono at `rate`."""
    if wav is not None:
        for sound in _sounds(path, wav):
            data: bytes = as_mono(sound, rate).raw_data
            yield data


def _sounds(path: Path, wav: Wav) -> Iterator[Sound]:
    frames, step = wav.data_bytes // wav.frame, PIECE_SECONDS * wav.rate
    with path.open("rb") as file:
        for first in range(0, frames, step):
            yield read_frames(file, wav, first, step)
