"""Recorded audio: presigned URLs, and the audit of everyone who gets one."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Annotated

from botocore.exceptions import BotoCoreError
from fastapi import Depends
from sqlmodel import col, select

from api.core.context import Context
from api.core.deps import ContextDep
from api.core.errors import Unavailable
from models import RecordingAccess, utcnow
from switchroom.storage import Storage, StorageError

URL_SECONDS = 900
"""How long a presigned URL is good for."""


async def get_storage(context: ContextDep) -> Storage:
    """The process's storage."""
    return context.stored.storage


StorageDep = Annotated[Storage, Depends(get_storage)]


def presigned(
    storage: Storage, key: str, filename: str | None = None, *, inline_type: str | None = None
) -> str:
    """A URL of the object for the browser (`Storage.presigned_url`). Raises Unavailable if no storage is configured."""
    try:
        return storage.presigned_url(key, URL_SECONDS, filename, inline_type=inline_type)
    except (BotoCoreError, StorageError) as error:
        raise Unavailable(
            "No URL can be signed: set SWITCHROOM_S3_ACCESS_KEY and SWITCHROOM_S3_SECRET_KEY"
        ) from error


def audit_recording(context: Context, recording_id: str, user_id: str, address: str) -> None:
    """Note that this user got a URL of this recording."""
    row = RecordingAccess(recording_id=recording_id, user_id=user_id, address=address)
    context.write(lambda session: session.add(row))


def audit_voicemails(context: Context, ids: Iterable[str], user_id: str, address: str) -> None:
    """Note that this user got URLs of these voicemails: once for as long as a URL is good, however often a list
    is read."""
    wanted = set(ids)
    if not wanted:
        return
    recent = select(RecordingAccess.voicemail_id).where(
        col(RecordingAccess.voicemail_id).in_(wanted),
        col(RecordingAccess.user_id) == user_id,
        col(RecordingAccess.created_at) > utcnow() - timedelta(seconds=URL_SECONDS),
    )
    new = wanted - context.read(lambda session: set(session.exec(recent)))
    if new:
        rows = [RecordingAccess(voicemail_id=id, user_id=user_id, address=address) for id in sorted(new)]
        context.write(lambda session: session.add_all(rows))
