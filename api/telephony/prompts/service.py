"""What is done with uploaded prompts. Admins of the team may do it. Each change reaches the engine as `config`."""

from collections.abc import Iterable
from typing import Any

from sqlmodel import Session, col, select

from api.conventions.body import apply
from api.conventions.names import is_taken
from api.core.errors import Conflict, NotFound, ValidationFailed
from api.core.quotas import require_room, require_storage
from api.core.scope import Scope, of_callers_teams
from api.core.uploads.upload import Received, kept
from api.telephony.prompts.schemas import MusicCreate, PromptFields, PromptUpdate
from api.telephony.prompts.usage import uses
from models import OutboxKind, PromptKind, PromptState, UploadedPrompt
from models.outbox import emit
from models.uploaded_prompt import changed
from routing.expressions.prompts import upload_named
from switchroom.ids import parse_id
from switchroom.messages.outbox import JobRequest
from switchroom.settings import Settings

TYPES = frozenset({"audio/wav", "audio/mpeg", "audio/ogg", "audio/flac", "audio/mp4", "video/mp4"})
"""The media types that a prompt may have. An M4A file looks like a video without pictures."""
_MUSIC_ONLY = ("tracks", "shuffle")


VISIBLE = of_callers_teams(UploadedPrompt).where(col(UploadedPrompt.kind) != PromptKind.GREETING.value)
"""The prompts that the caller sees. Greetings are part of their mailbox (`api.telephony.mailboxes`)."""


def get_visible(scope: Scope, text: str) -> UploadedPrompt:
    """Return one prompt. Raises NotFound, also for a greeting."""
    prompt = scope.get(UploadedPrompt, text, "prompt")
    if prompt.kind == PromptKind.GREETING.value:
        raise NotFound("prompt")
    return prompt


def get_for_change(scope: Scope, text: str) -> UploadedPrompt:
    """Return the same. Raises also Forbidden unless the caller administers the team."""
    prompt = get_visible(scope, text)
    scope.require_admin(prompt.team_id)
    return prompt


def require_uploader(scope: Scope, team: str | None) -> str:
    """Return the id of the team to upload to. Raises ValidationFailed, NotFound, Forbidden."""
    team_id = scope.team_for(None) if team is None else scope.team_id(team)
    scope.require_admin(team_id)
    return team_id


def keep(scope: Scope, settings: Settings, received: Received[PromptFields]) -> UploadedPrompt:
    """Make a prompt of an upload that S3 has. A worker converts it.

    Raises ValidationFailed, Forbidden, and Conflict for a name that is taken or a quota.
    """
    fields, session = received.fields, scope.session
    team_id = require_uploader(scope, fields.team)
    if received.type not in TYPES:
        raise ValidationFailed({"file": "Send a WAV, MP3, OGG, FLAC or M4A file"})
    name = fields.name or received.name.rpartition(".")[0] or received.name
    _require_free_name(session, team_id, name)
    kept(session, received.id)
    prompt = UploadedPrompt(
        team_id=team_id,
        user_id=scope.user_id,
        kind=PromptKind.SOUND.value,
        name=name[:100],
        language=fields.language,
        filename=received.name,
        **received.columns,
    )
    _add(session, settings, prompt)
    require_storage(session, settings, team_id)
    emit(session, OutboxKind.JOB, JobRequest(name="convert_prompt", args=[prompt.id]).model_dump())
    return prompt


def create_music(scope: Scope, settings: Settings, body: MusicCreate) -> UploadedPrompt:
    """Make music of sounds of the team. Raises ValidationFailed, Forbidden, Conflict."""
    team_id = scope.team_for(body.team)
    scope.require_admin(team_id)
    _require_free_name(scope.session, team_id, body.name)
    _require_sounds(scope.session, team_id, body.tracks, "tracks")
    prompt = UploadedPrompt(
        team_id=team_id,
        user_id=scope.user_id,
        kind=PromptKind.MUSIC.value,
        state=PromptState.READY.value,
        **body.model_dump(include={"name", "tracks", "shuffle", "language"}),
    )
    _add(scope.session, settings, prompt)
    return prompt


def update(scope: Scope, prompt: UploadedPrompt, body: PromptUpdate) -> None:
    """Assign what was sent. Raises ValidationFailed, Conflict."""
    changes = body.changes()
    if prompt.kind != PromptKind.MUSIC.value:
        wrong = {name: "Only music has this" for name in _MUSIC_ONLY if name in changes}
        if wrong:
            raise ValidationFailed(wrong)
    if "tracks" in changes:
        _require_sounds(scope.session, prompt.team_id, changes["tracks"], "tracks")
    if "name" in changes and changes["name"] != prompt.name:
        _require_free_name(scope.session, prompt.team_id, changes["name"], except_id=prompt.id)
    scope.session.add(apply(prompt, changes))
    changed(scope.session, "updated", prompt)


def delete(scope: Scope, prompt: UploadedPrompt) -> None:
    """Delete the prompt. Its objects go with the worker's next run. Raises Conflict, which lists what plays it."""
    used_by = uses(scope.session, [prompt.team_id]).get(prompt.id)
    if used_by:
        raise Conflict("The prompt is in use", used_by=used_by)
    changed(scope.session, "destroyed", prompt)
    scope.session.delete(prompt)


def require_played(session: Session, team_id: str, columns: dict[str, Any], present: Any = None) -> None:
    """Raise ValidationFailed, by field, if these settings of a queue name a prompt that the team does not have.

    What the queue `present` names already may stay.
    """
    for field in ("comfort_sounds", "agent_sounds"):
        there = set(getattr(present, field, ()))
        sounds = {id for s in columns.get(field, ()) if s not in there and (id := upload_named(s))}
        _require_sounds(session, team_id, sounds, field)
    music = columns.get("music")
    if music and parse_id(music) and music != getattr(present, "music", None):
        _require_sounds(session, team_id, [music], "music", PromptKind.MUSIC)


def _require_sounds(
    session: Session, team_id: str, ids: Iterable[str], field: str, kind: PromptKind = PromptKind.SOUND
) -> None:
    wanted = set(ids)
    if not wanted:
        return
    theirs = select(UploadedPrompt.id).where(
        UploadedPrompt.team_id == team_id,
        UploadedPrompt.kind == kind.value,
        col(UploadedPrompt.id).in_(wanted),
    )
    if wanted.difference(session.exec(theirs).all()):
        raise ValidationFailed({field: f"No such prompt of the kind {kind.value} in this team"})


def _add(session: Session, settings: Settings, prompt: UploadedPrompt) -> None:
    session.add(prompt)
    session.flush()
    require_room(session, settings, prompt.team_id, "prompts")
    changed(session, "created", prompt)


def _require_free_name(session: Session, team_id: str, name: str, *, except_id: str = "") -> None:
    others = col(UploadedPrompt.team_id) == team_id, col(UploadedPrompt.id) != except_id
    if is_taken(session, UploadedPrompt.name, name, *others):
        raise Conflict("The team has a prompt of this name", name=name)
