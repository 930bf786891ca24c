"""Loose files: what broken uploads and deleted rows leave in S3."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlmodel import Session, select

from models import File, LooseFile, Team, utcnow
from models.file import object_key, thumbnail_key
from switchroom.ids import new_id
from switchroom.storage import PART, StorageError
from tests.workers.jobs.test_thumbnails import stored
from workers.jobs.loose_files import remove
from workers.resources import Resources

pytestmark = pytest.mark.service


def loose(resources: Resources) -> set[str]:
    with Session(resources.engine) as session:
        return set(session.exec(select(LooseFile.id)))


def test_whoever_deletes_a_row_its_objects_go(both: Resources) -> None:
    file, other = stored(both, b"x"), stored(both, b"y")
    both.storage.begin_upload(thumbnail_key(file.id), "image/png").finish(b"t")
    with both.engine.begin() as connection:
        connection.execute(text("DELETE FROM files WHERE id = :id"), {"id": file.id})
    assert loose(both) == {file.id}
    assert remove(both) == 1
    assert loose(both) == set()
    assert not both.storage.exists(object_key(file.id))
    assert not both.storage.exists(thumbnail_key(file.id))
    assert both.storage.exists(object_key(other.id))


def test_the_files_of_a_deleted_team_go_too(both: Resources) -> None:
    file = stored(both, b"x")
    with Session(both.engine) as session:
        session.delete(session.get_one(Team, file.team_id))
        session.commit()
    assert remove(both) == 1
    assert not both.storage.exists(object_key(file.id))


def test_an_upload_that_was_killed_goes_when_it_is_due(both: Resources) -> None:
    now = utcnow()
    running, killed, whole = new_id(), new_id(), new_id()
    for id in (running, killed):
        both.storage.begin_upload(object_key(id), "x/y").add(b"a" * PART)
    both.storage.begin_upload(object_key(whole), "x/y").finish(b"a")
    kept = stored(both, b"z")
    with Session(both.engine) as session:
        session.add(LooseFile(id=running, due_at=now + timedelta(hours=1)))
        session.add_all(LooseFile(id=id, due_at=now - timedelta(1)) for id in (killed, whole, kept.id))
        session.commit()
    assert remove(both) == 2
    assert loose(both) == {running}
    assert not both.storage.exists(object_key(whole))
    assert both.storage.exists(object_key(kept.id))
    assert [key for key, _ in both.storage.unfinished("files/")] == [object_key(running)]
    both.storage.abort_uploads("files/")


def test_a_refusal_stops_no_other_and_stays_loose(
    resources: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = sorted(stored(resources, b"x").id for _ in range(3))
    with Session(resources.engine) as session:
        for id in files:
            session.delete(session.get_one(File, id))
        session.commit()
    delete = resources.storage.delete

    def refuse(key: str) -> None:
        if files[1] in key:
            raise StorageError("no")
        delete(key)

    monkeypatch.setattr(resources.storage, "delete", refuse)
    with pytest.raises(StorageError):
        remove(resources)
    assert loose(resources) == {files[1]}
