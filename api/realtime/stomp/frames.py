"""Frames of STOMP 1.2: https://stomp.github.io/stomp-specification-1.2.html"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

LARGEST_FRAME = 64 * 1024
MOST_HEADERS = 50
HEART_BEAT = b"\n"
_UNESCAPED = (("\\", "\\\\"), ("\r", "\\r"), ("\n", "\\n"), (":", "\\c"))
_ESCAPES = {"\\": "\\", "r": "\r", "n": "\n", "c": ":"}
_PLAIN = frozenset({"CONNECT", "CONNECTED", "STOMP"})
"""Commands whose headers are not escaped."""


class BadFrame(Exception):
    """The client does not speak STOMP. The text says what is wrong."""


@dataclass(frozen=True, slots=True)
class Frame:
    command: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class Parser:
    """Makes frames of what arrives, which may be parts of frames or several of them."""

    def __init__(self) -> None:
        self._left = b""

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Yield the frames that are complete now. Raises BadFrame."""
        self._left += data
        while True:
            self._left = self._left.lstrip(b"\r\n")
            found = _parse(self._left)
            if found is None:
                if len(self._left) > LARGEST_FRAME:
                    raise BadFrame(f"A frame is larger than {LARGEST_FRAME} bytes")
                return
            frame, length = found
            self._left = self._left[length:]
            yield frame


def _parse(data: bytes) -> tuple[Frame, int] | None:
    """Return the first frame and its length; None if it is not complete."""
    head, blank, _ = data.replace(b"\r\n", b"\n", 1 + MOST_HEADERS).partition(b"\n\n")
    if not blank:
        return None
    try:
        command, *lines = head.decode().split("\n")
    except UnicodeDecodeError:
        raise BadFrame("Headers are UTF-8") from None
    if len(lines) > MOST_HEADERS:
        raise BadFrame(f"A frame has {MOST_HEADERS} headers at most")
    headers = _headers(lines, escaped=command not in _PLAIN)
    start = _start_of_body(data)
    length = headers.get("content-length", "")
    if length.isdecimal() and len(length) < 8:
        end = start + int(length)
        if end > LARGEST_FRAME:
            raise BadFrame(f"A frame is larger than {LARGEST_FRAME} bytes")
        if len(data) <= end:
            return None
        if data[end : end + 1] != b"\0":
            raise BadFrame("The body is not as long as content-length says")
    else:
        end = data.find(b"\0", start)
        if end < 0:
            return None
    return Frame(command, headers, data[start:end]), end + 1


def _start_of_body(data: bytes) -> int:
    places = [place + len(end) for end in (b"\n\n", b"\r\n\r\n", b"\n\r\n") if (place := data.find(end)) >= 0]
    return min(places)


def _headers(lines: list[str], *, escaped: bool) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.rstrip("\r").partition(":")
        if not colon:
            raise BadFrame("A header is a name, a colon and a value")
        # Of a header that is repeated, the first one counts.
        found.setdefault(_unescape(name) if escaped else name, _unescape(value) if escaped else value)
    return found


def _unescape(text: str) -> str:
    if "\\" not in text:
        return text
    parts, characters = [], iter(text)
    for character in characters:
        if character == "\\":
            character = _ESCAPES.get(next(characters, ""), "")
            if not character:
                raise BadFrame("A header has an escape that STOMP does not have")
        parts.append(character)
    return "".join(parts)


def encode(command: str, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    """Return the frame as it is sent."""
    plain = command in _PLAIN
    shown = str if plain else _escape
    lines = [f"{shown(name)}:{shown(value)}" for name, value in headers.items()]
    if body:
        lines.append(f"content-length:{len(body)}")
    return "\n".join([command, *lines, "", ""]).encode() + body + b"\0"


def _escape(text: str) -> str:
    for plain, escaped in _UNESCAPED:
        text = text.replace(plain, escaped)
    return text
