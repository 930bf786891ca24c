"""Speech-like RTP for SIPp: a capture file with µ-law tones, and reading of recorded WAV files."""

import math
import struct
import wave
from pathlib import Path


def _ulaw(sample: int) -> int:
    """One 16-bit sample in G.711 µ-law."""
    sign = 0x80 if sample < 0 else 0
    value = min(abs(sample), 32635) + 132
    exponent = value.bit_length() - 8
    return ~(sign | exponent << 4 | value >> exponent + 3 & 0x0F) & 0xFF


def tone_capture(path: Path, seconds: float, frequency: int = 440, volume: int = 8000) -> Path:
    """Write a pcap of an RTP stream (PCMU, 20 ms packets) of a tone that rises and falls; return `path`."""
    packets = []
    for number in range(int(seconds * 50)):
        start = number * 160
        payload = bytes(
            _ulaw(int(volume * math.sin(2 * math.pi * frequency * (start + i) / 8000))) for i in range(160)
        )
        rtp = struct.pack(">BBHII", 0x80, 0, number & 0xFFFF, start, 0x5A5A5A5A) + payload
        udp = struct.pack(">HHHH", 6000, 6000, 8 + len(rtp), 0) + rtp
        ip = (
            struct.pack(
                ">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, b"\x7f\0\0\1", b"\x7f\0\0\1"
            )
            + udp
        )
        frame = b"\0" * 12 + b"\x08\x00" + ip
        seconds_, micros = divmod(number * 20000, 1_000_000)
        packets.append(struct.pack("<IIII", seconds_, micros, len(frame), len(frame)) + frame)
    path.write_bytes(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1) + b"".join(packets))
    return path


def wav_seconds(path: Path) -> float:
    """Length of a WAV file, by its data's size (right also while the header is not yet finished)."""
    with wave.open(str(path)) as file:
        width: int = file.getnchannels() * file.getsampwidth() * file.getframerate()
    return (path.stat().st_size - 44) / width


def wav_level(path: Path) -> float:
    """Root mean square of a 16-bit WAV file's samples (0: silence)."""
    with wave.open(str(path)) as file:
        data = file.readframes(file.getnframes())
    samples = struct.unpack(f"<{len(data) // 2}h", data)
    return math.sqrt(sum(s * s for s in samples) / max(1, len(samples)))
