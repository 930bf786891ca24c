"""Uploaded prompts as clients see them."""

from collections.abc import Sequence

from sqlmodel import Session

from api.conventions.resource import Shown
from api.core.media import presigned
from api.telephony.prompts.resource import PROMPT
from api.telephony.prompts.usage import uses
from models import PromptKind, UploadedPrompt
from models.file import INLINE_TYPES, object_key
from switchroom.ids import public_id
from switchroom.storage import Storage


def show_prompts(session: Session, storage: Storage, prompts: Sequence[UploadedPrompt]) -> list[Shown]:
    """Show prompts with the URLs of their uploads, and where each is used."""
    used = uses(session, {prompt.team_id for prompt in prompts})
    return [
        {
            **PROMPT.show(prompt),
            "tracks": [public_id(id) for id in prompt.tracks],
            "url": _url(storage, prompt),
            "used_by": used.get(prompt.id, []),
        }
        for prompt in prompts
    ]


def show_prompt(session: Session, storage: Storage, prompt: UploadedPrompt) -> Shown:
    """Show one prompt."""
    return show_prompts(session, storage, [prompt])[0]


def _url(storage: Storage, prompt: UploadedPrompt) -> str | None:
    if prompt.kind == PromptKind.MUSIC.value:
        return None
    inline = prompt.type if prompt.type in INLINE_TYPES else None
    return presigned(storage, object_key(prompt.id), prompt.filename, inline_type=inline)
