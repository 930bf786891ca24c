"""The synchronization of integrations: one job for each, and one at a time.

The scheduler starts all of them every few minutes. Connecting, a change of a contact, and the call of a provider start
one at once. While the provider fails, an integration waits longer each time, or as long as the provider asks for.
"""

import logging
import secrets
import time
from datetime import timedelta
from typing import Any

from redis.exceptions import LockError
from redis.lock import Lock
from rq import Retry

from models import Integration, IntegrationType, User, UserStatus, utcnow
from models.integration import IntegrationState, due, hash_secret, note, renew_grant, tell_of_integration
from providers.integrations import base, choose
from providers.integrations.grants import seal, unseal
from switchroom.database import session
from workers.enqueue import enqueue
from workers.jobs.contact_sync import ContactSync
from workers.jobs.event_sync import EventSync
from workers.resources import Resources, get_resources

logger = logging.getLogger(__name__)

LOCK_SECONDS = 300
"""A worker that died holds the integration so long."""
WORK_SECONDS = 900
"""After so long the job goes on in its next run, so that others get their turn."""
WAIT_SECONDS, MOST_WAITS = 10, 1000
FIRST_BACKOFF, LONGEST_BACKOFF = 60.0, 6 * 3600.0
RENEWED_BEFORE = timedelta(hours=12)
"""A watch is renewed so long before it ends."""


def sync_integrations() -> None:
    """Job, every few minutes: synchronize all integrations that do not wait."""
    resources = get_resources()
    with session(resources.engine, readonly=True) as db:
        ids = due(db)
    for integration_id in ids:
        enqueue(resources.redis, "sync_integration", integration_id)


def sync_integration(integration_id: str) -> Retry | None:
    """Job: synchronize this integration. Returns an RQ `Retry` if another worker does so, or if the time was up."""
    resources = get_resources()
    lock = resources.redis.lock(resources.keys.sync(integration_id), timeout=LOCK_SECONDS, blocking=False)
    if not lock.acquire():
        return Retry(max=MOST_WAITS, interval=WAIT_SECONDS)
    try:
        done = sync(resources, integration_id, lock)
    finally:
        try:
            lock.release()
        except LockError:
            logger.warning("a synchronization took too long", extra={"integration": integration_id})
    return None if done else Retry(max=MOST_WAITS, interval=1)


def sync(resources: Resources, integration_id: str, lock: Lock) -> bool:
    """Synchronize, and write how it went. Return False if the time was up."""
    with session(resources.engine, readonly=True) as db:
        row = db.get(Integration, integration_id)
        user = db.get(User, row.user_id) if row else None
    if row is None or user is None or user.status != UserStatus.ACTIVE.value:
        return True
    if row.state == IntegrationState.RECONNECT.value or (row.not_before and row.not_before > utcnow()):
        return True
    try:
        running = _Sync(resources, row, lock)
        events = row.type == IntegrationType.EVENTS.value
        done = EventSync(running).run() if events else ContactSync(running).run()
        if done:
            running.renew_watch()
    except base.GrantRefused as error:
        _write_state(resources, row, IntegrationState.RECONNECT, str(error))
    except base.ProviderError as error:
        wait = error.retry_after or min(FIRST_BACKOFF * 2.0**row.failures, LONGEST_BACKOFF)
        later = {"not_before": utcnow() + timedelta(seconds=wait), "failures": min(row.failures + 1, 30)}
        _write_state(resources, row, IntegrationState.ERROR, str(error), **later)
    else:
        if not done:
            return False
        well = {"not_before": None, "failures": 0, "synced_at": utcnow()}
        _write_state(resources, row, IntegrationState.CONNECTED, None, **well)
    return True


class _Sync:
    """What a synchronization has in hand (`workers.jobs.contact_sync.Running`)."""

    def __init__(self, resources: Resources, integration: Integration, lock: Lock) -> None:
        self.resources, self.integration, self._lock = resources, integration, lock
        self._ends = time.monotonic() + WORK_SECONDS
        settings = resources.settings
        grant = unseal(settings, integration.sealed_grant)
        self.provider = choose.connect(settings, integration.provider, grant, self._keep)

    def go_on(self) -> bool:
        """Hold on to the integration. Return False if the time is up, or another worker has it now."""
        if time.monotonic() > self._ends:
            return False
        try:
            self._lock.reacquire()
        except LockError:
            return False
        return True

    def renew_watch(self) -> None:
        """Let the provider call us on changes, and ask again before it ends. It needs an address with https.

        If the provider refuses, changes still come every few minutes.
        """
        row, settings = self.integration, self.resources.settings
        if not settings.public_url.startswith("https://"):
            return
        if row.watch_ends_at is not None and row.watch_ends_at - utcnow() > RENEWED_BEFORE:
            return
        callback = f"{settings.public_url}/hooks/{row.provider}"
        secret = secrets.token_urlsafe(32)
        try:
            watch = self.provider.watch(row.type, callback, secret)
            if watch is None:
                return
            self._write(
                watch_id=watch.id,
                watch_hash=hash_secret(secret),
                watch_resource=watch.resource,
                watch_ends_at=watch.expires_at,
            )
            if row.watch_id is not None and row.watch_id != watch.id:
                self.provider.unwatch(base.Watch(row.watch_id, "", utcnow(), row.watch_resource))
        except base.GrantRefused:
            raise
        except base.ProviderError as error:
            logger.warning(
                "the provider promises no calls", extra={"integration": row.id, "error": str(error)[:300]}
            )

    def _keep(self, grant: base.Grant) -> None:
        row = self.integration
        before, row.sealed_grant = row.sealed_grant, seal(self.resources.settings, grant)
        with session(self.resources.engine) as db:
            renew_grant(db, row.id, before, row.sealed_grant)

    def _write(self, **columns: Any) -> None:
        with session(self.resources.engine) as db:
            note(db, self.integration.id, **columns)


def _is_other(row: Integration, before: Integration) -> bool:
    return (row.updated_at, row.sealed_grant) != (before.updated_at, before.sealed_grant)


def _write_state(
    resources: Resources, before: Integration, state: IntegrationState, problem: str | None, **columns: Any
) -> None:
    """Write how the integration is. The user's clients are told if it is another state, and of the first time.

    A user who connected it again meanwhile is right, and so is a request that got a new grant for the same one.
    """
    if problem is not None:
        logger.warning("integration failed", extra={"integration": before.id, "state": state.value})
    with session(resources.engine) as db:
        row = db.get(Integration, before.id, with_for_update=True)
        if row is None or (problem is not None and _is_other(row, before)):
            return
        note(db, row.id, **columns)
        first = before.synced_at is None and "synced_at" in columns
        if first or (row.state, row.problem) != (state.value, problem and problem[:500]):
            row.state, row.problem = state.value, problem and problem[:500]
            db.flush()
            db.refresh(row)
            tell_of_integration(db, "updated", row)
