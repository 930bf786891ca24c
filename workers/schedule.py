"""Periodic jobs. Any process may call `tick`: a lock in Redis lets each job start once in its interval."""

from redis import Redis

from switchroom.redis_keys import Keys
from workers.enqueue import enqueue

RETENTION_SECONDS = 24 * 3600
PURGE_SECONDS = 3600
LOOSE_SECONDS = 3600
SYNC_SECONDS = 300
"""Providers' changes come at least so often, also where the provider does not call us."""
RESUME_SECONDS = 3600
"""A Redis that has lost its jobs has lost these times too: all are due then, so transcripts go on at once."""


def tick(redis: Redis, keys: Keys) -> list[str]:
    """Enqueue the jobs that are due and return their ids. Raises `redis.RedisError`."""
    started = []
    if _due(redis, keys, "retention", RETENTION_SECONDS):
        started.append(enqueue(redis, "enforce_retention"))
    if _due(redis, keys, "purge", PURGE_SECONDS):
        started.append(enqueue(redis, "purge_expired"))
    if _due(redis, keys, "loose_files", LOOSE_SECONDS):
        started.append(enqueue(redis, "remove_loose_files"))
    if _due(redis, keys, "integrations", SYNC_SECONDS):
        started.append(enqueue(redis, "sync_integrations"))
    if _due(redis, keys, "resume", RESUME_SECONDS):
        started.append(enqueue(redis, "resume_transcripts"))
    return started


def _due(redis: Redis, keys: Keys, name: str, seconds: int) -> bool:
    return bool(redis.set(f"{keys.records}:schedule:{name}", "1", nx=True, ex=seconds))
