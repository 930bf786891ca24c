"""The prompts that teams uploaded, as the engine needs them: the sounds, and the music that is made of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlmodel import Session, select

from models import PromptKind, PromptState, UploadedPrompt


@dataclass(frozen=True, slots=True)
class Music:
    """Music on hold: the ids of its sounds, in order, or to be played in random order."""

    tracks: tuple[str, ...]
    shuffle: bool = False


@dataclass(frozen=True, slots=True)
class Uploaded:
    """The ids of all sounds that are converted, and the music by its id."""

    sounds: tuple[str, ...] = ()
    music: Mapping[str, Music] = field(default_factory=dict)


def uploaded(db: Session) -> Uploaded:
    """Read the prompts of all teams, the newest sounds first. Music without a converted sound is left out."""
    ready = UploadedPrompt.state == PromptState.READY.value
    rows = db.exec(select(UploadedPrompt).where(ready).order_by(UploadedPrompt.id)).all()
    sounds = {row.id: None for row in reversed(rows) if row.kind != PromptKind.MUSIC.value}
    music = {
        row.id: Music(tracks, row.shuffle)
        for row in rows
        if row.kind == PromptKind.MUSIC.value and (tracks := tuple(id for id in row.tracks if id in sounds))
    }
    return Uploaded(tuple(sounds), music)
