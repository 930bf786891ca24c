"""Uploaded prompts: from what was uploaded to the sounds that Asterisk plays."""

import logging
import tempfile
from pathlib import Path

from models import PromptKind, PromptState, UploadedPrompt
from models.file import object_key
from models.uploaded_prompt import RATES, changed, sound_key
from switchroom.database import session
from workers.resources import Resources, get_resources
from workers.sound_conversion import ConversionError, convert

logger = logging.getLogger(__name__)


def convert_prompt(prompt_id: str) -> None:
    """Job: see `store_sounds`."""
    store_sounds(get_resources(), prompt_id)


def store_sounds(resources: Resources, prompt_id: str) -> None:
    """Convert a prompt's upload, put the sounds into S3, and note it on the row: `ready`, or `failed` with the reason.

    Does nothing if the prompt is gone or converted already. Raises `StorageError`: the job is tried again.
    """
    with session(resources.engine, readonly=True) as db:
        prompt = db.get(UploadedPrompt, prompt_id)
    if prompt is None or prompt.kind == PromptKind.MUSIC.value or prompt.state == PromptState.READY.value:
        return
    with tempfile.TemporaryDirectory(prefix="switchroom-") as name:
        folder, source = Path(name), Path(name) / "upload"
        resources.storage.get_file(object_key(prompt_id), source)
        try:
            made = convert(source, prompt.type, folder, RATES, resources.settings.prompt_seconds)
        except ConversionError as reason:
            logger.info("a prompt cannot be converted", extra={"prompt": prompt_id, "why": str(reason)})
            _note(resources, prompt_id, PromptState.FAILED, error=str(reason)[:300])
            return
        for rate in RATES:
            resources.storage.put_file(sound_key(prompt_id, rate), folder / f"{rate}.wav", "audio/wav")
    if not _note(resources, prompt_id, PromptState.READY, seconds=made.seconds):
        for rate in RATES:
            resources.storage.delete(sound_key(prompt_id, rate))


def fail(resources: Resources, prompt_id: str, reason: str) -> None:
    """Note that a prompt cannot be converted."""
    _note(resources, prompt_id, PromptState.FAILED, error=reason)


def _note(
    resources: Resources,
    prompt_id: str,
    state: PromptState,
    *,
    seconds: float | None = None,
    error: str | None = None,
) -> bool:
    """Write the outcome. Return False if the prompt is gone."""
    with session(resources.engine) as db:
        prompt = db.get(UploadedPrompt, prompt_id, with_for_update=True)
        if prompt is None:
            return False
        prompt.state, prompt.seconds, prompt.error = state.value, seconds, error
        db.add(prompt)
        changed(db, "updated", prompt)
        return True
