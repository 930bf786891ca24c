"""No log line has a field that a record has itself: logging would raise an error where the line is written."""

import ast
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("analysis", "api", "cli", "models", "pbx", "providers", "routing", "switchroom", "workers")
OWN = {*vars(logging.makeLogRecord({})), "message", "asctime"}


def fields(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the line and the name of each field in an `extra={...}`."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.keyword) and node.arg == "extra" and isinstance(node.value, ast.Dict):
            for key in node.value.keys:
                if isinstance(key, ast.Constant):
                    yield node.value.lineno, str(key.value)


@pytest.mark.long
def test_no_field_is_one_that_a_record_has_itself() -> None:
    files = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    found = {(path, *field) for path in files for field in fields(path)}
    assert len(found) > 50
    assert {one for one in found if one[2] in OWN} == set()
