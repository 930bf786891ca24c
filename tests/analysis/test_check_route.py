"""The command `switchroom check-route` on files: its output and its exit status."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.main import app

pytestmark = pytest.mark.unit
TEAM = "a" + "0" * 31 + "1"


def document(**menu_exits: str) -> dict[str, Any]:
    return {
        "name": "Main",
        "entry": "menu",
        "blocks": {
            "menu": {"type": "menu", "settings": {"sound": "hello"}, "exits": {"1": "mail", **menu_exits}},
            "mail": {"type": "voicemail", "settings": {"mailbox": {"kind": "team", "id": TEAM}}},
        },
    }


def checked(tmp_path: Path, content: Any, *options: str) -> Any:
    file = tmp_path / "route.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return CliRunner().invoke(app, ["check-route", str(file), *options])


def test_a_clean_route(tmp_path: Path) -> None:
    result = checked(tmp_path, document(timeout="mail", invalid="mail"))
    assert result.exit_code == 0
    assert "195 s" in result.output


def test_findings_are_told_with_what_leads_there(tmp_path: Path) -> None:
    result = checked(tmp_path, document(timeout="menu"))
    assert result.exit_code == 1
    lines = [line for line in result.output.splitlines() if line.startswith("error menu")]
    assert lines == [
        "error menu: a caller who does nothing stays in a cycle for ever: menu → menu — menu: no digit for 15 s"
    ]
    assert "vm-goodbye" in result.output
    assert "(digits 000)" in result.output


def test_json(tmp_path: Path) -> None:
    """Also a route as the API shows it, with more fields and other spellings of ids."""
    result = checked(tmp_path, {**document(timeout="mail"), "id": TEAM, "version": 3}, "--json")
    assert result.exit_code == 0
    told = json.loads(result.output)
    assert (told["ok"], told["longest_wait"], told["blocks"]) == (True, 195.0, 2)
    (finding,) = told["findings"]
    assert (finding["severity"], finding["kind"], finding["exit"]) == ("warning", "dead-end", "invalid")
    assert finding["digits"] == "000"


@pytest.mark.parametrize("content", ["{", "[]", '{"entry": "x", "blocks": {}}', "null"])
def test_what_is_no_route(tmp_path: Path, content: str) -> None:
    assert checked(tmp_path, content).exit_code in (1, 2)


def test_what_is_not_there() -> None:
    result = CliRunner().invoke(app, ["check-route", "nowhere.json"])
    assert (result.exit_code, "no file" in result.output) == (2, True)
