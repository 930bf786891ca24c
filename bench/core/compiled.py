"""`python -m bench.core.compiled`: simulated queues on the compiled core, in a process of its own.

For each line `agents seed` of its input it prints a line of JSON: [CPU seconds, share of callers who waited].
"""

import json
import subprocess
import sys
from importlib import import_module
from types import TracebackType

from switchroom import compiled


class Compiled:
    """That process, as a context."""

    def __enter__(self) -> "Compiled":
        command = [sys.executable, "-m", "bench.core.compiled"]
        self._process = subprocess.Popen(
            command, cwd=compiled.ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()

    def simulate(self, agents: int, seed: int) -> tuple[float, float]:
        """(CPU seconds, share of callers who waited)."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{agents} {seed}\n")
        self._process.stdin.flush()
        seconds, waited = json.loads(self._process.stdout.readline())
        return seconds, waited


def main() -> None:
    compiled.activate()
    assert compiled.core() == "compiled"
    simulation = import_module("bench.core.test_simulation")
    for line in sys.stdin:
        agents, seed = map(int, line.split())
        print(json.dumps(simulation.timed(simulation.ours, agents, seed)), flush=True)


if __name__ == "__main__":
    main()
