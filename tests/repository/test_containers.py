"""The images have what their programs import. No image is built here."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
IMAGE = ROOT / "asterisk-config" / "Dockerfile"
PACKAGES = {path.parent.name for path in ROOT.glob("*/__init__.py")}


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_asterisks_image_has_what_its_entrypoint_imports() -> None:
    said = IMAGE.read_text()
    copied = {name for line in re.findall(r"^COPY (.*)$", said, re.MULTILINE) for name in line.split()[:-1]}
    debian = set(re.findall(r"python3-([a-z0-9]+)", said))
    programs = [name for name in copied if name.endswith(".py")]
    assert "asterisk-config/entrypoint.py" in programs
    for name in programs:
        for module in imported(ROOT / name):
            top = module.partition(".")[0]
            if top in PACKAGES:
                assert f"{module.replace('.', '/')}.py" in copied, f"{name} imports {module}"
            elif top not in sys.stdlib_module_names:
                assert top in debian, f"{name} imports {module}"
