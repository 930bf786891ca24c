"""`var/switchroom.env`: the secrets and ports of this machine, made once and never overwritten."""

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import dotenv_values

from cli.run.ports import free_near, is_ours
from switchroom.vapid import make_private_key

PATH = Path("var/switchroom.env")
VAPID_KEY = "SWITCHROOM_VAPID_PRIVATE_KEY"
WS_PORT = "SWITCHROOM_SIP_WS_PORT"
DEMO_PASSWORD = "DEMO_PASSWORD"  # noqa: S105 - a variable's name
_HEADER = (
    "# Made by `make run` for this machine. You can change it: it is never overwritten. Keep it secret.\n"
)


def _ports() -> dict[str, int]:
    """Return a free port for each server: its default port, unless another program uses that."""
    wanted = {
        "api": 8000,
        "engine": 8001,
        "worker": 8002,
        "private": 8003,
        "ami": 5038,
        "redis": 6390,
        "s3": 9390,
        "sip": 5060,
        "ws": 8088,
    }
    chosen: dict[str, int] = {}
    for name, port in wanted.items():
        chosen[name] = free_near(port, chosen.values(), datagram=name == "sip")
    return chosen


def content(ports: Mapping[str, int]) -> str:
    """Return the file's text, with new secrets. `ports` are those of `_ports`."""
    node = {"name": "a", "ami_port": ports["ami"], "ami_secret": secrets.token_urlsafe(24)}
    values = {
        "SWITCHROOM_SECRET_KEY": secrets.token_urlsafe(48),
        VAPID_KEY: make_private_key(),
        "SWITCHROOM_NODE_SECRET": secrets.token_urlsafe(24),
        "SWITCHROOM_NODES": f"'{json.dumps([node])}'",
        "SWITCHROOM_S3_ACCESS_KEY": secrets.token_hex(10),
        "SWITCHROOM_S3_SECRET_KEY": secrets.token_urlsafe(30),
        "SWITCHROOM_API_PORT": ports["api"],
        "SWITCHROOM_ENGINE_PORT": ports["engine"],
        "SWITCHROOM_WORKER_PORT": ports["worker"],
        "SWITCHROOM_PRIVATE_PORT": ports["private"],
        "SWITCHROOM_SIP_PORT": ports["sip"],
        WS_PORT: ports["ws"],
        "SWITCHROOM_REDIS_URL": f"redis://:{secrets.token_urlsafe(24)}@127.0.0.1:{ports['redis']}/0",
        "SWITCHROOM_S3_ENDPOINT": f"http://127.0.0.1:{ports['s3']}",
        DEMO_PASSWORD: secrets.token_urlsafe(9),
    }
    return _HEADER + "".join(f"{name}={value}\n" for name, value in values.items())


def ensure(path: Path = PATH) -> bool:
    """Make the file if it is not there, with the mode 0600 in any case. Returns whether it was made."""
    if path.exists():
        path.chmod(0o600)
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    # Write a draft, then link it into place: an interrupted first run leaves no half-written file.
    draft = path.with_suffix(f".{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(content(_ports()))
    try:
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True


def ensure_redis_password(path: Path = PATH) -> bool:
    """Add a password to the Redis of a file that was made without one. Returns whether it was added."""
    url = dotenv_values(path).get("SWITCHROOM_REDIS_URL") or ""
    parts = urlsplit(url)
    if not is_ours(url) or parts.password or parts.scheme != "redis":
        return False
    address = parts.netloc.rpartition("@")[2]
    parts = parts._replace(netloc=f":{secrets.token_urlsafe(24)}@{address}")
    _append(path, "SWITCHROOM_REDIS_URL", parts.geturl())
    return True


def ensure_vapid_key(path: Path = PATH) -> bool:
    """Add a key for Web Push to a file that was made without one. Returns whether it was added."""
    if dotenv_values(path).get(VAPID_KEY) is not None:
        return False
    _append(path, VAPID_KEY, make_private_key())
    return True


def ensure_ws_port(path: Path = PATH) -> bool:
    """Add a port for browser phones to a file that was made without one. Returns whether it was added."""
    if dotenv_values(path).get(WS_PORT) is not None:
        return False
    _append(path, WS_PORT, str(free_near(8088, ())))
    return True


def demo_password(path: Path = PATH) -> str:
    """Return the password of the demo team's users. Make one and add it to the file if there is none."""
    found = dotenv_values(path).get(DEMO_PASSWORD)
    if found:
        return found
    password = secrets.token_urlsafe(9)
    _append(path, DEMO_PASSWORD, password)
    return password


def _append(path: Path, name: str, value: str) -> None:
    with path.open("a") as file:
        file.write(f"{name}={value}\n")
