"""Values are taken out of a JSON reply."""

import json
from typing import Any

import pytest

from pbx.effects.extract import MAX_DEPTH, NotJson, extract

pytestmark = pytest.mark.unit


def one(document: Any, path: str) -> str | None:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return extract(body, (("v", path),)).get("v")


@pytest.mark.parametrize(
    ("document", "path", "value"),
    [
        ({"a": "text"}, "a", "text"),
        ({"a": {"b": {"c": "deep"}}}, "a.b.c", "deep"),
        ({"a": ["x", "y"]}, "a.1", "y"),
        ([{"n": 1}, {"n": 2}], "1.n", "2"),
        ({"0": "a key, no index"}, "0", "a key, no index"),
        ({"a": True, "b": False}, "b", "false"),
        ({"a": 12345678901234567890}, "a", "12345678901234567890"),
        (b'{"a": 12.50}', "a", "12.50"),
        (b'{"a": 1e400}', "a", "1e400"),
        ({"a": ""}, "a", ""),
        ({"a": {"b": [1, "\u00e9"]}}, "a", '{"b":[1,"\u00e9"]}'),
        ({"a": None}, "a", None),
        ({"a": 1}, "b", None),
        ({"a": ["x"]}, "a.1", None),
        ({"a": ["x"]}, "a.-1", None),
        ({"a": ["x"]}, "a.\u0661", None),
        ({"a": ["x"]}, "a.99999999999999999999", None),
        ({"a": "text"}, "a.0", None),
        ("text", "a", None),
        ({"": "empty"}, "a.", None),
        (b"\xef\xbb\xbf" + b'{"a": "behind a byte order mark"}', "a", "behind a byte order mark"),
        ({"a": "  padded \n"}, "a", "padded"),
        ({"a": "x\0y\x1b[2Jz\ud800"}, "a", "x y [2Jz "),
        ({"a": "line\nline"}, "a", "line\nline"),
    ],
)
def test_a_path_into_a_document(document: Any, path: str, value: str | None) -> None:
    assert one(document, path) == value


def test_texts_are_cut() -> None:
    assert one({"a": "x" * 5000}, "a") == "x" * 1000


def test_an_empty_path_is_the_whole_reply_and_needs_no_json() -> None:
    assert extract(b" hello \n", (("all", ""),)) == {"all": "hello"}
    assert extract(b"nonsense", ()) == {}


def test_nesting_has_a_bound() -> None:
    def nested(depth: int) -> bytes:
        return b"[" * depth + b"]" * depth

    assert one(nested(MAX_DEPTH), "0.0") is not None
    for bad in (nested(MAX_DEPTH + 1), b"[" * 250_000, b'{"a":' * 50_000):
        with pytest.raises(NotJson):
            one(bad, "a")
    assert one({"a": "[[[" * 100}, "a") == "[[[" * 100, "brackets in a text are no nesting"


@pytest.mark.parametrize("body", [b"", b"{", b"nan", b"{'a': 1}", b"9" * 5000, b'{"a": "\\x"}'])
def test_what_is_no_json(body: bytes) -> None:
    with pytest.raises(NotJson):
        one(body, "a")
