"""Voicemails that are forwarded: the copy gets an object of its own, so that each can be deleted alone."""

import logging
import tempfile
from pathlib import Path

from models import Voicemail, utcnow
from models.stored_file import PLAYED
from switchroom.database import session
from workers.jobs.announcements import tell_announced
from workers.jobs.media import CONTENT_TYPE
from workers.jobs.voicemails import PLAN
from workers.resources import Resources, get_resources

logger = logging.getLogger(__name__)

GONE = "the message that was forwarded is gone"


def forward_voicemail(voicemail_id: str) -> None:
    """Job: see `copy_audio`."""
    copy_audio(get_resources(), voicemail_id)


def copy_audio(resources: Resources, voicemail_id: str) -> None:
    """Copy the audio of the message of which this one is a copy, then announce it.

    Does nothing if that is done. Raises `StorageError`: the job is tried again.
    """
    with session(resources.engine, readonly=True) as db:
        row = db.get(Voicemail, voicemail_id)
        source = None if row is None or row.forwarded_from is None else db.get(Voicemail, row.forwarded_from)
    if row is None or row.state in PLAYED:
        return
    key = PLAN.key(row)
    if source is None or source.s3_key is None or source.state not in PLAYED:
        _note(resources, row.id, "failed", error=GONE)
        return
    with tempfile.TemporaryDirectory(prefix="switchroom-") as folder:
        whole = Path(folder) / "whole.wav"
        resources.storage.get_file(source.s3_key, whole)
        stored = resources.storage.put_file(key, whole, CONTENT_TYPE)
    if not _note(resources, row.id, source.state, key=key, size=stored.size, sha256=stored.sha256):
        resources.storage.delete(key)


def _note(
    resources: Resources,
    id: str,
    state: str,
    *,
    key: str | None = None,
    size: int | None = None,
    sha256: str | None = None,
    error: str | None = None,
) -> bool:
    """Write the outcome. Returns False if the copy was deleted meanwhile."""
    with session(resources.engine) as db:
        row = db.get(Voicemail, id, with_for_update=True)
        if row is None or row.state == "deleted":
            return False
        row.state, row.error, row.s3_key, row.size, row.sha256 = state, error, key, size, sha256
        row.stored_at = None if key is None else utcnow()
        db.add(row)
        tell_announced(db, row)
    return True
