"""Read a mailbox from where it was left, and wait for more: by IDLE, or by asking at intervals."""

import logging
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy.exc import DataError

from models import ChannelState, InboxChannel, InboxMailbox, utcnow
from providers.inbox.mail.accounts import account_of
from providers.inbox.mail.imap import Extent, Mailbox, open_mailbox
from providers.inbox.mail.reading import read
from switchroom.database import session
from workers.jobs.inbox_channels import access_of
from workers.mailboxes.storing import store
from workers.resources import Resources

logger = logging.getLogger(__name__)

IDLE_SECONDS = 20.0
"""How long one IDLE lasts: then the owner of the mailbox says that it lives. A server allows 29 minutes."""
POLL_SECONDS = 20.0
CLOCKS = timedelta(minutes=10)
"""How far the clocks of a mail server and ours may be apart."""
MEGABYTE = 1024 * 1024
Live = Callable[[], bool]
"""Says that this thread reads the mailbox; False: it must not any more."""
Rest = Callable[[float], bool]
"""Waits; True: the process ends."""


def follow(resources: Resources, channel_id: str, live: Live, rest: Rest) -> None:
    """Read the mailbox and what comes, as long as it is ours to read. Raises SourceError and others."""
    with session(resources.engine, readonly=True) as db:
        channel = db.get(InboxChannel, channel_id)
    if channel is None or channel.state != ChannelState.CONNECTED.value:
        return
    account = account_of(access_of(resources.settings, channel).token)
    with open_mailbox(account.imap, private=resources.settings.fetch_private_addresses) as mailbox:
        _begin(resources, channel, mailbox, mailbox.select())
        while live():
            _read_new(resources, channel_id, mailbox, live)
            if mailbox.can_idle:
                mailbox.wait(IDLE_SECONDS)
            elif rest(POLL_SECONDS):
                return
            else:
                mailbox.nap()
            if rest(0):
                return


def _begin(resources: Resources, channel: InboxChannel, mailbox: Mailbox, extent: Extent) -> None:
    """Find where to read from. If the server has numbered its mails anew, that is what it got since it was asked last:
    mails that were read before may have been erased since, and must not come back.
    """
    with session(resources.engine, readonly=True) as db:
        known = db.get(InboxMailbox, channel.id)
    if known is not None and known.uid_validity == extent.uid_validity:
        return
    since = known.since if known is not None else channel.updated_at - timedelta(minutes=1)
    asked = known.read_at - CLOCKS if known is not None and known.read_at is not None else since
    newer = mailbox.since(max(since, asked))
    last = newer[0] - 1 if newer else max(extent.uid_next - 1, 0)
    with session(resources.engine) as db:
        row = db.get(InboxMailbox, channel.id) or InboxMailbox(channel_id=channel.id, since=since)
        row.uid_validity, row.last_uid = extent.uid_validity, last
        db.add(row)


def _read_new(resources: Resources, channel_id: str, mailbox: Mailbox, live: Live) -> None:
    with session(resources.engine, readonly=True) as db:
        last = db.get_one(InboxMailbox, channel_id).last_uid
    for uid in mailbox.after(last):
        if not live():
            return
        _take(resources, channel_id, mailbox, uid)
    note(resources, channel_id, None)


def _take(resources: Resources, channel_id: str, mailbox: Mailbox, uid: int) -> None:
    most = resources.settings.inbox_mail_megabytes * MEGABYTE
    raw, size = mailbox.fetch(uid, most)
    cut = (
        ""
        if size <= most
        else f"[The mail is larger than {most // MEGABYTE} MiB. The rest is in the mailbox.]"
    )
    try:
        said = read(raw, utcnow()) if raw else None
    except Exception:
        # Others wait behind it. It stays in the mailbox, and the log says which it is.
        logger.exception("a mail cannot be read", extra={"channel": channel_id, "uid": uid})
        said = None
    try:
        store(resources, channel_id, uid, said, cut)
    except DataError:
        logger.exception("a mail cannot be stored", extra={"channel": channel_id, "uid": uid})
        store(resources, channel_id, uid, None)


def note(resources: Resources, channel_id: str, problem: str | None) -> None:
    """Note on the row that the server answered, or why not."""
    with session(resources.engine) as db:
        row = db.get(InboxMailbox, channel_id)
        if row is None:
            return
        if problem is None:
            row.read_at = utcnow()
        if row.problem != problem:
            logger.info("a mailbox", extra={"channel": channel_id, "problem": problem or "none"})
        row.problem = problem and problem[:300]
        db.add(row)
