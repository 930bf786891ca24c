"""The commands of Asterisk's CLI that the documents name are commands of this Asterisk."""

import re
from pathlib import Path

import pytest

from tests.support.sip.plugin import AsteriskFactory

pytestmark = pytest.mark.pbx

ROOT = Path(__file__).resolve().parents[2]
COMMAND = re.compile(r'-rx\s+"([^"]+)"')


def test_every_asterisk_command_in_the_documents_exists(asterisk_factory: AsteriskFactory) -> None:
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "asterisk-config").glob("*.md")]
    commands = {command for path in documents for command in COMMAND.findall(path.read_text())}
    assert "module reload res_pjsip.so" in commands
    server = asterisk_factory()
    assert "No such command" in server.cli("pjsip reload")
    for command in sorted(commands):
        assert "No such command" not in server.cli(command), command
