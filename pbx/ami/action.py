"""AMI actions as values, and the one function that encodes them."""

import re
from dataclasses import dataclass

from pbx.ami.errors import UnsafeValue

_BREAKS = re.compile(r"[\r\n\0]")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{0,63}")


@dataclass(frozen=True, slots=True)
class Action:
    """One AMI action. `fields` may repeat a key; `ActionID` is the client's own and must not stand in them.

    `tag` is never sent: it says to the sender what the action was for when its outcome comes.
    `may_refuse`: Asterisk's refusal is an expected answer, and no failure. `after`: seconds for which `AmiClient.post`
    waits before it sends the action.
    """

    name: str
    fields: tuple[tuple[str, str], ...] = ()
    tag: object = None
    may_refuse: bool = False
    after: float = 0.0

    def field(self, key: str) -> str:
        """Return the first value of `key`. Raises KeyError if there is none."""
        for name, value in self.fields:
            if name == key:
                return value
        raise KeyError(key)


def encode(action: Action, action_id: str) -> bytes:
    """Encode the action for AMI. Raises `UnsafeValue` for CR, LF, NUL or a key that is no plain word."""
    lines = []
    for key, value in (("Action", action.name), ("ActionID", action_id), *action.fields):
        if not _NAME.fullmatch(key):
            raise UnsafeValue(f"{action.name}.{key!r}", "not a header name")
        if _BREAKS.search(value):
            raise UnsafeValue(f"{action.name}.{key}", "CR, LF and NUL are not allowed")
        lines.append(f"{key}: {value}\r\n")
    try:
        return ("".join(lines) + "\r\n").encode()
    except UnicodeEncodeError as error:
        raise UnsafeValue(action.name, "not valid Unicode") from error
