"""SIPp as the caller and as the agent's phone. Each scenario logs words that we wait for."""

import os
import shutil
import socket
import subprocess
from pathlib import Path
from threading import Event
from time import monotonic

from jinja2 import Environment, PackageLoader, StrictUndefined

from cli.errors import RunError

_SCENARIOS = Environment(
    loader=PackageLoader("cli", "demo"),
    undefined=StrictUndefined,
    autoescape=False,  # noqa: S701 - SIPp reads plain XML; the values are ours
)


def require_sipp() -> None:
    """Raise `RunError` if SIPp is missing or may not send media."""
    if shutil.which("sipp") is None:
        raise RunError("SIPp is not installed", "apt-get install sip-tester")
    if os.geteuid() != 0:
        raise RunError("SIPp sends media through a raw socket, which needs root", "run the demo call as root")


def free_port() -> int:
    """Return a free UDP port on loopback. It is an even number, as RTP needs."""
    while True:
        with socket.socket(type=socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        if port % 2 == 0:
            return port


class SipPhone:
    """A SIPp process that plays `scenario` against Asterisk at `target`. `once`: it ends after one call."""

    def __init__(
        self,
        folder: Path,
        scenario: str,
        target: str,
        values: dict[str, object],
        *,
        port: int,
        once: bool = True,
    ) -> None:
        self._name = scenario
        self._log = folder / f"{scenario}.log"
        self._errors = folder / f"{scenario}.errors"
        script = folder / f"{scenario}.xml"
        script.write_text(_SCENARIOS.get_template(f"{scenario}.xml").render(values))
        command = ["sipp", target, "-sf", str(script), "-i", "127.0.0.1", "-p", str(port), "-nostdin"]
        command += ["-mi", "127.0.0.1", "-mp", str(free_port()), "-trace_logs", "-log_file", str(self._log)]
        command += ["-trace_err", "-error_file", str(self._errors), *(["-m", "1"] if once else [])]
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def said(self, word: str) -> bool:
        """Return whether the scenario has logged this word."""
        return self._log.exists() and word in self._log.read_text(errors="replace").split()

    def wait_for(self, word: str, seconds: float) -> None:
        """Wait until the scenario logs `word`. Raises `RunError` if it ends first, or after `seconds`."""
        deadline, pause = monotonic() + seconds, Event()
        while not self.said(word):
            if self._process.poll() is not None and not self.said(word):
                raise self._failed(f"ended ({self._process.returncode}) before it was {word}")
            if monotonic() > deadline:
                raise self._failed(f"was not {word} within {seconds:.0f} s")
            pause.wait(0.05)

    def wait(self, seconds: float) -> None:
        """Wait until the process ends. Raises `RunError` if it fails or does not end within `seconds`."""
        try:
            code = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise self._failed(f"did not end within {seconds:.0f} s") from None
        if code != 0:
            raise self._failed(f"ended with {code}")

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def _failed(self, what: str) -> RunError:
        words = self._errors.read_text(errors="replace")[:600] if self._errors.exists() else ""
        return RunError(f"the SIP {self._name} {what}. {words}".strip(), "read var/log/asterisk.log")
