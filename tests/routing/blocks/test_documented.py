"""docs/blocks.md describes every block, with the settings and defaults of the code. Its examples are valid."""

import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from routing.blocks import BLOCK_TYPES
from routing.expressions.shapes import shape_of
from routing.routes.check import check_document
from routing.routes.document import validate_route
from tests.routing.routes.test_exploration import AT
from tests.support.routing.story import block

pytestmark = pytest.mark.unit
PAGES = dict(
    re.findall(
        r"^### `([a-z-]+)`\n(.*?)(?=^##|\Z)",
        (Path(__file__).parents[3] / "docs/blocks.md").read_text(),
        re.MULTILINE | re.DOTALL,
    )
)


def test_every_block_has_its_section_and_nothing_else_has_one() -> None:
    assert sorted(set(BLOCK_TYPES) - set(PAGES)) == [], "docs/blocks.md lacks the sections of these blocks"
    assert sorted(set(PAGES) - set(BLOCK_TYPES)) == [], (
        "docs/blocks.md describes these, and they are no blocks"
    )


@pytest.mark.parametrize("kind", sorted(BLOCK_TYPES))
def test_settings_and_defaults_are_the_codes(kind: str) -> None:
    table = PAGES[kind].partition("| setting |")[2]
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \| .+ \|$", table, re.MULTILINE))
    assert rows == {
        name: "required" if setting.required else "–" if setting.default is None else shown(setting.default)
        for name, setting in BLOCK_TYPES[kind].settings.items()
    }


def shown(default: object) -> str:
    return f"`{json.dumps(list(default) if isinstance(default, tuple) else default)}`"


@pytest.mark.parametrize("kind", sorted(BLOCK_TYPES))
def test_exits_are_told(kind: str) -> None:
    (line,) = re.findall(r"^Exits: (.+)$", PAGES[kind], re.MULTILINE)
    told = set(re.findall(r"`([^`]+)`", line))
    if "`0` to `9`" in line:
        told |= set("0123456789")
    assert told == BLOCK_TYPES[kind].exits


@pytest.mark.parametrize("kind", sorted(BLOCK_TYPES))
def test_the_example_is_a_good_block(kind: str) -> None:
    (text,) = re.findall(r"```json\n(.*?)```", PAGES[kind], re.DOTALL)
    example = json.loads(text)
    assert example["type"] == kind
    blocks = {"example": example} | {target: block("hangup") for target in example["exits"].values()}
    document = {"name": "", "entry": "example", "blocks": blocks}
    assert validate_route(document) == []
    for name, value in example.get("settings", {}).items():
        Draft202012Validator(shape_of(BLOCK_TYPES[kind].settings[name].check)).validate(value)
    report = check_document(document, at=AT)
    assert not report.failed
    assert {finding.kind for finding in report.findings} <= {"dead-end", "unbounded-wait"}
