"""AMI's answers and events as plain dicts, parsed as fast as plain Python can."""

from dataclasses import dataclass, field

SEPARATOR = b"\r\n\r\n"


class Message(dict[str, str]):
    """The headers of one message, keys as Asterisk spells them. A missing header is a KeyError, never ''.

    A repeated header has its first value here and all of them in `repeated`.
    """

    __slots__ = ("repeated",)

    def __init__(self) -> None:
        self.repeated: dict[str, list[str]] = {}

    def all(self, key: str) -> list[str]:
        """Every value of `key`, in order."""
        if key in self.repeated:
            return self.repeated[key]
        return [self[key]] if key in self else []

    def variables(self, key: str = "ChanVariable") -> dict[str, str]:
        """`NAME=value` headers (those that `channelvars` adds to every channel event) as a dict."""
        pairs = (item.partition("=") for item in self.all(key))
        return {name: value for name, _, value in pairs}


def parse(block: bytes) -> Message:
    """One message without its closing empty line. Bytes that are not UTF-8 become U+FFFD."""
    message = Message()
    for line in block.decode("utf-8", "replace").split("\r\n"):
        key, separator, value = line.partition(": ")
        if not separator:
            # An empty value loses its blank in some of Asterisk's modules.
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
    """Asterisk's answer to an action. `events` is the list that followed it, without its closing event."""

    ok: bool
    text: str
    message: Message
    events: tuple[Message, ...] = field(default=())
