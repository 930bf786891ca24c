"""The process `switchroom mail-reader`: a thread for each mailbox of the inbox.

Several processes may run. A lock in Redis says whose a mailbox is; the database sees to it that a mail is stored once,
also if two believe that it is theirs.
"""

import logging
import signal
from functools import partial
from threading import Event, Thread
from time import monotonic, time

from redis import RedisError
from redis.exceptions import LockError
from redis.lock import Lock
from sqlalchemy.exc import SQLAlchemyError

from models import ChannelState, InboxChannel
from models.inbox_channel import connected_ids
from providers.inbox.http import SourceError
from switchroom import garbage
from switchroom.database import session
from switchroom.inbox import Source
from switchroom.logs import configure_logs
from switchroom.storage import StorageError
from workers.mailboxes.reading import follow, note
from workers.resources import Resources, get_resources

logger = logging.getLogger(__name__)

LOOK_SECONDS = 5.0
"""How soon a channel that was connected is read."""
BEAT_EXPIRY_SECONDS = 20
LOCK_SECONDS = 120
FIRST_WAIT, LONGEST_WAIT = 5.0, 300.0
"""Seconds until a mailbox is tried again whose server does not answer. The wait doubles each time."""


class MailReader:
    """Keeps a thread for each connected channel of e-mail. `run` returns after `stop`."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._stopped = Event()
        self._threads: dict[str, Thread] = {}

    def stop(self) -> None:
        self._stopped.set()

    def run(self) -> None:
        while not self._stopped.wait(0):
            try:
                self._look()
                self._beat()
            except (SQLAlchemyError, RedisError) as error:
                logger.warning("a server does not answer", extra={"error": type(error).__name__})
            self._stopped.wait(LOOK_SECONDS)
        for thread in self._threads.values():
            thread.join(timeout=10)

    def _look(self) -> None:
        with session(self._resources.engine, readonly=True) as db:
            ids = connected_ids(db, Source.EMAIL.value)
        self._threads = {id: thread for id, thread in self._threads.items() if thread.is_alive()}
        for id in ids:
            if id not in self._threads:
                thread = Thread(target=self._read, args=(id,), name=f"mailbox-{id[-8:]}", daemon=True)
                self._threads[id] = thread
                thread.start()

    def _beat(self) -> None:
        """Write the heartbeat by which the api's `/health` knows that mailboxes are looked after."""
        resources = self._resources
        resources.redis.set(resources.keys.mail_reader, int(time()), ex=BEAT_EXPIRY_SECONDS)

    def _read(self, channel_id: str) -> None:
        """Read one mailbox until its channel is disconnected, or the process ends."""
        wait = FIRST_WAIT
        while not self._stopped.is_set():
            began = monotonic()
            try:
                if self._follow(channel_id):
                    return
                wait = FIRST_WAIT  # Another process reads it.
            except SourceError as error:
                note(self._resources, channel_id, str(error))
            except (RedisError, SQLAlchemyError, StorageError, OSError) as error:
                logger.warning(
                    "a mailbox waits", extra={"channel": channel_id, "error": type(error).__name__}
                )
            except Exception:
                logger.exception("a mailbox was not read", extra={"channel": channel_id})
            if monotonic() - began > LONGEST_WAIT:
                wait = FIRST_WAIT
            self._stopped.wait(wait)
            wait = min(wait * 2, LONGEST_WAIT)

    def _follow(self, channel_id: str) -> bool:
        """Read the mailbox for as long as it is ours. Return False if it is another process's."""
        resources = self._resources
        key = resources.keys.mailbox(channel_id)
        lock = resources.redis.lock(key, timeout=LOCK_SECONDS, blocking=False, thread_local=False)
        if not lock.acquire():
            return False
        try:
            follow(resources, channel_id, partial(self._is_ours, channel_id, lock), self._stopped.wait)
        finally:
            _release(lock)
        return True

    def _is_ours(self, channel_id: str, lock: Lock) -> bool:
        """Keep the lock. Return False if it is lost, or the channel is not connected any more."""
        if self._stopped.is_set():
            return False
        try:
            lock.reacquire()
        except LockError:
            return False
        with session(self._resources.engine, readonly=True) as db:
            channel = db.get(InboxChannel, channel_id)
        return channel is not None and channel.state == ChannelState.CONNECTED.value


def _release(lock: Lock) -> None:
    try:
        lock.release()
    except (LockError, RedisError):
        logger.info("the lock of a mailbox was lost")


def main() -> None:
    """Read the mailboxes until SIGTERM."""
    resources = get_resources()
    configure_logs("mail-reader", resources.settings.log_level)
    reader = MailReader(resources)
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: reader.stop())
    garbage.freeze()
    reader.run()
