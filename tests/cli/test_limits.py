"""The limit of open files: raised at the start, or said."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.unit

CODE = """
import resource
from cli.run.limits import raise_open_files
resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))
try:
    print(raise_open_files(), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
except Exception as error:
    print(error)
"""


def raised(soft: int, hard: int) -> str:
    """Return what a process with these limits that is not root gets."""
    command = [sys.executable, "-c", CODE.format(soft=soft, hard=hard)]
    if os.geteuid() == 0:
        command = ["setpriv", "--bounding-set", "-sys_resource", "--inh-caps", "-sys_resource", *command]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_the_soft_limit_is_raised_to_the_hard_one() -> None:
    assert raised(1024, 10_000) == "10000 10000"


def test_too_few_are_refused_with_the_remedy() -> None:
    said = raised(256, 256)
    assert said.startswith("only 256 files may be open, and 4096 are needed")
    assert "LimitNOFILE=65536" in said


def test_supervisord_asks_for_as_many() -> None:
    from cli.run.limits import LEAST_OPEN_FILES
    from cli.run.supervisor import CONFIG

    assert f"minfds = {LEAST_OPEN_FILES} " in CONFIG.read_text()
