"""Mails that go out hold nothing in their headers but what they are to hold."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest

from providers.inbox.base import Letter, Thread
from providers.inbox.mail.writing import compose

pytestmark = pytest.mark.unit

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
BREAK = "=?utf-8?q?a=0D=0ABcc=3Aall=0D=0A=0D=0Abody?="
"""What becomes `a`, a header and a text, if it is decoded once more."""
NAMES = [
    "From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "MIME-Version", "Content-Type",
]  # fmt: skip


def written(*, name: str = "Acme", title: str = "a.txt", **thread: Any) -> bytes:
    file = {"type": "FILE", "payload": {"file_id": "x", "title": title, "media_type": "text/plain"}}
    before = Thread(**{"subject": "Hello", "in_reply_to": "<a@x>", "references": ["<b@x>"], **thread})
    letter = Letter("1", "t:grace@example.com", "Hi", "", [file], thread=before, content=lambda _: b"x")
    return compose(letter, "desk@acme.example", name, NOW).as_bytes()


@pytest.mark.parametrize(
    "hostile",
    [
        {"subject": BREAK},
        {"subject": f"a {BREAK} b {BREAK}"},
        {"in_reply_to": f"<{BREAK}@x>"},
        {"references": [f"<{BREAK}@x>"]},
        {"name": BREAK},
        {"title": f"{BREAK}.txt"},
    ],
    ids=str,
)
def test_an_encoded_word_adds_no_header_and_no_text(hostile: dict[str, Any]) -> None:
    raw = written(**hostile)
    assert b"\nBcc" not in raw
    assert b"\nbody" not in raw
    assert message_from_bytes(raw).keys() == NAMES


def test_a_subject_stays_what_it_says() -> None:
    read = message_from_bytes(written(subject="Gr\u00f6\u00dfe = ? 100 % ok?"), policy=default)
    assert read["Subject"] == "Re: Gr\u00f6\u00dfe = ? 100 % ok?"


def test_a_control_character_is_refused() -> None:
    with pytest.raises(ValueError, match="Subject has a control character"):
        written(subject="a\0b")
