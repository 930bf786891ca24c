"""What providers call: only with the secret of a watch, and answered at once."""

from datetime import timedelta
from typing import Any

import pytest

from models import Integration, utcnow
from models.integration import hash_secret
from tests.support.api.world import World, world

__all__ = ["world"]
pytestmark = pytest.mark.service

SECRET = "s" * 43


def watched(world: World, provider: str) -> str:
    """Make an integration with a watch. Return its id."""
    row = Integration(
        user_id=world.member.user.id,
        type="events",
        provider=provider,
        email="jane@provider.example",
        sealed_grant="x",
        watch_id=f"watch-{provider}",
        watch_hash=hash_secret(SECRET),
        watch_ends_at=utcnow() + timedelta(days=1),
    )
    world.api.add(row)
    return row.id


def queued(world: World) -> list[str]:
    """Return the ids of the jobs that wait."""
    return [id.decode() for id in world.api.context.redis.lrange("rq:queue:default", 0, -1)]  # type: ignore[union-attr]


def google(world: World, watch: str = "watch-google", token: str = SECRET, state: str = "exists") -> Any:
    headers = {
        "X-Goog-Channel-ID": watch,
        "X-Goog-Channel-Token": token,
        "X-Goog-Resource-State": state,
    }
    return world.api.client.post("/hooks/google", headers=headers)


def graph(world: World, *notes: tuple[str, str]) -> Any:
    value = [{"subscriptionId": id, "clientState": secret, "changeType": "updated"} for id, secret in notes]
    return world.api.client.post("/hooks/office365", json={"value": value})


def test_google_starts_a_synchronization(world: World) -> None:
    integration = watched(world, "google")
    assert google(world, state="sync").status_code == 202
    assert f"sync_integration-{integration}" not in queued(world)
    answer = google(world)
    assert (answer.status_code, answer.json()) == (202, {})
    assert f"sync_integration-{integration}" in queued(world)


@pytest.mark.parametrize(
    ("watch", "token"),
    [
        ("watch-google", "wrong"),
        ("watch-google", ""),
        ("other", SECRET),
        ("", ""),
        ("watch-office365", SECRET),
    ],
)
def test_who_does_not_know_the_secret_is_not_heard(world: World, watch: str, token: str) -> None:
    ids = [watched(world, "google"), watched(world, "office365")]
    assert google(world, watch, token).status_code == 404
    assert not any(id in job for id in ids for job in queued(world))


def test_graph_starts_a_synchronization(world: World) -> None:
    integration = watched(world, "office365")
    answer = graph(world, ("watch-office365", SECRET), ("other", SECRET), ("watch-office365", SECRET))
    assert (answer.status_code, answer.json()) == (202, {})
    assert queued(world).count(f"sync_integration-{integration}") == 1
    assert graph(world, ("watch-office365", "wrong")).status_code == 404
    assert graph(world).status_code == 404


def test_graph_asks_whether_the_address_is_ours(world: World) -> None:
    token = "Validation: <b>token</b>"
    answer = world.api.client.post("/hooks/office365", params={"validationToken": token})
    assert (answer.status_code, answer.text) == (200, token)
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"value": 5}', b'{"value": [1]}', b"[" * 60_000])
def test_what_graph_never_sends_is_refused(world: World, body: bytes) -> None:
    assert world.api.client.post("/hooks/office365", content=body).status_code == 400


def test_a_large_body_is_not_read(world: World) -> None:
    assert world.api.client.post("/hooks/office365", content=b"x" * 70_000).status_code == 413
