"""A small HTTP server at the private address: `/health` (JSON, 200 or 503) and `/metrics` (Prometheus)."""

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

Health = Callable[[], tuple[bool, dict[str, Any]]]
"""Whether all is well, and the state of each part."""


def serve_health(
    port: int, health: Health, before_metrics: Callable[[], None], *, host: str = "127.0.0.1"
) -> ThreadingHTTPServer:
    """Serve in a daemon thread until the returned server's `shutdown`. `before_metrics` sets the gauges."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/health":
                well, parts = health()
                body = json.dumps({"status": "ok" if well else "failing", **parts}).encode()
                self._answer(200 if well else 503, "application/json", body)
            elif self.path == "/metrics":
                before_metrics()
                self._answer(200, CONTENT_TYPE_LATEST, generate_latest())
            else:
                self._answer(404, "text/plain", b"not found\n")

        def _answer(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Log nothing: a probe comes every few seconds."""

    server = ThreadingHTTPServer((host, port), Handler)
    Thread(target=server.serve_forever, name="health", daemon=True).start()
    return server
