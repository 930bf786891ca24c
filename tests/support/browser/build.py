"""The built console, and the check of its sources' types."""

import json
import shutil
from pathlib import Path

import pytest

from scripts import build_console
from tests.contract.document import APP


@pytest.fixture(scope="session")
def built_console() -> Path:
    """Return the folder of the built console. `make test` built it; here it is built if its sources changed since."""
    build_console.build()
    return build_console.BUILT


class Sources:
    """A copy of the console's sources, with the types of our own OpenAPI document."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "console"
        shutil.copytree(build_console.SOURCES, self.folder, ignore=shutil.ignore_patterns("node_modules"))
        (self.folder / "node_modules").symlink_to(build_console.MODULES)
        document = self.folder / "openapi.json"
        document.write_text(json.dumps(APP.openapi()))
        # Without this option a field of a body that has a default would be required.
        options = ["--default-non-nullable=false", "--output", "src/api/schema.d.ts"]
        build_console.node(
            "node_modules/openapi-typescript/bin/cli.js", document.name, *options, folder=self.folder
        )

    def faults(self) -> str:
        """Return what the check of types and accessibility prints: nothing if there is no fault."""
        try:
            build_console.node(
                "node_modules/svelte-check/bin/svelte-check", "--output", "machine", "--fail-on-warnings",
                folder=self.folder,
            )  # fmt: skip
        except SystemExit as error:
            return str(error)
        return ""
