"""What a job works with: the settings, database, Redis and S3 of this process, each made once."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from redis import Redis
from sqlalchemy import Engine

from switchroom.database import get_engine
from switchroom.redis_keys import Keys
from switchroom.settings import Settings, get_settings
from switchroom.storage import Storage


@dataclass(frozen=True)
class Resources:
    settings: Settings
    engine: Engine
    redis: Redis
    storage: Storage

    @property
    def keys(self) -> Keys:
        return Keys(self.settings.shard)

    def spool_path(self, name: str) -> Path:
        """Return the file of this name in the node's spool. Raises ValueError if the name leads out of it."""
        spool = self.settings.spool_dir.resolve()
        path = (spool / name).resolve()
        if not path.is_relative_to(spool) or path == spool:
            raise ValueError(f"{name!r} is not in the spool")
        return path


def make_redis(url: str) -> Redis:
    """Make a client with timeouts, so that a Redis that hangs does not hang us. A blocking read must be shorter."""
    return Redis.from_url(url, socket_timeout=10, socket_connect_timeout=5, health_check_interval=30)


@lru_cache
def get_resources() -> Resources:
    """Return the resources of this process, made once from the settings. Opens no connection."""
    settings = get_settings()
    return Resources(settings, get_engine(), make_redis(settings.redis_url), Storage(settings))
