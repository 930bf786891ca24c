"""A real supervisord: a full disk does not stop it, and its programs end with it."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from cli.run import supervisor
from cli.run.supervisor import Supervisor
from switchroom.settings import Settings
from tests.support.servers import wait_until

pytestmark = pytest.mark.service

ROOT = Path(__file__).resolve().parents[2]
TIED = "setpriv --pdeathsig TERM "
PROGRAM = """
[supervisord]
nodaemon = true
logfile = /dev/full
logfile_maxbytes = 0
pidfile = %(ENV_SR_VAR)s/supervisord.pid

[unix_http_server]
file = %(ENV_SR_SOCKET)s

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

[program:talker]
command = {command}
redirect_stderr = true
stdout_logfile = /dev/full
stdout_logfile_maxbytes = 0
"""


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Supervisor]]:
    """Return a function that starts supervisord with one program, whose log is on a full disk."""
    started: list[Supervisor] = []

    def start(command: str) -> Supervisor:
        (tmp_path / "supervisord.conf").write_text(PROGRAM.format(command=command))
        monkeypatch.setattr(supervisor, "CONFIG", tmp_path / "supervisord.conf")
        started.append(Supervisor(Settings(var_dir=tmp_path)))
        return started[-1]

    yield start
    for one in started:
        one.stop()


def test_programs_go_on_while_the_disk_of_the_logs_is_full(
    start: Callable[[str], Supervisor], tmp_path: Path
) -> None:
    talk = tmp_path / "talk.sh"
    # More than a pipe holds, in more pieces than a pipe holds tracebacks of.
    talk.write_text(
        f"for i in $(seq 600); do printf '%01000d\\n' $i; sleep 0.005; done\ntouch {tmp_path}/said\nsleep 60\n"
    )
    running = start(f"sh {talk}")
    wait_until((tmp_path / "said").exists, "the program says everything", 60)
    assert [(state.name, state.state) for state in running.states()] == [("talker", "RUNNING")]


def test_programs_end_with_a_supervisord_that_is_killed(
    start: Callable[[str], Supervisor], tmp_path: Path
) -> None:
    pid = tmp_path / "pid"
    running = start(f"{TIED}sh -c 'echo $$ > {pid}; exec sleep 60'")
    wait_until(lambda: pid.exists() and bool(pid.read_text().strip()), "the program", 30)
    program = int(pid.read_text())
    os.kill(running._process.pid, signal.SIGKILL)
    try:
        wait_until(lambda: not Path(f"/proc/{program}").exists(), "the program's end", 20)
    finally:
        with suppress(ProcessLookupError):
            os.kill(program, signal.SIGKILL)


def test_every_program_of_a_run_is_tied_to_supervisord() -> None:
    lines = (ROOT / "supervisord.conf").read_text().splitlines()
    commands = [line.removeprefix("command = ") for line in lines if line.startswith("command = ")]
    assert len(commands) == 10
    assert all(command.startswith(TIED) for command in commands)
