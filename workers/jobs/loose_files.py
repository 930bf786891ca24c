"""Loose files: delete what S3 has of files and prompts without a row: an upload broke off, or the row was deleted."""

import logging

from sqlmodel import col, select

from models import File, InboxFile, LooseFile, UploadedPrompt, utcnow
from models.file import object_key, thumbnail_key
from models.uploaded_prompt import RATES, sound_key
from switchroom.database import session
from switchroom.storage import StorageError
from workers.resources import Resources, get_resources

logger = logging.getLogger(__name__)

BATCH = 500


def remove_loose_files() -> None:
    """Job, hourly: see `remove`."""
    removed = remove(get_resources())
    logger.info("loose files removed", extra={"removed": removed})


def remove(resources: Resources) -> int:
    """Delete the objects, and the parts of uploads, of all loose files that are due. Return how many files.

    A file that the store refuses to delete stops no other, and stays loose. Raises `StorageError` at the end if there
    was one: the job is tried again.
    """
    removed, refused, last = 0, None, ""
    while ids := _due(resources, last):
        for file_id in ids:
            try:
                removed += _remove(resources, file_id)
            except StorageError as error:
                logger.warning(
                    "a loose file is not deleted", extra={"file": file_id, "error": str(error)[:300]}
                )
                refused = error
        last = ids[-1]
    if refused is not None:
        raise refused
    return removed


def _due(resources: Resources, last: str) -> list[str]:
    query = select(LooseFile.id).where(col(LooseFile.due_at) <= utcnow(), col(LooseFile.id) > last)
    with session(resources.engine, readonly=True) as db:
        return list(db.exec(query.order_by(LooseFile.id).limit(BATCH)))


def _remove(resources: Resources, file_id: str) -> bool:
    """Delete the objects, then the loose row. Return False if the file has a row after all."""
    with session(resources.engine, readonly=True) as db:
        has_row = any(db.get(table, file_id) is not None for table in (File, InboxFile, UploadedPrompt))
    if not has_row:
        resources.storage.abort_uploads(object_key(file_id))
        converted = (sound_key(file_id, rate) for rate in RATES)
        for key in (object_key(file_id), thumbnail_key(file_id), *converted):
            resources.storage.delete(key)
    with session(resources.engine) as db:
        loose = db.get(LooseFile, file_id)
        if loose is not None:
            db.delete(loose)
    return not has_row
