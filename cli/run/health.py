"""The health of a running system: one probe for each part, and a wait for all of them."""

import json
import socket
import urllib.error
import urllib.request
from collections.abc import Callable
from threading import Event
from time import monotonic

import redis
from rq import Worker

from cli.errors import RunError
from cli.run.ports import api_url, local, local_url
from cli.run.supervisor import Supervisor
from switchroom.settings import Settings
from switchroom.storage import Storage

Probe = Callable[[], str]
"""Returns an empty text if the part is healthy, else what is wrong with it."""

START_SECONDS = 180.0
"""How long all parts may take to start. A program that cannot start is noticed earlier."""
API_SECONDS = 60.0
"""How long Asterisk's start waits for the api. Asterisk asks it for the SIP accounts when it boots."""
_PAUSE = 0.25
_LOOK = 10.0
"""Seconds between two checks whether supervisord has given up a program."""


def http_probe(url: str) -> Probe:
    """Return a probe: healthy if `url` answers 200."""

    def probe() -> str:
        try:
            with urllib.request.urlopen(url, timeout=3):  # noqa: S310 - a URL of ours, always http
                return ""
        except urllib.error.HTTPError as error:
            return f"answers {error.code}: {error.read(300).decode(errors='replace')}"
        except OSError as error:
            return f"does not answer ({error})"

    return probe


def engine_probe(url: str, node: str) -> Probe:
    """Return a probe: healthy if the engine is, and drives this machine's node. Other nodes may be down."""

    def probe() -> str:
        body = health_json(url)
        if not body:
            return "does not answer"
        nodes = body.get("nodes")
        here = nodes.get(node) if isinstance(nodes, dict) else None
        ours = body.get("redis") and body.get("database") and here == "ready"
        return "" if body.get("ok") or ours else f"answers {json.dumps(body)}"

    return probe


def redis_probe(url: str) -> Probe:
    def probe() -> str:
        client = redis.Redis.from_url(url, socket_timeout=3)
        try:
            client.ping()
        except redis.RedisError as error:
            return str(error)
        finally:
            client.close()
        return ""

    return probe


def asterisk_probe(host: str, port: int) -> Probe:
    """Return a probe: healthy if AMI sends its greeting."""

    def probe() -> str:
        try:
            with socket.create_connection((host, port), 3) as connection:
                greeting = connection.recv(64)
        except OSError as error:
            return f"AMI at {host}:{port} does not answer ({error})"
        return "" if greeting.startswith(b"Asterisk Call Manager") else f"AMI greets with {greeting!r}"

    return probe


def s3_probe(settings: Settings) -> Probe:
    """Return a probe: healthy if the bucket is there. It makes the bucket once the server answers."""
    storage = Storage(settings)

    def probe() -> str:
        try:
            storage.ensure_bucket()
        except Exception as error:
            # Every failure of the S3 client means the same here. It is shown to the reader.
            return str(error)
        return ""

    return probe


def workers_probe(settings: Settings) -> Probe:
    """Return a probe: healthy if a worker listens on each queue of this machine."""
    wanted = {f"recordings-{settings.node}", "default", "transcripts"}

    def probe() -> str:
        client = redis.Redis.from_url(settings.redis_url, socket_timeout=3)
        try:
            present = {name for worker in Worker.all(connection=client) for name in worker.queue_names()}
        except redis.RedisError as error:
            return str(error)
        finally:
            client.close()
        missing = wanted - present
        return f"no worker yet for {', '.join(sorted(missing))}" if missing else ""

    return probe


def probes(settings: Settings) -> dict[str, Probe]:
    """Return the probes by the part's name, in the order in which the parts start."""
    node = settings.this_node
    return {
        "Redis": redis_probe(settings.redis_url),
        "S3": s3_probe(settings),
        "Asterisk": asterisk_probe(node.ami_host, node.ami_port),
        "engine": engine_probe(f"{local_url(settings.private_host, settings.engine_port)}/health", node.name),
        "record writer": http_probe(f"{local_url(settings.private_host, settings.worker_port)}/health"),
        "workers": workers_probe(settings),
        "api": http_probe(f"{api_url(settings)}/health"),
    }


def wait_for_all(
    supervisor: Supervisor,
    parts: dict[str, Probe],
    tell: Callable[[str], None],
    seconds: float = START_SECONDS,
) -> None:
    """Wait until every part is healthy, and tell of each part when it is.

    Raises `RunError`, which names the parts, after `seconds` or if a program cannot be started.
    """
    started, waiting = monotonic(), dict(parts)
    pause, look_at = Event(), started + _LOOK
    while waiting:
        supervisor.require_alive()
        wrong = {name: probe() for name, probe in waiting.items()}
        for name in [name for name, words in wrong.items() if not words]:
            tell(f"{name} is healthy ({monotonic() - started:.1f} s)")
            del waiting[name]
        if not waiting:
            return
        now = monotonic()
        if now - started > seconds or (now > look_at and supervisor.given_up()):
            raise _not_well(supervisor, {name: wrong[name] for name in waiting})
        if now > look_at:
            look_at = now + _LOOK
        pause.wait(_PAUSE)


def wait_for_api(supervisor: Supervisor, settings: Settings, seconds: float = API_SECONDS) -> bool:
    """Wait until the api listens, at most `seconds`. Returns whether it does.

    Raises `RunError` if supervisord ends.
    """
    until, pause = monotonic() + seconds, Event()
    while True:
        supervisor.require_alive()
        try:
            socket.create_connection((local(settings.api_host), settings.api_port), 1).close()
        except OSError:
            if monotonic() >= until:
                return False
            pause.wait(_PAUSE)
        else:
            return True


def _not_well(supervisor: Supervisor, wrong: dict[str, str]) -> RunError:
    lines = [f"- {name}: {words}" for name, words in wrong.items()]
    lines += [
        f"- program {state.name} is {state.state} {state.detail}"
        for state in supervisor.states()
        if state.state not in {"RUNNING", "STOPPED"}
    ]
    return RunError(
        "not every part came up:\n  " + "\n  ".join(lines),
        "read the logs in var/log, and `switchroom run` again; each program has a log of its name",
    )


def health_json(url: str) -> dict[str, object]:
    """Return the JSON of `/health`, whatever its status. Empty if it does not answer."""
    try:
        with urllib.request.urlopen(url, timeout=3) as answer:  # noqa: S310 - a URL of ours, always http
            return dict(json.load(answer))
    except urllib.error.HTTPError as error:
        return dict(json.load(error))
    except OSError:
        return {}
