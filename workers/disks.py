"""How full the disks of the nodes are. Each node's worker tells Redis, and health and metrics read it there."""

import shutil
import time
from pathlib import Path

from redis import Redis

from switchroom.messages.live import DiskUse
from switchroom.redis_keys import Keys
from workers.resources import Resources

EXPIRY_SECONDS = 120
WARN_SHARE = 0.9
"""From this share on health warns: what is recorded while S3 is away needs room."""


def measure(folder: Path) -> DiskUse:
    """Return how full the disk of this folder is for us. What root alone may use does not count."""
    found = shutil.disk_usage(folder)
    return DiskUse(at=time.time(), used=found.used, size=found.used + found.free)


def report_disk(resources: Resources) -> DiskUse:
    """Tell how full the disk of this node's spool is. Raises `redis.RedisError`, `OSError`."""
    use = measure(resources.settings.spool_dir)
    key = resources.keys.disk(resources.settings.node)
    resources.redis.set(key, use.model_dump_json(), ex=EXPIRY_SECONDS)
    return use


def disk_of(redis: Redis, keys: Keys, node: str) -> DiskUse | None:
    """Return what the node's worker told last; None: it did not tell for two minutes. Raises `redis.RedisError`."""
    told = redis.get(keys.disk(node))
    return DiskUse.model_validate_json(told) if isinstance(told, bytes | str) else None
