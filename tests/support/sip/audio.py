"""Audio for SIPp: capture files with RTP of µ-law tones and speech. Also functions that read recorded WAV files."""

import math
import struct
import wave
from collections.abc import Sequence
from pathlib import Path


def ulaw(sample: int) -> int:
    """Return one 16-bit sample in G.711 µ-law."""
    sign = 0x80 if sample < 0 else 0
    value = min(abs(sample), 32635) + 132
    exponent = value.bit_length() - 8
    return ~(sign | exponent << 4 | value >> exponent + 3 & 0x0F) & 0xFF


def _rtp(kind: int, number: int, stamp: int, payload: bytes, *, marker: bool = False) -> bytes:
    header = struct.pack(">BBHII", 0x80, marker << 7 | kind, number & 0xFFFF, stamp & 0xFFFFFFFF, 0x5A5A5A5A)
    return header + payload


def _write_capture(path: Path, packets: list[bytes]) -> Path:
    """Write a pcap file with one RTP packet every 20 ms."""
    frames = []
    for number, rtp in enumerate(packets):
        udp = struct.pack(">HHHH", 6000, 6000, 8 + len(rtp), 0) + rtp
        local = b"\x7f\0\0\1"
        ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, local, local) + udp
        frame = b"\0" * 12 + b"\x08\x00" + ip
        seconds, micros = divmod(number * 20000, 1_000_000)
        frames.append(struct.pack("<IIII", seconds, micros, len(frame), len(frame)) + frame)
    path.write_bytes(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1) + b"".join(frames))
    return path


def voice(seconds: float, frequency: int = 440, volume: int = 8000) -> list[int]:
    """Return 16-bit samples (8 kHz) of a tone that glides up and down three times a second, as a voice does.

    A tone that holds would be taken for one of the line. Whole seconds can be repeated without a break.
    """
    return [
        int(volume * math.sin(2 * math.pi * frequency * i / 8000 + 40 * math.sin(6 * math.pi * i / 8000)))
        for i in range(int(seconds * 8000))
    ]


def write_samples(path: Path, samples: Sequence[int]) -> Path:
    """Write a WAV file (8 kHz, mono, 16 bit). Return `path`."""
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", "NONE"))
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return path


def tone_capture(
    path: Path, seconds: float, frequency: int = 440, volume: int = 8000, *, quiet: float = 0
) -> Path:
    """Write a pcap of an RTP stream (PCMU) of a tone that glides (`voice`), and then of silence. Return `path`."""
    wave_ = [ulaw(sample) for sample in voice(1, frequency, volume)]
    packets = []
    for number in range(int((seconds + quiet) * 50)):
        start = number * 160
        payload = bytes(wave_[(start + i) % 8000] for i in range(160))
        if number >= int(seconds * 50):
            payload = bytes([ulaw(0)] * 160)
        packets.append(_rtp(0, number + 10000, start + 1_000_000, payload))
    return _write_capture(path, packets)


def speech_capture(path: Path, sound: Path, *, after: float) -> Path:
    """Write a pcap of an RTP stream (PCMU) of a WAV file (8 kHz, mono, 16 bit). Return `path`.

    The stream has `after` seconds of silence before the speech and five seconds after it.
    """
    with wave.open(str(sound)) as file:
        data = file.readframes(file.getnframes())
    spoken = [ulaw(sample) for sample in struct.unpack(f"<{len(data) // 2}h", data)]
    quiet = ulaw(0)
    samples = [quiet] * int(after * 8000) + spoken + [quiet] * 40_000
    starts = range(0, len(samples) - 159, 160)
    return _write_capture(
        path,
        [
            _rtp(0, number + 10000, start + 1_000_000, bytes(samples[start : start + 160]))
            for number, start in enumerate(starts)
        ],
    )


def digit_capture(path: Path, digit: str, place: int) -> Path:
    """Write a pcap of one RFC 4733 digit of 120 ms (payload type 101). `place` is the number of digits before it."""
    event = "0123456789*#ABCD".index(digit)
    packets = []
    for step in range(9):
        end = step >= 6
        duration = min(step + 1, 6) * 160
        payload = struct.pack(">BBH", event, end << 7 | 10, duration)
        packets.append(_rtp(101, place * 20 + step, (place + 1) * 8000, payload, marker=step == 0))
    return _write_capture(path, packets)


def wav_seconds(path: Path) -> float:
    """Return the length of a WAV file. It follows from the size of the data, so the header need not be finished."""
    with wave.open(str(path)) as file:
        width: int = file.getnchannels() * file.getsampwidth() * file.getframerate()
    return (path.stat().st_size - 44) / width


def wav_level(path: Path) -> float:
    """Return the root mean square of a 16-bit WAV file's samples. 0 is silence."""
    with wave.open(str(path)) as file:
        data = file.readframes(file.getnframes())
    samples = struct.unpack(f"<{len(data) // 2}h", data)
    return math.sqrt(sum(s * s for s in samples) / max(1, len(samples)))


def write_tone(path: Path, seconds: float, frequency: int = 600, volume: int = 8000) -> Path:
    """Write a WAV file (8 kHz, mono, 16 bit) of a tone. Return `path`."""
    samples = [int(volume * math.sin(2 * math.pi * frequency * i / 8000)) for i in range(int(seconds * 8000))]
    return write_samples(path, samples)


def tone_share(samples: Sequence[int], rate: int, frequency: int) -> float:
    """Return which part of the sound's power is a tone of this frequency, 0 to 1 (Goertzel's algorithm)."""
    factor = 2 * math.cos(2 * math.pi * frequency / rate)
    before = now = 0.0
    for sample in samples:
        before, now = now, sample + factor * now - before
    power = before * before + now * now - factor * before * now
    whole = sum(sample * sample for sample in samples) * len(samples) / 2
    return power / whole if whole else 0.0


def hears_tone(
    path: Path, frequency: int, channel: int = 0, step: float = 0.2, *, least: float = 0.5
) -> list[bool]:
    """Say for each `step` seconds of a 16-bit WAV file whether a channel is mainly a tone of this frequency. `least`:
    the share of its power, below a half for a tone among others."""
    with wave.open(str(path)) as file:
        rate, channels = file.getframerate(), file.getnchannels()
        data = path.read_bytes()[44:]
    samples = struct.unpack(f"<{len(data) // 2}h", data[: len(data) // 2 * 2])[channel::channels]
    size = int(rate * step)
    return [
        tone_share(samples[start : start + size], rate, frequency) > least
        for start in range(0, len(samples) - size + 1, size)
    ]
