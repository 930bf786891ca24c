"""Callers' names and numbers, as Asterisk writes them in its events."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.asterisk.protocol.messages import known, known_name
from switchroom.texts import clean

pytestmark = pytest.mark.unit

C_ESCAPES = {"\a": r"\a", "\b": r"\b", "\f": r"\f", "\n": r"\n", "\r": r"\r", "\t": r"\t", "\v": r"\v"} | {
    char: f"\\{char}" for char in "\\'\"?"
}


def as_asterisk_writes(name: str) -> str:
    return "".join(C_ESCAPES.get(char, char) for char in name)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        (r"Sinead O\'Brien", "Sinead O'Brien"),
        (r"Who\? \"Me\"", 'Who? "Me"'),
        (r"C:\\new", r"C:\new"),
        (r"Ann\tLee\r\nX", "Ann Lee  X"),
        ("हिन्दी", "हिन्दी"),
        ("\x1b[31m\u202eZoe\u0301\u200b", "[31mZoé"),
        ("<unknown>", ""),
        ("Anonymous", ""),
        ("\u200b", ""),
        (None, ""),
    ],
)
def test_a_display_name_is_what_the_caller_wrote(written: str | None, name: str) -> None:
    assert known_name(written) == name


@given(st.text(max_size=40).map(lambda text: f"Ann {text}"))
def test_escapes_are_undone(name: str) -> None:
    assert known_name(as_asterisk_writes(name)) == clean(name)


def test_a_number_has_no_escapes() -> None:
    assert (known("+14165550100"), known("anonymous"), known(None)) == ("+14165550100", "", "")
