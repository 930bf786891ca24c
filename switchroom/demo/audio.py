"""What the caller and the agent say: sounds of Asterisk's own library, as a packet capture that SIPp plays."""

import audioop
import struct
import wave
from pathlib import Path

from switchroom.asterisk import installed
from switchroom.run.errors import RunError

CALLER_SAYS = "demo-instruct"
AGENT_SAYS = "demo-abouttotry"
FRAME = 160
"""Bytes of G.711 in a packet of 20 ms."""


def speech(name: str, folder: Path, seconds: float) -> Path:
    """The sound as `folder/<name>.pcap`, repeated for `seconds`. Raises `RunError` if it is missing."""
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
    packets = [frames[number % len(frames)] for number in range(int(seconds * 50))]
    path = folder / f"{name}.pcap"
    path.write_bytes(_capture(packets))
    return path


def _capture(payloads: list[bytes]) -> bytes:
    """A pcap file (little-endian, Ethernet) of one RTP stream: PCMU, a packet every 20 ms (RFC 3550, 3551)."""
    parts = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)]
    loopback = bytes((127, 0, 0, 1))
    for number, payload in enumerate(payloads):
        rtp = struct.pack(">BBHII", 0x80, 0, number & 0xFFFF, number * FRAME, 0x5A5A5A5A) + payload
        udp = struct.pack(">HHHH", 6000, 6000, 8 + len(rtp), 0) + rtp
        ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0) + loopback + loopback + udp
        frame = bytes(12) + b"\x08\x00" + ip
        second, micros = divmod(number * 20_000, 1_000_000)
        parts.append(struct.pack("<IIII", second, micros, len(frame), len(frame)) + frame)
    return b"".join(parts)
