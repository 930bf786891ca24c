"""The engine's recording of real calls on a real Asterisk replays byte for byte, even while the engine goes on
recording."""

import re
import subprocess
from pathlib import Path

import pytest

from switchroom.ids import parse_id
from tests.fixtures.record import journal, real_call
from tests.support.e2e.system import PROGRAMS, System
from tests.support.servers import wait_until

pytestmark = [pytest.mark.pbx, pytest.mark.e2e, pytest.mark.timeout(240)]


def replayed(system: System, *options: str) -> tuple[int, str]:
    command = [str(PROGRAMS / "switchroom"), "replay", *map(str, journal(system)), *options]
    done = subprocess.run(command, cwd=system.folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def calls_in(text: str) -> int:
    found = re.search(r"([\d,]+) calls", text)
    return int(found[1].replace(",", "")) if found else 0


def test_a_real_call_replays_byte_for_byte_and_explains_itself(system: System, tmp_path: Path) -> None:
    before = calls_in(replayed(system)[1])
    real_call(system, tmp_path)
    wait_until(lambda: calls_in(replayed(system)[1]) > before, "the call in the journal", 30)
    status, text = replayed(system)
    assert status == 0, text
    assert "byte for byte" in text
    agent = system.demo["agents"][0]["agent"]
    status, text = replayed(system, "--agent", parse_id(agent) or "")
    assert status == 0, text
    assert "chosen: number 1 of 1 free" in text
