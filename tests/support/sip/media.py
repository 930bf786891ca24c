"""The audio of a scripted phone: RTP in PCMU, sent in real time, and what was heard."""

import math
import re
import secrets
import socket
import struct
import threading
import time
from collections.abc import Iterable, Sequence

from tests.support.sip.audio import tone_share, ulaw

_KEYS = {
    key: (low, high)
    for low, row in zip((697, 770, 852, 941), ("123A", "456B", "789C", "*0#D"), strict=True)
    for key, high in zip(row, (1209, 1336, 1477, 1633), strict=True)
}
FRAME = 160
"""Samples of 20 ms."""
Body = tuple[str, str]
"""Content type and text."""


def sdp(
    address: str,
    port: int,
    *,
    direction: str = "",
    payloads: str = "0 101",
    lines: Sequence[str] = (),
    at: str = "",
) -> Body:
    """Return an offer or an answer. `at`: another connection address, as `0.0.0.0`. `lines` stand after the audio's."""
    family = "IP6" if ":" in address else "IP4"
    maps = {
        "0": "PCMU/8000",
        "8": "PCMA/8000",
        "101": "telephone-event/8000",
        "96": "X-NONSENSE/44100",
        "97": "EVS/16000",
        "98": "AMR/8000",
    }
    text = [
        "v=0",
        f"o=- {secrets.randbelow(10**9)} {int(time.time() * 1000)} IN {family} {address}",
        "s=-",
        f"c=IN {family} {at or address}",
        "t=0 0",
        f"m=audio {port} RTP/AVP {payloads}",
        *(f"a=rtpmap:{kind} {maps[kind]}" for kind in payloads.split() if kind in maps),
        *([f"a={direction}"] if direction else []),
        *lines,
    ]
    return "application/sdp", "".join(f"{line}\r\n" for line in text)


def _samples(parts: Iterable[float], count: int, volume: int) -> list[int]:
    tones = list(parts)
    return [
        sum(int(volume * math.sin(2 * math.pi * hertz * n / 8000)) for hertz in tones) for n in range(count)
    ]


def _decode(byte: int) -> int:
    value = ~byte & 0xFF
    magnitude = (((value & 0x0F) << 3) + 0x84 << ((value & 0x70) >> 4)) - 0x84
    return -magnitude if value & 0x80 else magnitude


_DECODED = [_decode(byte) for byte in range(256)]
_SILENCE = bytes([ulaw(0)] * FRAME)


class Media:
    """One RTP socket at `address`. It says a tone of `voice` hertz, or silence, from the moment it knows where to."""

    def __init__(self, address: str = "127.0.0.1", voice: int = 0, *, mute: bool = False) -> None:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.address, self.mute = address, mute
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.bind((address, 0))
        self._socket.settimeout(0.2)
        self.port: int = self._socket.getsockname()[1]
        self._target: tuple[str, int] | None = None
        self._voice = bytes(map(ulaw, _samples([voice], 8000, 8000))) if voice else b""
        self._queued: list[bytes] = []
        self._open = True
        self.heard = bytearray()
        """Every octet of PCMU that came."""
        self.packets = 0
        threading.Thread(target=self._listen, daemon=True).start()
        threading.Thread(target=self._speak, daemon=True).start()

    def offer(
        self, direction: str = "", payloads: str = "0 101", lines: tuple[str, ...] = (), at: str = ""
    ) -> Body:
        """Return the SDP of this audio."""
        return sdp(self.address, self.port, direction=direction, payloads=payloads, lines=lines, at=at)

    def send_to(self, sdp: str) -> None:
        """Send to where the far end's SDP says; nothing, if it says nowhere."""
        host = re.search(r"^c=IN IP[46] ([^\s/]+)", sdp, re.MULTILINE)
        port = re.search(r"^m=audio (\d+)", sdp, re.MULTILINE)
        if host and port and port[1] != "0":
            self._target = (host[1], int(port[1]))

    def press(self, keys: str, seconds: float = 0.12, pause: float = 0.12) -> None:
        """Say the tones of these keys in the audio itself."""
        for key in keys:
            sound = bytes(map(ulaw, _samples(_KEYS[key], int(seconds * 8000), 6000)))
            self._queued += [
                sound[n : n + FRAME].ljust(FRAME, _SILENCE[:1]) for n in range(0, len(sound), FRAME)
            ]
            self._queued += [_SILENCE] * int(pause * 50)

    def hears(self, hertz: int, seconds: float = 0.4, *, share: float = 0.5) -> bool:
        """Say whether the last seconds were mainly this tone: more of them than this share."""
        last = self.heard[-int(seconds * 8000) :]
        samples = [_DECODED[byte] for byte in last]
        return len(samples) >= seconds * 4000 and tone_share(samples, 8000, hertz) > share

    def close(self) -> None:
        self._open = False

    def _listen(self) -> None:
        while self._open:
            try:
                packet = self._socket.recv(4096)
            except TimeoutError:
                continue
            except OSError:
                return
            if len(packet) > 12 and packet[1] & 0x7F == 0:
                self.packets += 1
                self.heard += packet[12 + 4 * (packet[0] & 0x0F) :]
        self._socket.close()

    def _speak(self) -> None:
        number, due = 0, time.monotonic()
        while self._open:
            due += 0.02
            time.sleep(max(0.0, due - time.monotonic()))
            target, place = self._target, number * FRAME % 8000
            if target is None or self.mute:
                continue
            frame = self._queued.pop(0) if self._queued else self._voice[place : place + FRAME] or _SILENCE
            head = struct.pack(">BBHII", 0x80, 0, number & 0xFFFF, number * FRAME & 0xFFFFFFFF, 0x1234ABCD)
            number += 1
            try:
                self._socket.sendto(head + frame, target)
            except OSError:
                return
