"""`/health` shows the state of every part and no secret. `/metrics` counts requests, jobs and the outbox."""

from collections.abc import Callable
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from redis import Redis
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer

from models import InboxChannel, Outbox, utcnow
from switchroom.ids import new_id
from switchroom.messages.live import DiskUse, connection_of
from tests.support.api.client import Api
from tests.support.api.world import World, world_of
from tests.support.servers import S3Server, free_port
from workers.enqueue import enqueue

pytestmark = pytest.mark.service

SECRETS = {"s3_secret_key": "s3-secret-of-the-test", "node_secret": "node-secret-of-the-test"}


@pytest.fixture
def world(make_api: Callable[..., Api], sqlite_url: str, s3_server: S3Server) -> World:
    settings = {
        "s3_endpoint": s3_server.endpoint, "s3_access_key": s3_server.access_key,
        "s3_secret_key": s3_server.secret_key, "s3_bucket": s3_server.bucket,
    }  # fmt: skip
    return world_of(make_api(sqlite_url, **settings))


def health(world: World) -> tuple[int, dict[str, Any]]:
    answer = world.api.client.get("/health")
    return answer.status_code, answer.json()


def start_writer(world: World) -> None:
    """What a record writer leaves every few seconds."""
    world.api.context.redis.set(world.api.context.keys.writer, 1)


def start_workers(world: World) -> list[SimpleWorker]:
    redis = world.api.context.redis
    workers = []
    for name in ("default", "transcripts", "recordings-a"):
        queue = Queue(name, connection=redis, serializer=JSONSerializer)
        worker = SimpleWorker([queue], connection=redis, serializer=JSONSerializer)
        worker.register_birth()  # type: ignore[no-untyped-call]
        workers.append(worker)
    return workers


def test_all_is_well(world: World) -> None:
    world.engine.beats({"a": "ready"})
    start_writer(world)
    workers = start_workers(world)
    try:
        status, body = health(world)
    finally:
        for worker in workers:
            worker.register_death()  # type: ignore[no-untyped-call]
    assert (status, body["status"], body["reasons"]) == (200, "ok", {})
    parts = {"api", "database", "redis", "storage", "engine", "record-writer", "workers", "disks"}
    states = {name: part["state"] for name, part in body["parts"].items()}
    assert states == {**dict.fromkeys(parts, "ok"), "mail": "off", "mail-reader": "off"}
    assert body["parts"]["engine"]["nodes"] == {"a": "ready"}


def test_without_mail_health_says_so_and_counts_what_waits(world: World) -> None:
    world.api.add(Outbox(kind="mail", payload={}, delivered_at=utcnow(), error="waits: no server"))
    assert health(world)[1]["parts"]["mail"] == {"state": "off", "waiting": 1}


def test_without_workers_and_writer_calls_are_still_served(world: World) -> None:
    world.engine.beats({"a": "ready", "b": "connecting"})
    status, body = health(world)
    assert (status, body["status"]) == (200, "degraded")
    assert body["reasons"] == {
        "record-writer": "no heartbeat",
        "workers": "no worker for default, recordings-a, transcripts",
    }


def test_a_mailbox_that_nobody_reads_is_named(world: World) -> None:
    context = world.api.context
    world.engine.beats({"a": "ready"})
    world.api.add(
        InboxChannel(team_id=world.team.id, source="EMAIL", external_id="a@example.com", state="connected")
    )
    status, body = health(world)
    assert (status, body["reasons"]["mail-reader"]) == (200, "no heartbeat")
    context.redis.set(context.keys.mail_reader, 1)
    assert health(world)[1]["parts"]["mail-reader"] == {"state": "ok"}


def test_without_an_engine_no_call_is_served(world: World) -> None:
    status, body = health(world)
    assert (status, body["status"], body["reasons"]["engine"]) == (503, "failing", "no heartbeat")
    world.engine.beats({"a": "connecting"})
    status, body = health(world)
    assert (status, body["reasons"]["engine"]) == (503, "no Asterisk node is ready")


