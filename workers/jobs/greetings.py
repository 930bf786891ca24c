"""Greetings that were recorded by phone: from the node's disk to S3, then converted like any upload."""

import logging
from hashlib import sha256
from pathlib import Path

from rq import Retry

from models import UploadedPrompt
from models.file import object_key
from switchroom.audio.wav import is_finished
from switchroom.database import session
from workers.jobs.media import CONTENT_TYPE, NOT_YET_SECONDS
from workers.jobs.prompts import fail, store_sounds
from workers.resources import Resources, get_resources

logger = logging.getLogger(__name__)

GONE = "The recording is not on its node any more"


def store_greeting(prompt_id: str, file: str) -> Retry | None:
    """Job of the node's worker: see `store`."""
    return store(get_resources(), prompt_id, file)


def store(resources: Resources, prompt_id: str, file: str) -> Retry | None:
    """Put the recording `file` of the node's spool on S3, convert it, and remove the file.

    Does nothing for a greeting that is gone. Returns an RQ `Retry` while Asterisk still writes. Raises `StorageError`
    and the database's errors: the job is tried again.
    """
    path = resources.spool_path(file)
    with session(resources.engine, readonly=True) as db:
        prompt = db.get(UploadedPrompt, prompt_id)
    if prompt is None:
        path.unlink(missing_ok=True)
        return None
    if path.exists():
        if not is_finished(path):
            return Retry(max=100_000, interval=NOT_YET_SECONDS)
        resources.storage.put_file(object_key(prompt_id), path, CONTENT_TYPE)
        _note(resources, prompt_id, path)
    elif not resources.storage.exists(object_key(prompt_id)):
        fail(resources, prompt_id, GONE)
        return None
    store_sounds(resources, prompt_id)
    path.unlink(missing_ok=True)
    return None


def _note(resources: Resources, prompt_id: str, path: Path) -> None:
    with session(resources.engine) as db:
        prompt = db.get(UploadedPrompt, prompt_id)
        if prompt is not None:
            prompt.size, prompt.sha256 = path.stat().st_size, sha256(path.read_bytes()).hexdigest()
            db.add(prompt)
