"""The public and the private listener, the proxies that are believed, and what counts as one address."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient

from api.core.errors import RateLimited
from api.core.rate_limits import FREE_TRIES, RateLimiter
from switchroom.ids import new_id
from switchroom.settings import AsteriskNode
from tests.support.api.client import Api
from tests.support.servers import free_port, wait_until

pytestmark = pytest.mark.service

SECRET = "right-horse-battery"
PRIVATE = (
    "/metrics",
    "/METRICS",
    "/metrics/",
    "/metrics%2F",
    "/asterisk/ps_auths/single",
    "/Asterisk/ps_auths/multi",
    "/%61sterisk/ps_auths/single",
    # Python's regular expressions take a long s for an s, and a line break at the end for nothing.
    "/a%C5%BFterisk/ps_auths/single",
    "/asteri%C5%BFk/ps_auths/require",
    "/metric%C5%BF",
    "/metrics%0A",
    "/asterisk/ps_auths/multi%0A",
)


@pytest.mark.parametrize("path", PRIVATE)
def test_private_paths_are_gone_from_the_public_listener(api: Api, path: str) -> None:
    client = TestClient(api.client.app)
    nowhere = client.get("/v1/nothing").json()
    pretends = {"Host": "127.0.0.1:8003", "X-Forwarded-Port": "8003", "X-Forwarded-Proto": "https"}
    for method in ("GET", "POST", "OPTIONS", "HEAD"):
        for headers in ({}, pretends):
            answer = client.request(method, path, headers=headers)
            assert answer.status_code == 404
            assert method == "HEAD" or answer.json() == nowhere


def test_the_private_listener_serves_nothing_else_but_health(api: Api) -> None:
    for path in ("/v1/user/me", "/auth/login-user", "/docs", "/openapi.json", "/"):
        assert api.client.get(api.client.private(path)).status_code == 404
    assert api.client.get("/metrics").status_code == 200
    assert "parts" in api.client.get(api.client.private("/health")).json()
    assert "parts" in api.client.get("/health").json()


def test_the_process_listens_at_both(sqlite_url: str, redis_server: str, tmp_path: Path) -> None:
    public, private = free_port(), free_port()
    environment = {
        **os.environ,
        "SWITCHROOM_SECRET_KEY": "k" * 32,
        "SWITCHROOM_NODE_SECRET": SECRET,
        "SWITCHROOM_DATABASE_URL": sqlite_url,
        "SWITCHROOM_REDIS_URL": redis_server,
        "SWITCHROOM_API_PORT": str(public),
        "SWITCHROOM_PRIVATE_PORT": str(private),
    }
    log = tmp_path / "api.log"
    with log.open("wb") as out:
        command = [sys.executable, "-m", "cli.main", "api"]
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=out)

    def status(port: int, path: str) -> int:
        try:
            return httpx.get(f"http://127.0.0.1:{port}{path}", timeout=10).status_code
        except httpx.ConnectError:
            assert process.poll() is None, log.read_text()
            return 0

    try:
        wait_until(lambda: status(public, "/") == 307, "the api listens", 60)
        assert [status(public, "/metrics"), status(private, "/metrics")] == [404, 200]
        assert [status(public, "/docs"), status(private, "/docs")] == [200, 404]
        for port, expected in ((private, 200), (public, 404)):
            url = f"http://127.0.0.1:{port}/asterisk/ps_auths/single"
            answer = httpx.post(url, data={"id": "e101t0"}, auth=("a", SECRET))
            assert answer.status_code == expected
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) in (0, -signal.SIGTERM)


def test_wrong_node_secrets_are_limited_and_the_right_one_is_not(
    make_api: Callable[..., Api], sqlite_url: str
) -> None:
    api = make_api(sqlite_url, node_secret=SECRET, nodes=[AsteriskNode(name="a")])

    def ask(secret: str, address: str) -> int:
        headers = {"X-Forwarded-For": address}
        answer = api.client.post(
            "/asterisk/ps_auths/single", data={"id": "x"}, auth=("a", secret), headers=headers
        )
        return int(answer.status_code)

    statuses = [ask(f"wrong-{number}", f"198.51.100.{number}") for number in range(100)]
    assert statuses[:20] == [401] * 20
    assert set(statuses[20:]) == {429}
    assert ask(SECRET, "198.51.100.1") == 200


class TestAddresses:
    @pytest.fixture
    def limiter(self, redis_server: str) -> RateLimiter:
        return RateLimiter(redis_server, f"test:{new_id()}")

    def test_a_64_counts_as_one(self, limiter: RateLimiter) -> None:
        for number in range(5):
            limiter.hit("5 per minute", "login", f"2001:db8:1:2::{number:x}")
        with pytest.raises(RateLimited):
            limiter.hit("5 per minute", "login", "2001:db8:1:2:ffff::1")
        limiter.hit("5 per minute", "login", "2001:db8:1:3::1")

    def test_tries_of_a_64_count_together(self, limiter: RateLimiter) -> None:
        for number in range(FREE_TRIES):
            limiter.slow_down("login", f"2001:db8:1:2::{number:x}")
        with pytest.raises(RateLimited):
            limiter.slow_down("login", "2001:db8:1:2:ffff::1")
        limiter.slow_down("login", "2001:db8:1:3::1")
        limiter.forgive("login", "2001:db8:1:2:aaaa::")
        limiter.slow_down("login", "2001:db8:1:2::1")

    def test_an_ipv4_address_in_ipv6_is_itself(self, limiter: RateLimiter) -> None:
        limiter.hit("1 per minute", "login", "::ffff:192.0.2.1")
        limiter.hit("1 per minute", "login", "::ffff:192.0.2.2")
        with pytest.raises(RateLimited):
            limiter.hit("1 per minute", "login", "192.0.2.1")

    def test_other_keys_stay_what_they_are(self, limiter: RateLimiter) -> None:
        limiter.hit("1 per minute", "account", "a:b")
        limiter.hit("1 per minute", "account", "a:c")


def test_addresses_of_one_64_share_a_limit(make_api: Callable[..., Api], sqlite_url: str) -> None:
    api = make_api(sqlite_url, trusted_proxies=["testclient"])
    statuses = [
        api.client.post(
            "/v1/team/exist", json={"team_name": "x"}, headers={"X-Forwarded-For": f"2001:db8::{number:x}"}
        ).status_code
        for number in range(61)
    ]
    assert [statuses.index(429), statuses.count(429)] == [60, 1]


@pytest.mark.parametrize(
    ("trusted", "believed"), [([], False), (["testclient"], True), (["192.0.2.0/24"], False)]
)
def test_only_trusted_proxies_say_whose_request_it_is(
    make_api: Callable[..., Api], sqlite_url: str, trusted: list[str], believed: bool
) -> None:
    api = make_api(sqlite_url, trusted_proxies=trusted)
    statuses = [
        api.client.post(
            "/v1/team/exist", json={"team_name": "x"}, headers={"X-Forwarded-For": f"198.51.100.{number}"}
        ).status_code
        for number in range(61)
    ]
    assert (statuses[-1] != 429) == believed
