"""Frames of STOMP, in pieces and together, with what the specification escapes."""

import pytest

from api.realtime.stomp.frames import LARGEST_FRAME, BadFrame, Frame, Parser, encode

pytestmark = pytest.mark.unit

CONNECT = b"CONNECT\naccept-version:1.2\nAuthorization:Bearer a:b\n\n\0"


def parsed(*parts: bytes) -> list[Frame]:
    parser = Parser()
    return [frame for part in parts for frame in parser.feed(part)]


def test_a_frame_arrives_in_pieces_and_frames_arrive_together() -> None:
    pieces = [CONNECT[at : at + 3] for at in range(0, len(CONNECT), 3)]
    (frame,) = parsed(*pieces)
    assert frame == Frame("CONNECT", {"accept-version": "1.2", "Authorization": "Bearer a:b"})
    assert parsed(b"\n\r\n" + CONNECT + b"\n\n" + CONNECT) == [frame, frame]
    assert parsed(CONNECT.replace(b"\n", b"\r\n")) == [frame]


def test_a_body_of_a_known_length_may_hold_nul() -> None:
    (frame,) = parsed(b"SEND\ncontent-length:3\n\na\0b\0")
    assert frame.body == b"a\0b"
    assert parsed(b"SEND\n\nab\0")[0].body == b"ab"


def test_what_is_escaped_comes_back() -> None:
    headers = {"a:b": "c\nd\\e\r"}
    (frame,) = parsed(encode("MESSAGE", headers, b"{}"))
    assert frame == Frame("MESSAGE", {**headers, "content-length": "2"}, b"{}")
    assert parsed(b"SEND\na:1\na:2\n\n\0")[0].headers == {"a": "1"}


@pytest.mark.parametrize(
    "data",
    [
        b"SEND\nno colon\n\n\0",
        b"SEND\na:\\t\n\n\0",
        b"SEND\na:\\\n\n\0",
        b"SEND\n\xff:1\n\n\0",
        b"SEND\ncontent-length:1\n\nab\0",
        b"SEND\ncontent-length:9999999\n\n",
        b"SEND\n" + b"a:1\n" * 60 + b"\n\0",
        b"x" * (LARGEST_FRAME + 1),
    ],
)
def test_what_is_no_frame_is_refused(data: bytes) -> None:
    with pytest.raises(BadFrame):
        parsed(data)
