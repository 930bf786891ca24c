"""The demo caller's RTP. One stream has silence, then a digit by RFC 4733, then speech."""

import struct
from pathlib import Path

import pytest

from cli.demo import audio

pytestmark = pytest.mark.unit


def test_a_key_grows_and_its_end_is_told_three_times() -> None:
    packets = audio.pressed("#", 8000)
    events = [struct.unpack(">BBH", packet.payload) for packet in packets]
    assert {event for event, _, _ in events} == {11}
    assert [bool(flags & 0x80) for _, flags, _ in events] == [False] * 6 + [True] * 3
    assert [duration for _, _, duration in events] == [160, 320, 480, 640, 800, 960, 960, 960, 960]
    assert {packet.stamp for packet in packets} == {8000}
    assert [packet.marker for packet in packets] == [True] + [False] * 8


def test_the_streams_packets_come_in_order_every_20_ms(tmp_path: Path) -> None:
    packets = [*audio.silence(0.1), *audio.pressed("1", 800)]
    content = audio.write_capture(packets, tmp_path / "a.pcap").read_bytes()
    assert content[:4] == bytes.fromhex("d4c3b2a1")
    at, times, numbers, kinds = 24, [], [], []
    while at < len(content):
        second, micros, length, _ = struct.unpack_from("<IIII", content, at)
        rtp = content[at + 16 + 42 : at + 16 + length]
        flags, kind, number = struct.unpack_from(">BBH", rtp)
        assert flags == 0x80
        times.append(second * 1_000_000 + micros)
        numbers.append(number)
        kinds.append(kind & 0x7F)
        at += 16 + length
    assert numbers == list(range(14))
    assert times == [20_000 * number for number in range(14)]
    assert kinds == [audio.PCMU] * 5 + [audio.TELEPHONE_EVENT] * 9
