"""A worker converts what was uploaded as a prompt, notes the outcome, and leaves nothing of what is deleted."""

import secrets
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import Session, select

from models import Outbox, PromptState, Team, UploadedPrompt, User
from models.file import object_key
from models.uploaded_prompt import RATES, sound_key
from switchroom.ids import new_id
from tests.support.sip.audio import hears_tone, write_tone
from workers.jobs import prompts
from workers.jobs.loose_files import remove
from workers.jobs.prompts import store_sounds
from workers.resources import Resources
from workers.sound_conversion import convert

pytestmark = pytest.mark.service

TONE = 600


def uploaded(resources: Resources, content: bytes) -> UploadedPrompt:
    user = User(email=f"{new_id()}@example.com", first_name="Ann")
    team = Team(
        team_name=new_id(),
        slug=new_id(),
        owner_id=user.id,
        billing_id=secrets.randbelow(10**9),
        number=secrets.randbelow(10**9),
    )
    prompt = UploadedPrompt(
        team_id=team.id, kind="sound", name="Hello", type="audio/wav", filename="a.wav", size=len(content)
    )
    with Session(resources.engine, expire_on_commit=False) as session:
        for row in (user, team, prompt):
            session.add(row)
            session.flush()
        session.commit()
    resources.storage.begin_upload(object_key(prompt.id), "audio/wav").finish(content)
    return prompt


def row(resources: Resources, prompt: UploadedPrompt) -> UploadedPrompt:
    with Session(resources.engine, expire_on_commit=False) as session:
        return session.get_one(UploadedPrompt, prompt.id)


def test_a_sound_becomes_ready_once(both: Resources, tmp_path: Path) -> None:
    prompt = uploaded(both, write_tone(tmp_path / "in.wav", 1.0, TONE).read_bytes())
    for _ in range(2):
        store_sounds(both, prompt.id)
    found = row(both, prompt)
    assert (found.state, found.seconds, found.error) == (PromptState.READY.value, 1.0, None)
    for rate in RATES:
        sound = tmp_path / f"{rate}.wav"
        both.storage.get_file(sound_key(prompt.id, rate), sound)
        assert sum(hears_tone(sound, TONE)) >= 4
    with Session(both.engine) as session:
        told = [one.payload for one in session.exec(select(Outbox))]
    assert {"type": "config", "kind": "prompt", "id": prompt.id} in told


def test_what_cannot_be_read_fails_with_the_reason(resources: Resources) -> None:
    prompt = uploaded(resources, b"RIFF\0\0\0\0WAVE and no more")
    store_sounds(resources, prompt.id)
    found = row(resources, prompt)
    assert (found.state, found.seconds) == (PromptState.FAILED.value, None)
    assert found.error


def test_one_that_is_deleted_while_it_is_converted_leaves_nothing(
    resources: Resources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompt = uploaded(resources, write_tone(tmp_path / "in.wav", 0.5, TONE).read_bytes())

    def converted_too_late(source: Path, *rest: object) -> object:
        with resources.engine.begin() as connection:
            connection.execute(text("DELETE FROM uploaded_prompts"))
        return convert(source, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(prompts, "convert", converted_too_late)
    store_sounds(resources, prompt.id)
    assert not any(resources.storage.exists(sound_key(prompt.id, rate)) for rate in RATES)


def test_the_objects_of_a_deleted_prompt_go(both: Resources, tmp_path: Path) -> None:
    prompt = uploaded(both, write_tone(tmp_path / "in.wav", 0.5, TONE).read_bytes())
    store_sounds(both, prompt.id)
    with both.engine.begin() as connection:
        connection.execute(text("DELETE FROM uploaded_prompts WHERE id = :id"), {"id": prompt.id})
    assert remove(both) == 1
    keys = (object_key(prompt.id), *(sound_key(prompt.id, rate) for rate in RATES))
    assert not any(both.storage.exists(key) for key in keys)
