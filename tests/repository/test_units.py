"""The systemd units are well formed, start our programs, and are closed as far as systemd can tell."""

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parents[2]
MOST_EXPOSED = {"switchroom": 2.0, "switchroom-asterisk": 6.0}
"""systemd's own measure, from 0 (closed) to 10. Asterisk's starter mounts and changes users."""
needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze here")


class Unit(configparser.RawConfigParser):
    def __init__(self, name: str) -> None:
        super().__init__(strict=False, comment_prefixes=("#",))
        self.optionxform = str  # type: ignore[assignment,method-assign]
        self.read(ROOT / "systemd" / f"{name}.service")

    def __call__(self, name: str) -> str:
        return self["Service"][name]


@pytest.fixture
def here(tmp_path: Path) -> list[Path]:
    """The units with the paths of this checkout."""
    found = []
    for name in MOST_EXPOSED:
        text = (ROOT / "systemd" / f"{name}.service").read_text().replace("/srv/switchroom", str(ROOT))
        (tmp_path / f"{name}.service").write_text(text)
        found.append(tmp_path / f"{name}.service")
    return found


@needs_systemd
def test_systemd_takes_them(here: list[Path]) -> None:
    done = subprocess.run(["systemd-analyze", "verify", *here], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@needs_systemd
def test_they_are_closed(here: list[Path]) -> None:
    for path in here:
        command = ["systemd-analyze", "security", "--offline=true", "--no-pager", str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        found = re.search(r"exposure level for \S+: ([0-9.]+)", done.stdout)
        assert found is not None, done.stdout
        assert float(found[1]) <= MOST_EXPOSED[path.stem]


def test_only_the_starter_of_asterisk_is_root() -> None:
    run, starter = Unit("switchroom"), Unit("switchroom-asterisk")
    assert (run("User"), run("CapabilityBoundingSet"), run("NoNewPrivileges")) == ("switchroom", "", "yes")
    assert "User" not in starter["Service"]
    assert starter("NoNewPrivileges") == "yes"
    for unit in (run, starter):
        assert unit("UMask") == "0077"


def test_they_meet_at_one_socket_and_folder() -> None:
    run, starter = Unit("switchroom"), Unit("switchroom-asterisk")
    _, _, _, module, path, user, *_, home = starter("ExecStart").replace("\\\n", " ").split()
    assert (module, user) == ("cli.run.asterisk_starter", run("User"))
    text = (ROOT / "systemd/switchroom.service").read_text()
    assert f"SWITCHROOM_ASTERISK_STARTER={path}" in text
    assert home == f"{run('ReadWritePaths')}/asterisk-a"
