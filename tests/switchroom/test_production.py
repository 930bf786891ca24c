"""Production refuses what is not safe there, and says which setting is wrong and what would be right."""

import os
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from switchroom.production import UnsafeSettings, require_safe
from switchroom.settings import Settings

pytestmark = pytest.mark.unit


def safe() -> dict[str, Any]:
    return {
        "environment": "production",
        "secret_key": secrets.token_urlsafe(48),
        "node_secret": secrets.token_urlsafe(24),
        "nodes": [{"name": "a", "ami_secret": secrets.token_urlsafe(24)}],
        "s3_access_key": "id",
        "s3_secret_key": secrets.token_urlsafe(24),
        "redis_url": f"redis://:{secrets.token_urlsafe(24)}@127.0.0.1:6390/0",
        "public_url": "https://calls.example.org",
    }


def settings(**changes: Any) -> Settings:
    return Settings.model_validate({**safe(), **changes})


def test_safe_settings_are_taken() -> None:
    require_safe(settings())
    require_safe(
        settings(s3_public_endpoint="https://files.example.org", cors_origins=["https://desk.example.org"])
    )
    require_safe(settings(redis_url="unix:///run/nowhere/redis.sock"))
    require_safe(settings(exchange_server="mail.example.org"))


def test_development_takes_anything() -> None:
    require_safe(Settings.model_validate({**safe(), "environment": "development", "public_url": "http://x"}))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"public_url": "http://calls.example.org"},
            "PUBLIC_URL is http://calls.example.org: it needs https",
        ),
        ({"s3_public_endpoint": "http://s3.example.org"}, "S3_PUBLIC_ENDPOINT is http"),
        *(
            ({"trusted_proxies": ["127.0.0.1", network]}, f"TRUSTED_PROXIES is `{network}`")
            for network in ("0.0.0.0/0", "::/0", "0.0.0.0/0.0.0.0", "128.0.0.0/1")
        ),
        (
            {"graph_endpoint": "http://graph.example.org"},
            "GRAPH_ENDPOINT begins with http://: it needs https",
        ),
        (
            {"exchange_server": "HTTP://mail.example.org/EWS/Exchange.asmx"},
            "EXCHANGE_SERVER begins with http://",
        ),
        ({"private_port": 8000}, "PRIVATE_PORT is the api's own (8000)"),
        ({"ami_permit": ["0.0.0.0/0.0.0.0"]}, "AMI_PERMIT is `0.0.0.0/0.0.0.0`"),
        ({"secret_key": "0123456789abcdef"}, "SECRET_KEY has 16 characters: it needs 32"),
        ({"secret_key": "x" * 40}, "SECRET_KEY looks like a placeholder"),
        (
            {"node_secret": "please-change-me-0123"},
            "NODE_SECRET looks like a placeholder (it has the word change)",
        ),
        ({"nodes": [{"name": "b", "ami_secret": "ab" * 10}]}, "NODES (b: ami_secret) looks like"),
        (
            {"peers": [{"name": "c", "host": "h", "secret": "switchroom-0123456"}]},
            "PEERS (c: secret) looks like",
        ),
        ({"s3_secret_key": ""}, "S3_SECRET_KEY has 0 characters"),
        ({"redis_url": "redis://127.0.0.1:6390/0"}, "REDIS_URL has no password"),
        ({"redis_url": "rediss://:short@redis.example.org/0"}, "REDIS_URL has no password of 16"),
        ({"cors_origins": ["*"]}, "CORS_ORIGINS has *"),
        ({"trusted_proxies": ["*"]}, "TRUSTED_PROXIES is `*`"),
    ],
)
def test_what_is_refused_is_named(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(UnsafeSettings) as refused:
        require_safe(settings(**changes))
    (line,) = str(refused.value).splitlines()[1:]
    assert line.startswith(f"  - SWITCHROOM_{said}")


def test_a_socket_that_others_can_use_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "redis.sock"
    path.touch(mode=0o600)
    require_safe(settings(redis_url=f"unix://{path}"))
    path.chmod(0o666)
    with pytest.raises(UnsafeSettings, match="mode 0600"):
        require_safe(settings(redis_url=f"unix://{path}"))


def test_no_secret_stands_in_the_message() -> None:
    weak = {
        "secret_key": "0123456789abcdef",
        "redis_url": "redis://:hidden@h/0",
        "node_secret": "changeme" * 4,
    }
    with pytest.raises(UnsafeSettings) as refused:
        require_safe(settings(**weak))
    assert not [value for value in ("0123456789abcdef", "hidden", "changeme") if value in str(refused.value)]


@pytest.mark.long
@pytest.mark.parametrize(
    "command", [["api"], ["engine"], ["record-writer"], ["worker", "default"], ["migrate"]]
)
def test_no_process_starts(command: list[str], tmp_path: Path) -> None:
    key = secrets.token_urlsafe(48)
    values = {
        "ENVIRONMENT": "production",
        "SECRET_KEY": key,
        "NODE_SECRET": key,
        "NODES": '[{"ami_secret": "' + key + '"}]',
        "DATABASE_URL": f"sqlite:///{tmp_path}/x.db",
        "PUBLIC_URL": "http://calls.example.org",
    }
    environment = {**os.environ, **{f"SWITCHROOM_{name}": value for name, value in values.items()}}
    started = [sys.executable, "-m", "cli.main", *command]
    done = subprocess.run(started, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines()[1:] == [
        "  - SWITCHROOM_REDIS_URL has no password of 16 characters or more: set `requirepass` in Redis, and "
        "`redis://:PASSWORD@host:port/0` here",
        "  - SWITCHROOM_PUBLIC_URL is http://calls.example.org: it needs https://, the address of the TLS proxy",
    ]
    assert list(tmp_path.iterdir()) == []
