"""SIPp as a process. The scenario comes from a template. Statistics and log lines are read back."""

import atexit
import csv
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tests.support.servers import wait_until
from tests.support.sip.ports import free_port, free_range

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "scenarios"),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True)
class Result:
    """The results of a SIPp run."""

    exit_code: int
    successful: int
    failed: int
    errors: str
    """The first lines of SIPp's error log, for a test's failure message."""


class Sipp:
    """One SIPp process in its own folder. It sends from `address` and `port`."""

    def __init__(
        self,
        folder: Path,
        scenario: str,
        values: Mapping[str, object],
        target: tuple[str, int],
        *arguments: str,
        address: str = "127.0.0.1",
        port: int | None = None,
        media_port: int | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.address = address
        self.port = port or free_port()
        self.media_port = (
            media_port or free_range(4)[0]
        )  # SIPp echoes on this port and on the second port after it
        script = folder / f"{scenario}.xml"
        script.write_text(_TEMPLATES.get_template(f"{scenario}.xml").render(values))
        self._log = folder / "messages.log"
        self._arguments = [
            "sipp",
            f"{target[0]}:{target[1]}",
            *("-sf", str(script), "-i", address, "-p", str(self.port), "-mi", address),
            *(
                "-mp",
                str(self.media_port),
                "-nostdin",
                "-trace_stat",
                "-stf",
                str(folder / "stat.csv"),
                "-fd",
                "1",
            ),
            *("-trace_err", "-error_file", str(folder / "errors.log")),
            *("-trace_logs", "-log_file", str(self._log), "-skip_rlimit"),
            *arguments,
        ]
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self.folder / "screen.log").open("wb") as screen:
            self.process = subprocess.Popen(
                self._arguments, cwd=self.folder, stdout=screen, stderr=screen, stdin=subprocess.DEVNULL
            )

        atexit.register(self.stop)  # a test that fails may not reach its own stop()

    def wait(self, seconds: float) -> Result:
        """Wait until SIPp ends by itself and return the result. After `seconds`, stop it and raise TimeoutError."""
        assert self.process is not None
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.stop()
            raise TimeoutError(f"SIPp did not end within {seconds:g} s: {self.result(-1)}") from None
        return self.result(code)

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        """End SIPp at once. Its calls end without a BYE."""
        if self.process is not None and self.running:
            self.process.kill()
            self.process.wait(10)

    def result(self, code: int) -> Result:
        path, errors = self.folder / "stat.csv", self.folder / "errors.log"
        rows = list(csv.DictReader(path.open(), delimiter=";")) if path.exists() else []
        last = rows[-1] if rows else {}
        text = "".join(file.read_text(errors="replace")[:3000] for file in (errors,) if file.exists())
        if code not in (0, 1) or not rows:
            text += (self.folder / "screen.log").read_text(errors="replace")[-2000:]
        return Result(
            code, int(last.get("SuccessfulCall(C)") or 0), int(last.get("FailedCall(C)") or 0), text
        )

    def messages(self, kind: str) -> list[list[str]]:
        """Return the words after `kind` in each line that the scenario logged so far, in order."""
        if not self._log.exists():
            return []
        lines = (line.split() for line in self._log.read_text(errors="replace").splitlines())
        return [words[1:] for words in lines if words and words[0] == kind]

    def wait_for(self, kind: str, count: int = 1, seconds: float = 20) -> list[list[str]]:
        """Wait until the scenario has logged `count` lines of `kind`. Return all of them."""
        wait_until(
            lambda: len(self.messages(kind)) >= count, f"{count} x {kind!r} in SIPp {self.folder}", seconds
        )
        return self.messages(kind)
