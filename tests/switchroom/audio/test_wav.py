"""Two legs as Asterisk leaves them become one stereo file. They may be whole, of different lengths, or broken."""

import struct
import time
import wave
from pathlib import Path

import pytest

from switchroom.audio.legs import join_legs, repair, split_channels
from switchroom.audio.wav import AudioError, is_finished, read_wav
from tests.workers.conftest import rest, write_tone

pytestmark = pytest.mark.unit


def samples(path: Path) -> tuple[int, list[int], list[int]]:
    with wave.open(str(path), "rb") as file:
        assert (file.getnchannels(), file.getsampwidth()) == (2, 2)
        data = file.readframes(file.getnframes())
        both = struct.unpack(f"<{len(data) // 2}h", data)
        return file.getframerate(), list(both[::2]), list(both[1::2])


def declare(path: Path, size: int) -> None:
    data = bytearray(path.read_bytes())
    data[40:44] = struct.pack("<I", size)
    path.write_bytes(data)


def test_caller_is_left_and_agent_right(tmp_path: Path) -> None:
    agent, caller, out = tmp_path / "a.wav", tmp_path / "c.wav", tmp_path / "o.wav"
    write_tone(agent, 1.0, 111)
    write_tone(caller, 2.0, 222)
    assert join_legs(agent, caller, out) == 2.0
    rate, left, right = samples(out)
    assert rate == 8000
    assert left == [222] * 16000
    assert right == [111] * 8000 + [0] * 8000


def test_pieces_meet_without_a_gap(tmp_path: Path) -> None:
    agent, caller, out = tmp_path / "a.wav", tmp_path / "c.wav", tmp_path / "o.wav"
    write_tone(agent, 61.5, 1)
    write_tone(caller, 60.0, 2)
    assert join_legs(agent, caller, out) == 61.5
    _, left, right = samples(out)
    assert left == [2] * 480000 + [0] * 12000
    assert right == [1] * 492000


@pytest.mark.parametrize("missing", ["agent", "caller"])
def test_a_missing_leg_is_silence(tmp_path: Path, missing: str) -> None:
    legs = {name: tmp_path / f"{name}.wav" for name in ("agent", "caller")}
    present = next(name for name in legs if name != missing)
    write_tone(legs[present], 0.5, 7)
    join_legs(legs["agent"], legs["caller"], tmp_path / "o.wav")
    _, left, right = samples(tmp_path / "o.wav")
    assert (left, right) == (([7] * 4000, [0] * 4000) if present == "caller" else ([0] * 4000, [7] * 4000))


def test_two_missing_legs_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="neither"):
        join_legs(tmp_path / "a.wav", tmp_path / "c.wav", tmp_path / "o.wav")


def test_a_faster_leg_sets_the_rate(tmp_path: Path) -> None:
    write_tone(tmp_path / "a.wav", 1.0, 5, rate=16000)
    write_tone(tmp_path / "c.wav", 1.0, 5)
    assert join_legs(tmp_path / "a.wav", tmp_path / "c.wav", tmp_path / "o.wav") == pytest.approx(
        1.0, abs=0.01
    )
    rate, left, right = samples(tmp_path / "o.wav")
    assert rate == 16000
    assert right[:16000] == [5] * 16000
    assert left[8000] == 5


@pytest.mark.parametrize("declared", [0, 800, 999_999])
def test_a_crashed_header_is_repaired_by_the_size(tmp_path: Path, declared: int) -> None:
    path = tmp_path / "v.wav"
    write_tone(path, 1.0, 3)
    declare(path, declared)
    assert repair(path, tmp_path / "o.wav") == 1.0
    with wave.open(str(tmp_path / "o.wav"), "rb") as file:
        assert file.getnframes() == 8000


def test_a_chunk_behind_the_data_is_no_sound(tmp_path: Path) -> None:
    path = tmp_path / "v.wav"
    write_tone(path, 1.0, 3)
    path.write_bytes(path.read_bytes() + b"LIST" + struct.pack("<I", 4) + b"abcd")
    assert read_wav(path).seconds == 1.0


def test_half_a_sample_at_the_end_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "v.wav"
    write_tone(path, 1.0, 3)
    declare(path, 0)
    path.write_bytes(path.read_bytes() + b"\x01")
    assert read_wav(path).data_bytes == 16000


@pytest.mark.parametrize("content", [b"", b"RIFF", b"RIFF\0\0\0\0WAVE", b"ID3" + b"\0" * 60])
def test_no_wav_is_an_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.wav").write_bytes(content)
    with pytest.raises(AudioError):
        read_wav(tmp_path / "x.wav")


@pytest.mark.parametrize(
    ("declared", "age", "finished"),
    [
        (16000, 0.2, False),
        (16000, 1.5, True),
        (15999, 1.5, True),
        (0, 1.5, False),
        (8000, 1.5, False),
        (0, 61, True),
    ],
)
def test_when_a_file_is_finished(tmp_path: Path, declared: int, age: float, finished: bool) -> None:
    path = tmp_path / "v.wav"
    write_tone(path, 1.0)
    declare(path, declared)
    rest(path, age)
    assert is_finished(path, time.time()) is finished


def test_channels_come_apart_again(tmp_path: Path) -> None:
    write_tone(tmp_path / "a.wav", 1.0, 11)
    write_tone(tmp_path / "c.wav", 1.0, 22)
    join_legs(tmp_path / "a.wav", tmp_path / "c.wav", tmp_path / "o.wav")
    split_channels(tmp_path / "o.wav", tmp_path / "left.wav", tmp_path / "right.wav")
    for name, value in (("left", 22), ("right", 11)):
        with wave.open(str(tmp_path / f"{name}.wav"), "rb") as file:
            assert file.readframes(8000) == struct.pack("<h", value) * 8000
