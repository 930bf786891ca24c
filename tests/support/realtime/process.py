"""An api as a process of its own, with its real listeners."""

import multiprocessing
import os
import signal
import sys
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import httpx

from tests.support.servers import free_port, wait_until

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["api.main"])
"""The modules are imported once in a session: that takes longer than most tests."""


def _serve(settings: dict[str, Any], log: Path) -> None:
    from api import main
    from switchroom.settings import Settings

    output = log.open("ab")
    os.dup2(output.fileno(), sys.stdout.fileno())
    os.dup2(output.fileno(), sys.stderr.fileno())
    given = Settings(_env_file=None, **settings)
    setattr(main, "get_settings", lambda: given)  # noqa: B010 - a name that the module does not export
    main.serve(given)


@dataclass
class ApiProcess:
    """`url` is that of the public listener."""

    settings: dict[str, Any]
    log: Path
    port: int = field(default_factory=free_port)
    process: BaseProcess | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self.process is not None
        assert self.process.pid is not None
        return self.process.pid

    def start(self) -> None:
        """Start the process, and return when it answers."""
        settings = {**self.settings, "api_port": self.port, "private_port": free_port()}
        self.process = _FORKS.Process(target=_serve, args=(settings, self.log), daemon=True)
        self.process.start()
        wait_until(self._answers, "the api", 180)

    def stop(self, *, kill: bool = False) -> None:
        """End the process, if it runs."""
        if self.process is not None and self.process.is_alive():
            os.kill(self.pid, signal.SIGKILL if kill else signal.SIGTERM)
            self.process.join(30)
            assert not self.process.is_alive(), "the api did not end"
        self.process = None

    def _answers(self) -> bool:
        assert self.process is not None
        if not self.process.is_alive():
            raise RuntimeError(f"the api ended:\n{self.log.read_text()[-2000:]}")
        try:
            return httpx.get(f"{self.url}/__getcookie", timeout=10).status_code == 200
        except httpx.HTTPError:
            return False
