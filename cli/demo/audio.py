"""The speech of the caller and the agent: sounds of Asterisk's library, as a packet capture for SIPp."""

import audioop
import struct
import wave
from dataclasses import dataclass
from pathlib import Path

from cli.errors import RunError
from cli.run.asterisk_config import installed

CALLER_SAYS = "demo-instruct"
AGENT_SAYS = "demo-abouttotry"
KEYS = "0123456789*#"
FRAME = 160
"""Bytes of G.711 in a packet of 20 ms."""
SILENCE = b"\xff" * FRAME
PCMU, TELEPHONE_EVENT = 0, 101
_DIGIT_PACKETS, _END_PACKETS = 6, 3


@dataclass(frozen=True, slots=True)
class Packet:
    """One RTP packet. `stamp` is in samples."""

    payload: bytes
    stamp: int
    kind: int = PCMU
    marker: bool = False


def speech(name: str, seconds: float, start: int = 0) -> list[Packet]:
    """Return a sound of the library, repeated for `seconds`. Raises `RunError` if it is missing."""
    facts = installed()
    library = Path((facts["root"] or "/") + facts["data_dir"]) / "sounds"
    found = sorted(library.glob(f"*/{name}.wav"))
    if not found:
        raise RunError(
            f"the sound {name}.wav is not in {library}", "install the package asterisk-core-sounds-en-wav"
        )
    with wave.open(str(found[0])) as source:
        sound = audioop.lin2ulaw(source.readframes(source.getnframes()), source.getsampwidth())
    frames = [sound[at : at + FRAME] for at in range(0, len(sound) - FRAME, FRAME)]
    return [
        Packet(frames[number % len(frames)], start + number * FRAME) for number in range(int(seconds * 50))
    ]


def silence(seconds: float) -> list[Packet]:
    return [Packet(SILENCE, number * FRAME) for number in range(int(seconds * 50))]


def pressed(key: str, start: int) -> list[Packet]:
    """Return the packets of one key, 120 ms long (RFC 4733).

    All have the same time stamp and a growing duration. The end is sent three times.
    """
    packets = []
    for step in range(_DIGIT_PACKETS + _END_PACKETS):
        ends = step >= _DIGIT_PACKETS
        duration = min(step + 1, _DIGIT_PACKETS) * FRAME
        event = struct.pack(">BBH", KEYS.index(key), ends << 7 | 10, duration)
        packets.append(Packet(event, start, TELEPHONE_EVENT, marker=step == 0))
    return packets


def listens_then_presses_then_talks(key: str, listen: float, talk: float) -> list[Packet]:
    """Return the caller's stream: silence, one key, then speech. `listen` and `talk` are seconds."""
    quiet = silence(listen)
    digit = pressed(key, len(quiet) * FRAME)
    return quiet + digit + speech(CALLER_SAYS, talk, (len(quiet) + len(digit)) * FRAME)


def write_capture(packets: list[Packet], path: Path) -> Path:
    """Write the stream as a pcap file (little-endian, Ethernet), one packet every 20 ms (RFC 3550).

    Returns `path`.
    """
    parts = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)]
    loopback = bytes((127, 0, 0, 1))
    for number, packet in enumerate(packets):
        kind = packet.marker << 7 | packet.kind
        rtp = struct.pack(">BBHII", 0x80, kind, number & 0xFFFF, packet.stamp, 0x5A5A5A5A) + packet.payload
        udp = struct.pack(">HHHH", 6000, 6000, 8 + len(rtp), 0) + rtp
        ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0) + loopback + loopback + udp
        frame = bytes(12) + b"\x08\x00" + ip
        second, micros = divmod(number * 20_000, 1_000_000)
        parts.append(struct.pack("<IIII", second, micros, len(frame), len(frame)) + frame)
    path.write_bytes(b"".join(parts))
    return path
