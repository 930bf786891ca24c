"""supervisord as our child process: it starts with the variables of `supervisord.conf` and ends with its programs."""

import ctypes
import hashlib
import json
import os
import pwd
import shlex
import signal
import subprocess
import sys
import tempfile
from collections import deque
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from threading import Thread
from urllib.parse import unquote, urlsplit
from xmlrpc.client import Fault, ServerProxy

from supervisor.xmlrpc import SupervisorTransport

from cli.errors import RunError
from cli.run.asterisk_config import CONFIG_DIR
from cli.run.asterisk_starter import STARTER
from cli.run.ports import is_ours
from switchroom.settings import Settings

CONFIG = CONFIG_DIR.parent / "supervisord.conf"
STOP_SECONDS = 60.0
_PR_SET_PDEATHSIG = 1
_LONGEST_SOCKET = 100


@dataclass(frozen=True, slots=True)
class ProgramState:
    """One line of `supervisorctl status`: `RUNNING`, `STARTING`, `BACKOFF`, `FATAL`, `STOPPED` ..."""

    name: str
    state: str
    detail: str


def socket_path(var: Path) -> Path:
    """Return the path of supervisord's socket."""
    return short_socket(var / "supervisor.sock")


def short_socket(path: Path) -> Path:
    """Return where a socket is: at this path, or in the folder of temporary files if the path is too long."""
    near = path.resolve()
    if len(str(near)) <= _LONGEST_SOCKET:
        return near
    digest = hashlib.sha256(str(near).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"switchroom-{digest}.sock"


def environment(settings: Settings) -> dict[str, str]:
    """Return our environment with the variables of `supervisord.conf`. Every program inherits it."""
    var = settings.var_dir.resolve()
    keys = f'"{settings.s3_access_key.get_secret_value()},{settings.s3_secret_key.get_secret_value()}"'
    programs = Path(sys.executable).parent
    return {
        **os.environ,
        "PATH": f"{programs}:{os.environ.get('PATH', '')}:/usr/sbin:/usr/bin:/sbin:/bin",
        "PYTHONUNBUFFERED": "1",
        **({"SWITCHROOM_SOUNDS_DIR": str(settings.sounds_dir)} if settings.sounds_dir else {}),
        "RCLONE_AUTH_KEY": keys,
        "RCLONE_CONFIG": os.devnull,
        "SR_ASTERISK": _start_asterisk(settings),
        "SR_BIN": str(programs),
        "SR_REDIS_PORT": str(urlsplit(settings.redis_url).port or 6379),
        "SR_REDIS_START": str(is_ours(settings.redis_url)).lower(),
        "SR_S3_PORT": str(urlsplit(settings.s3_endpoint).port or 80),
        "SR_S3_START": str(is_ours(settings.s3_endpoint)).lower(),
        "SR_SOCKET": str(socket_path(settings.var_dir)),
        "SR_USER": pwd.getpwuid(os.getuid()).pw_name,
        "SR_VAR": str(var),
    }


def _start_asterisk(settings: Settings) -> str:
    """Return the command line that runs Asterisk: by its starter if there is one, else by `run.sh`, with sudo."""
    if path := os.environ.get(STARTER):
        return shlex.join([sys.executable, "-m", "cli.run.asterisk_starter", path])
    return shlex.join(["bash", str(CONFIG_DIR / "run.sh"), str(asterisk_home(settings).resolve())])


def _configure_redis(settings: Settings) -> None:
    """Write Redis' configuration, whose password is that of the URL. No process list shows it."""
    password = urlsplit(settings.redis_url).password
    path = settings.var_dir / "redis" / "redis.conf"
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(f"requirepass {json.dumps(unquote(password))}\n" if password else "")


def asterisk_home(settings: Settings) -> Path:
    """Return the folder of this machine's Asterisk node."""
    return settings.var_dir / f"asterisk-{settings.node}"


def _end_with_parent() -> None:
    """In the child: ask the kernel for SIGTERM when `switchroom run` dies, so that no program is left running."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class Supervisor:
    """The running supervisord. It has its own session, so a terminal's Ctrl-C reaches only us."""

    def __init__(self, settings: Settings) -> None:
        self._log = settings.var_dir / "log" / "supervisord.log"
        self._socket = socket_path(settings.var_dir)
        self._environment = environment(settings)
        for folder in ("log", "redis", "s3"):
            (settings.var_dir / folder).mkdir(parents=True, exist_ok=True)
        _configure_redis(settings)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "supervisor.supervisord", "-n", "-s", "-c", str(CONFIG)],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            umask=0o077,
            preexec_fn=_end_with_parent,
        )
        self._words: deque[str] = deque(maxlen=20)
        self._listener = Thread(target=self._listen, name="supervisord's stderr", daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        """Keep supervisord's last words. It writes there what it cannot log, and an unread full pipe stops it."""
        assert self._process.stderr is not None  # noqa: S101 - a pipe
        self._words.extend(self._process.stderr)

    def require_alive(self) -> None:
        """Raise `RunError` with supervisord's message if it has ended."""
        status = self._process.poll()
        if status is None:
            return
        self._listener.join(1)
        how = f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"
        words = "".join(self._words).strip()
        raise RunError(
            f"supervisord {how}{': ' if words else ''}{words}", f"read {self._log}, then start it again"
        )

    def states(self) -> list[ProgramState]:
        """Return the state of every program. Empty while supervisord does not answer yet."""
        done = subprocess.run(
            [sys.executable, "-m", "supervisor.supervisorctl", "-s", f"unix://{self._socket}", "status"],
            env=self._environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        rows = [line.split(None, 2) for line in done.stdout.splitlines()]
        return [
            ProgramState(row[0], row[1], row[2] if len(row) > 2 else "") for row in rows if _is_state(row)
        ]

    def start(self, program: str) -> None:
        """Start a program that does not start by itself. Returns at once. Raises `RunError` if that fails."""
        transport = SupervisorTransport(None, None, f"unix://{self._socket}")
        try:
            ServerProxy("http://127.0.0.1", transport=transport).supervisor.startProcess(program, False)
        except (OSError, HTTPException, Fault) as error:
            raise RunError(
                f"{program} was not started: {error}", f"read {self._log}, then try again"
            ) from error

    def given_up(self) -> bool:
        """Return whether supervisord has given up a program after several tries."""
        return any(state.state == "FATAL" for state in self.states())

    def wait(self) -> None:
        """Wait until supervisord ends. It ends by itself only after a fatal error."""
        self._process.wait()

    def stop(self) -> bool:
        """Stop every program, then supervisord. Returns False if it had to be killed."""
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            return False
        return True


def _is_state(row: list[str]) -> bool:
    return len(row) >= 2 and row[1] in {
        "STOPPED", "STARTING", "RUNNING", "BACKOFF", "STOPPING", "EXITED", "FATAL", "UNKNOWN",
    }  # fmt: skip