def test_a_database_that_is_read_only_is_failing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.operations.health.probes.ping", lambda _: False)
    status, body = health(world)
    assert (status, body["reasons"]["database"]) == (503, "it is read-only")


def test_an_engine_whose_process_has_ended_is_seen_before_its_heartbeat_expires(world: World) -> None:
    name = connection_of(new_id())
    engine = Redis.from_url(world.api.context.settings.redis_url, client_name=name)
    engine.ping()
    world.engine.beats(connection=name)
    assert "engine" not in health(world)[1]["reasons"]
    engine.close()
    status, body = health(world)
    assert (status, body["reasons"]["engine"]) == (503, "its process has ended")


def test_a_redis_whose_memory_is_full_is_failing(world: World) -> None:
    redis = world.api.context.redis
    world.engine.beats({"a": "ready"})
    assert health(world)[1]["parts"]["redis"]["memory"]["most"] == 0
    redis.config_set("maxmemory", 1)
    try:
        status, body = health(world)
    finally:
        redis.config_set("maxmemory", 0)
    assert (status, body["reasons"]["redis"].partition(":")[0]) == (503, "its memory is full")


def test_a_disk_that_is_nearly_full_is_failing_and_calls_go_on(world: World) -> None:
    world.engine.beats({"a": "ready"})
    context = world.api.context
    for used, state in ((89, "ok"), (90, "failing")):
        use = DiskUse(at=1, used=used, size=100)
        context.redis.set(context.keys.disk("a"), use.model_dump_json())
        status, body = health(world)
        part = body["parts"]["disks"]
        assert (status, part["state"], part["used_percent"]["node a"]) == (200, state, used)
    assert body["reasons"]["disks"] == "nearly full: node a: 90 %"


def test_servers_that_are_away_are_named_without_secrets(
    make_api: Callable[..., Api], sqlite_url: str
) -> None:
    nowhere = f"127.0.0.1:{free_port()}"
    gone = {"redis_url": f"redis://:redis-secret-of-the-test@{nowhere}/0", "s3_endpoint": f"http://{nowhere}"}
    api = make_api(sqlite_url, **gone, **SECRETS, s3_access_key="key")
    answer = api.client.get("/health")
    assert answer.status_code == 503
    assert {"redis", "storage", "engine", "record-writer", "workers", "disks"} == set(
        answer.json()["reasons"]
    )
    assert "-of-the-test" not in answer.text
    assert nowhere not in answer.text


def samples(world: World) -> dict[str, dict[tuple[str, ...], float]]:
    """Name -> label values -> value."""
    answer = world.api.client.get("/metrics")
    assert answer.status_code == 200
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sample.labels.values())] = sample.value
    return found


def test_metrics(world: World) -> None:
    queue = world.queue()
    for _ in range(2):
        world.call(world.member, "GET", f"/ccqueueconfig/a{queue.id}")
    world.call(None, "GET", f"/CCQueueConfig/a{queue.id}")
    world.api.client.get("/no/such/path")
    world.api.add(Outbox(kind="command", payload={}))
    enqueue(world.api.context.redis, "send_mail", "x", queue="metrics-test")
    found = samples(world)
    operation = "/v1/CCQueueConfig/{queue_id}"
    assert found["switchroom_http_requests_total"]["GET", operation, "200"] == 2
    assert found["switchroom_http_requests_total"]["GET", operation, "401"] == 1
    assert found["switchroom_http_requests_total"]["GET", "unknown", "404"] == 1
    assert found["switchroom_http_request_seconds_count"]["GET", operation] == 3
    assert found["switchroom_outbox_backlog"]["command",] == 1
    assert found["switchroom_jobs"]["metrics-test", "queued"] == 1
    assert queue.id not in world.api.client.get("/metrics").text


def test_the_openapi_document_lists_the_operations(world: World) -> None:
    paths = world.api.client.get("/openapi.json").json()["paths"]
    assert {"get", "patch", "delete"} <= paths["/v1/CCQueueConfig/{queue_id}"].keys()
    assert {"get", "post"} <= paths["/v1/didnumber"].keys()
    assert not [name for name in paths if name.startswith(("/asterisk", "/metrics"))]
