"""install.sh and run.sh: quick when done, and clear when something is missing."""

import os
import subprocess
from pathlib import Path

import pytest

from switchroom.asterisk import CONFIG_DIR, installed

pytestmark = pytest.mark.pbx


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(arguments, capture_output=True, text=True, env=os.environ | environment, timeout=60)


def test_the_installer_does_nothing_when_there_is_an_asterisk() -> None:
    done = run(str(CONFIG_DIR / "install.sh"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("asterisk: using")


def test_facts_name_what_the_renderer_needs() -> None:
    facts = installed()
    assert int(facts["version"].split(".")[0]) >= 18
    assert Path(f"{facts['root']}{facts['module_dir']}/res_agi.so").exists()
    assert Path(f"{facts['root']}{facts['data_dir']}/sounds").exists()
    sounds = {path.stem for path in Path(f"{facts['root']}{facts['data_dir']}/sounds").rglob("*.wav")}
    assert {"im-sorry", "vm-nobodyavail", "vm-intro", "vm-goodbye", "conf-now-recording"} <= sounds


def test_a_half_made_root_file_system_does_not_count(tmp_path: Path) -> None:
    if not installed()["root"]:
        pytest.skip("the host has an asterisk of its own")
    (tmp_path / "asterisk-root" / "usr" / "sbin").mkdir(parents=True)
    done = run(str(CONFIG_DIR / "install.sh"), "--facts", SWITCHROOM_CACHE=str(tmp_path))
    assert done.returncode == 1
    assert "remedy: run asterisk-config/install.sh as root" in done.stderr


def test_the_launcher_refuses_a_folder_that_is_not_rendered(tmp_path: Path) -> None:
    done = run(str(CONFIG_DIR / "run.sh"), str(tmp_path))
    assert done.returncode == 2
    assert "is not rendered" in done.stderr
