"""AMI's answers and events as dicts."""

from dataclasses import dataclass, field

SEPARATOR = b"\r\n\r\n"


class Message(dict[str, str]):
    """The headers of one message, with keys as Asterisk spells them. A missing header raises KeyError.

    A repeated header has its first value here, and all values in `repeated`.
    """

    __slots__ = ("repeated",)

    def __init__(self) -> None:
        self.repeated: dict[str, list[str]] = {}

    def all(self, key: str) -> list[str]:
        """Return every value of `key`, in order."""
        if key in self.repeated:
            return self.repeated[key]
        return [self[key]] if key in self else []

    def variables(self, key: str = "ChanVariable") -> dict[str, str]:
        """Return the `NAME=value` headers, which `channelvars` adds to every channel event, as a dict."""
        pairs = (item.partition("=") for item in self.all(key))
        return {name: value for name, _, value in pairs}


def parse(block: bytes) -> Message:
    """Parse one message without its closing empty line. Bytes that are not UTF-8 become U+FFFD."""
    message = Message()
    for line in block.decode("utf-8", "replace").split("\r\n"):
        key, separator, value = line.partition(": ")
        if not separator:
            # Some of Asterisk's modules write no blank before an empty value.
            if not line.endswith(":"):
                continue
            key = line[:-1]
        if key in message:
            message.repeated.setdefault(key, [message[key]]).append(value)
        else:
            message[key] = value
    return message


@dataclass(frozen=True, slots=True)
class Response:
    """Asterisk's answer to an action. `events`: the list that followed it, without its closing event."""

    ok: bool
    text: str
    message: Message
    events: tuple[Message, ...] = field(default=())
