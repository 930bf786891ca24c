"""Periodic jobs. Any process may call `tick`: a lock in Redis lets each job start once in its interval."""

from redis import Redis

from switchroom.redis_keys import Keys
from workers.enqueue import enqueue

RETENTION_SECONDS = 24 * 3600
PURGE_SECONDS = 3600
INBOX_RETENTION_SECONDS = 3600
LOOSE_SECONDS = 3600
SYNC_SECONDS = 300
"""Providers' changes come at least so often, also where the provider does not call us."""
INBOX_SECONDS = 60
"""How often messages and deliveries of the inbox are looked for whose jobs are lost."""
SNOOZE_SECONDS = 20
"""How late a snoozed conversation may come back."""
BROWSERS_SECONDS = 30
"""How much longer than it should a browser's SIP account may be good, in what Asterisk remembers of it."""
REPORTS_SECONDS = 60
"""How long after its hour a mail with statistics may come."""
RESUME_SECONDS = 3600
"""A Redis that has lost its jobs has lost these times too: all are due then, so transcripts go on at once."""


JOBS = (
    ("retention", RETENTION_SECONDS, "enforce_retention"),
    ("inbox_retention", INBOX_RETENTION_SECONDS, "enforce_inbox_retention"),
    ("purge", PURGE_SECONDS, "purge_expired"),
    ("loose_files", LOOSE_SECONDS, "remove_loose_files"),
    ("integrations", SYNC_SECONDS, "sync_integrations"),
    ("inbox", INBOX_SECONDS, "resume_inbox"),
    ("snooze", SNOOZE_SECONDS, "wake_conversations"),
    ("browsers", BROWSERS_SECONDS, "expire_browser_phones"),
    ("reports", REPORTS_SECONDS, "send_due_reports"),
    ("resume", RESUME_SECONDS, "resume_transcripts"),
)
"""The name of each lock, the interval, and the job."""


def tick(redis: Redis, keys: Keys) -> list[str]:
    """Enqueue the jobs that are due and return their ids. Raises `redis.RedisError`."""
    return [enqueue(redis, job) for name, seconds, job in JOBS if _due(redis, keys, name, seconds)]


def _due(redis: Redis, keys: Keys, name: str, seconds: int) -> bool:
    return bool(redis.set(f"{keys.records}:schedule:{name}", "1", nx=True, ex=seconds))
