"""Attachments of people's messages: fetched from their source, typed by their content, kept on S3.

The address is the source's word for it, and so a stranger's: it is connected to only if it is public, and so is each
that it leads to. A worker that dies leaves a row that is due; the object has the row's id, so it is written again.
"""

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import unquote, urljoin, urlsplit

from rq import Retry
from sqlmodel import Session, col, select

from models import InboxChannel, InboxFile, InboxFileState, InboxMessage, LooseFile, utcnow
from models.file import object_key
from models.inbox_file import attachment_of
from models.inbox_message import tell_of_change
from providers.inbox.choose import make_adapter
from providers.inbox.http import SourceRefused
from switchroom.database import session
from switchroom.file_content import safe_name, typed
from switchroom.http_client import Answer, Outgoing, OutgoingError, parse_url
from switchroom.storage import Stored
from workers.jobs.inbox_channels import access_of
from workers.resources import Resources, get_resources

logger = logging.getLogger(__name__)

TRIED_FOR = timedelta(hours=24)
FIRST_BACKOFF, LONGEST_BACKOFF, MOST_TRIES = 5.0, 3600.0, 1000
SECONDS = 120.0
MOST_REDIRECTS = 4
MEGABYTE = 1024 * 1024
_FINAL = frozenset({"bad url", "refused address", "bad request", "too large"})
_COMES_LATER = frozenset({404, 408, 425, 429})
"""Statuses of what may be there a moment later: a message is sometimes faster than its file."""


class Unfetched(Exception):
    """The file was not fetched. `final`: another try would change nothing."""

    def __init__(self, why: str, *, final: bool) -> None:
        super().__init__(why)
        self.final = final


@dataclass(frozen=True, slots=True)
class _Fetched:
    name: str
    type: str
    stored: Stored


def fetch_inbox_file(file_id: str) -> Retry | None:
    """Job: fetch and keep the file. Returns an RQ `Retry` while its source cannot be asked. Raises `StorageError`."""
    resources = get_resources()
    with session(resources.engine, readonly=True) as db:
        row = db.get(InboxFile, file_id)
        channel = _channel_of(db, row) if row is not None else None
    if row is None or row.due_at is None or channel is None:
        return None
    if (left := (row.due_at - utcnow()).total_seconds()) > 0:
        return Retry(max=MOST_TRIES, interval=max(1, round(left)))
    try:
        fetched = _fetch(resources, row, channel)
    except Unfetched as error:
        return _not_fetched(resources, row, error)
    with session(resources.engine) as db:
        _keep(db, file_id, fetched)
    return None


def _channel_of(db: Session, row: InboxFile) -> InboxChannel | None:
    message = db.get(InboxMessage, row.message_id) if row.message_id else None
    return db.get(InboxChannel, message.channel_id) if message else None


def _fetch(resources: Resources, row: InboxFile, channel: InboxChannel) -> _Fetched:
    """Fetch the file, and store it. Raises Unfetched, StorageError."""
    url, answer = asyncio.run(_answer(resources, channel, row.source_url or ""))
    name = safe_name(unquote(urlsplit(url).path)) if urlsplit(url).path.strip("/") else "file"
    media_type, name = typed(answer.body, name)
    return _Fetched(
        name, media_type, resources.storage.put_bytes(object_key(row.id), answer.body, media_type)
    )


async def _answer(resources: Resources, channel: InboxChannel, url: str) -> tuple[str, Answer]:
    """Return the address at last, and what is there. Raises Unfetched."""
    settings = resources.settings
    outgoing = Outgoing(private=settings.fetch_private_addresses)
    limit = settings.inbox_attachment_megabytes * MEGABYTE
    for _ in range(MOST_REDIRECTS):
        try:
            parse_url(url)  # An adapter looks at the host of any address.
            answer = await outgoing.request(
                "GET", url, headers=_headers(resources, channel, url), seconds=SECONDS, max_bytes=limit
            )
        except OutgoingError as error:
            why = (
                f"larger than {settings.inbox_attachment_megabytes} MiB"
                if str(error) == "too large"
                else str(error)
            )
            raise Unfetched(why, final=str(error) in _FINAL) from None
        if 300 <= answer.status < 400 and answer.location:
            url = urljoin(url, answer.location)
            continue
        if not 200 <= answer.status < 300:
            final = 400 <= answer.status < 500 and answer.status not in _COMES_LATER
            raise Unfetched(f"status {answer.status}", final=final)
        return url, answer
    raise Unfetched("too many redirects", final=True)


def _headers(resources: Resources, channel: InboxChannel, url: str) -> list[tuple[str, str]]:
    """Return what the source wants to see at this address. A channel without a token may still have public files."""
    try:
        adapter = make_adapter(resources.settings, channel.source)
        return list(adapter.headers(access_of(resources.settings, channel), url).items())
    except SourceRefused:
        return []


def _keep(db: Session, file_id: str, fetched: _Fetched) -> None:
    """Note that S3 has the file, and tell clients."""
    file = db.get(InboxFile, file_id, with_for_update=True)
    if file is None:
        # It went while it was fetched. What the trigger left may have been dealt with before the object was there.
        db.merge(LooseFile(id=file_id, due_at=utcnow()))
        return
    if file.due_at is None:
        return
    file.name, file.type = fetched.name, fetched.type
    file.size, file.sha256 = fetched.stored.size, fetched.stored.sha256
    file.state, file.problem, file.due_at = InboxFileState.STORED.value, None, None
    db.add(file)
    _replace(db, file, attachment_of(file))
    logger.info("an attachment is kept", extra={"file": file_id})


def _not_fetched(resources: Resources, row: InboxFile, error: Unfetched) -> Retry | None:
    late = utcnow() - row.created_at > TRIED_FOR
    seconds = min(FIRST_BACKOFF * 2**row.attempts, LONGEST_BACKOFF)
    with session(resources.engine) as db:
        file = db.get(InboxFile, row.id, with_for_update=True)
        if file is None or file.due_at is None:
            return None
        file.attempts, file.problem = file.attempts + 1, str(error)[:300]
        file.due_at = utcnow() + timedelta(seconds=seconds)
        db.add(file)
        if error.final or late:
            file.state, file.due_at = InboxFileState.FAILED.value, None
            message = db.get_one(InboxMessage, file.message_id)
            shown = message.attachments[file.place]
            _replace(db, file, {**shown, "payload": {**shown["payload"], "problem": file.problem}})
            logger.info("an attachment is not kept", extra={"file": row.id, "problem": file.problem})
            return None
    return Retry(max=MOST_TRIES, interval=max(1, round(seconds)))


def _replace(db: Session, file: InboxFile, attachment: dict[str, object]) -> None:
    """Put the attachment into its message, and tell clients."""
    locked = select(InboxMessage).where(col(InboxMessage.id) == file.message_id).with_for_update()
    message = db.exec(locked).one()
    attachments = list(message.attachments)
    attachments[file.place] = attachment
    message.attachments = attachments
    db.add(message)
    tell_of_change(db, message)
