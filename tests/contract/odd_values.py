"""Values that no client should send: wrong types, extreme numbers and dates, characters that nobody sees."""

from typing import Any

LONG = "x" * 5000
TEXTS = [
    "", "x", "\0", "a\0b", "\ud800", "\u202ex\u202c", "\u200b", "e\u0301", LONG, "%", "'\"", "-1", "1.5", str(2**31),
    str(2**63), "9" * 400, "1e400", "nan", "true", "null", "0001-01-01T00:00:00", "9999-12-31T23:59:59", "[]",
    '{"a": {}}', r'{"\ud800": 1}', "0" * 32, "a" * 33,
]  # fmt: skip
"""Texts, also those of parameters."""


def nested(depth: int) -> Any:
    """Return lists in lists."""
    value: Any = None
    for _ in range(depth):
        value = [value]
    return value


VALUES: list[Any] = [
    None, True, 0, -1, 1.5, 2**31, 2**63 - 1, 2**63, 10**400, float("inf"), [], {}, {"x": [{"y": None}]},
    {"\ud800": 1}, nested(60), *TEXTS,
]  # fmt: skip
"""Values of a JSON body."""
