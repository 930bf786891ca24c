"""Asterisk sends the engine's user every event that the engine reads, and no other event."""

import dataclasses
import re
from pathlib import Path

import pytest

from cli.run.asterisk_config import AsteriskInstance, render
from pbx.asterisk import Booted, NodeCalls, Phones
from pbx.asterisk.protocol.messages import PARSED, AmiEvent

pytestmark = pytest.mark.unit

FILTER = re.compile(r"eventfilter(?:\(action\(include\),name\((\w+)\)\) =| = \^Event: (\w+)\[\[:cntrl:\]\])")


def let_through(folder: Path, version: tuple[int, int]) -> set[str]:
    """The names of events in the `eventfilter` lines of manager.conf, each of which must be understood."""
    instance = AsteriskInstance(name="a", home=folder, ami_secret="ami-secret")
    text = (render(dataclasses.replace(instance, version=version)) / "manager.conf").read_text()
    lines = [line.strip() for line in text.splitlines() if line.startswith("eventfilter")]
    names = set()
    for line in lines:
        match = FILTER.fullmatch(line)
        assert match is not None, f"not understood: {line}"
        names.add(match[1] or match[2])
    return names


@pytest.mark.parametrize("version", [(20, 10), (22, 10)], ids=["old syntax", "new syntax"])
def test_the_filter_lets_through_exactly_what_is_parsed(tmp_path: Path, version: tuple[int, int]) -> None:
    names = let_through(tmp_path, version)
    assert sorted(names - PARSED) == [], "Asterisk sends these, and the engine does not parse them"
    assert sorted(PARSED - names) == [], "the engine parses these, and Asterisk keeps them back"


def test_the_architecture_names_what_is_parsed() -> None:
    page = (Path(__file__).parents[2] / "docs/architecture.md").read_text()
    assert [name for name in sorted(PARSED) if f"`{name}`" not in page] == []


def test_what_is_parsed_is_also_received() -> None:
    received = {*NodeCalls("a", Phones(), spool="/spool").received, Booted}
    kinds = set(AmiEvent.__args__)
    assert sorted(kind.__name__ for kind in kinds - received) == [], "NodeCalls has no receiver of these"
    assert sorted(kind.__name__ for kind in received - kinds) == [], "AmiEvent lacks these"
