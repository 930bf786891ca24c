"""What each block declares about its settings: free texts, references, overflow targets."""

import re
from pathlib import Path
from typing import Any

import pytest

from routing import blocks as package
from routing.blocks import BLOCK_TYPES, EVERY_TYPE
from routing.blocks.settings import Setting, Words
from routing.routes.references import named_in, references, with_ids
from tests.support.routing.story import block, hex_id

pytestmark = pytest.mark.unit

TEXT = "Ann Smith, 12 Main St."
LOWER = "ann smith"
CONDITION = {"variable": "name", "is": "equals", "value": TEXT}
PROBES: list[Any] = [
    TEXT,
    f"{TEXT} {{caller}}",
    [TEXT],
    {"say": TEXT},
    {"name": TEXT},
    {TEXT: "1"},
    {LOWER: "1"},
    [{"skill": TEXT}],
    [{"name": "a", "when": [CONDITION]}],
    [{"name": "a", "attributes": {"name": TEXT}}],
]
"""Values with a free text at every place where some block takes one."""
REFERENCES = {"queue", "user", "agent", "department", "route", "chat"}
SETTINGS = [(name, key) for name, kind in sorted(BLOCK_TYPES.items()) for key in kind.settings]


def setting(name: str, key: str) -> Setting:
    return BLOCK_TYPES[name].settings[key]


def test_every_block_type_stands_in_the_list() -> None:
    for path in Path(package.__file__).parent.glob("*.py"):
        for name in re.findall(r'^    type = "(.+)"$', path.read_text(), re.MULTILINE):
            assert name in EVERY_TYPE, f"routing/blocks/__init__.py lacks the block {name} of {path.name}"


@pytest.mark.parametrize(("name", "key"), SETTINGS)
def test_a_setting_that_takes_free_text_says_what_becomes_of_it(name: str, key: str) -> None:
    taken = [probe for probe in PROBES if setting(name, key).check(probe) is None]
    assert not taken or setting(name, key).words is not None, (
        f"the setting {key} of the block {name} takes {taken[0]!r}: declare its words (routing.blocks.settings.Words)"
    )


def test_every_probe_finds_a_setting() -> None:
    """Without a setting that takes a probe, the test above would check nothing for it."""
    for probe in PROBES:
        assert any(setting(name, key).check(probe) is None for name, key in SETTINGS), probe


@pytest.mark.parametrize(("name", "key"), SETTINGS)
def test_a_setting_that_takes_an_id_says_what_it_refers_to(name: str, key: str) -> None:
    """Some settings take nothing but ids. (An id is also a good text, and a good name of a sound.)"""
    found = setting(name, key)
    id, other = hex_id(4, 1), "no-id"
    if found.words is None and found.check(id) is None and found.check(other) is not None:
        assert found.refers_to in REFERENCES, (
            f"the setting {key} of the block {name} takes ids: declare refers_to"
        )
    if found.check({"kind": "queue", "id": id}) is None and found.check({"a": id}) is not None:
        assert found.refers_to == "mailbox", f"the setting {key} of the block {name} takes mailboxes"


def test_what_is_sent_out_never_stands_in_the_journal_as_it_is() -> None:
    sent = {(name, key) for name, key in SETTINGS if setting(name, key).words is Words.SENT}
    assert {
        ("fetch", "url"),
        ("fetch", "headers"),
        ("fetch", "body"),
        ("notify", "to"),
        ("notify", "text"),
    } <= sent


def test_an_uploaded_prompt_has_a_name_inside_and_its_id_outside() -> None:
    id = hex_id(7, 1)
    blocks = {"play": block("play", sound=[f"a{id}", "beep"]), "room": block("conference", music=f"a{id}")}
    inner = with_ids(blocks, lambda kind, id: id.removeprefix("a"))
    assert inner["play"]["settings"] == {"sound": [f"uploads/{id}", "beep"]}
    assert inner["room"]["settings"] == {"music": id}
    assert with_ids(inner, lambda kind, id: f"a{id}") == blocks
    assert set(references(inner)) >= {("upload", id), ("sound", "beep"), ("music", id)}


def test_ids_are_changed_where_they_refer_to_something_and_nowhere_else() -> None:
    queue, mailbox = hex_id(4, 1), {"kind": "queue", "id": hex_id(4, 2)}
    greeting = [queue, {"say": queue}, f"uploads/{queue}", "vm-intro"]
    blocks: dict[str, Any] = {
        queue: block("queue", {"timeout": queue}, queue=queue),
        "mail": block("voicemail", mailbox=mailbox, greeting=greeting),
        "text": block("set", {"next": "mail"}, variables={"a": queue}, tags=[queue]),
        "bad": "x",
        "unknown": block("teleport", queue=queue),
        "shapeless": {"type": "queue", "settings": [queue]},
    }
    changed = with_ids(blocks, lambda kind, id: f"{kind}-{id}")
    expected = {
        **blocks,
        queue: block("queue", {"timeout": queue}, queue=f"queue-{queue}"),
        "mail": block(
            "voicemail",
            mailbox={**mailbox, "id": f"queue-{mailbox['id']}"},
            greeting=[f"upload-{queue}", {"say": queue}, f"upload-{queue}", "vm-intro"],
        ),
    }  # fmt: skip
    assert changed == expected
    assert {ref for ref in references(blocks) if ref[0] != "sound"} == {
        ("queue", queue),
        ("queue", mailbox["id"]),
        ("upload", queue),
    }
    assert with_ids("x", lambda kind, id: id) == "x"
    assert list(references(None)) == []


@pytest.mark.parametrize("value", [None, 5, [], {}, {"kind": 5, "id": []}, [5, None]])
@pytest.mark.parametrize("name", sorted(BLOCK_TYPES))
def test_bad_settings_refer_to_nothing(name: str, value: Any) -> None:
    kind = BLOCK_TYPES[name]
    assert list(named_in(kind, dict.fromkeys(kind.settings, value))) == []
