"""What people did in mailboxes by phone, in the database: each record once, and only in the mailbox that it names."""

from typing import Any

import pytest
from sqlmodel import select

from models import Mailbox, PromptState, UploadedPrompt, Voicemail
from models.file import object_key
from models.uploaded_prompt import sound_key
from switchroom.database import session
from switchroom.messages.records import MailboxEntry, MailboxRecord
from tests.support.sip.audio import voice, write_samples
from tests.workers.conftest import payloads, rest
from tests.workers.records.test_missed_calls import TEAM, Desk
from workers.jobs.greetings import store
from workers.records.write_batch import write_batch
from workers.resources import Resources

pytestmark = pytest.mark.service


@pytest.fixture
def desk(both: Resources) -> Desk:
    return Desk(both)


def happens(desk: Desk, action: str, **details: Any) -> int:
    """Write the record twice; return how often it changed something."""
    mailbox = {"mailbox_kind": "user", "mailbox": desk.user.id}
    record = MailboxRecord(
        call=f"{1:032x}", team=TEAM, user=desk.user.id, action=action, at=1e9, **{**mailbox, **details}
    )
    changed = 0
    for _ in range(2):
        with session(desk.resources.engine) as db:
            changed += write_batch(db, [MailboxEntry(record=record, node="a")])
    return changed


def message(desk: Desk, **columns: Any) -> Voicemail:
    values = {
        "mailbox_kind": "user",
        "mailbox_id": desk.user.id,
        "state": "stored",
        "node": "a",
        "s3_key": "k",
        "file": "voicemail/x.wav",
    }
    row = Voicemail(team_id=TEAM, call_id=f"{1:032x}", **{**values, **columns})
    desk.add(row)
    return row


def now(desk: Desk, row: Voicemail) -> Voicemail:
    with session(desk.resources.engine, readonly=True) as db:
        return db.get_one(Voicemail, row.id)


def mailbox(desk: Desk) -> Mailbox:
    with session(desk.resources.engine, readonly=True) as db:
        return db.exec(select(Mailbox).where(Mailbox.owner_id == desk.user.id)).one()


def test_a_message_that_was_heard_by_phone_is_read_for_rest(desk: Desk) -> None:
    row = message(desk)
    assert happens(desk, "read", voicemail=row.id) == 1
    assert now(desk, row).read_at is not None
    assert happens(desk, "save", voicemail=row.id) == 1
    assert now(desk, row).saved
    told = [event["verb"] for event in payloads(desk.resources, "event") if event["kind"] == "voicemail"]
    assert told == ["updated", "updated"]
    lights = [it for it in payloads(desk.resources, "command") if it["type"] == "messages"]
    assert len(lights) == 2


def test_a_message_that_was_deleted_by_phone_goes_with_its_audio(desk: Desk) -> None:
    row = message(desk, transcript={"text": "x"})
    assert happens(desk, "delete", voicemail=row.id) == 1
    gone = now(desk, row)
    assert (gone.state, gone.transcript, gone.deleted_at is not None) == ("deleted", None, True)
    jobs = [(job["name"], job["queue"]) for job in payloads(desk.resources, "job")]
    assert jobs == [("store_voicemail", "recordings-a")]
    copy = message(desk, file="forwarded/1", node="")
    assert happens(desk, "delete", voicemail=copy.id) == 1
    assert [job["name"] for job in payloads(desk.resources, "job")][1:] == ["delete_audio"]
    assert happens(desk, "read", voicemail=row.id) == 0


def test_no_message_of_another_mailbox_is_changed(desk: Desk) -> None:
    row = message(desk, mailbox_id=desk.admin.id)
    for action in ("read", "save", "delete"):
        assert happens(desk, action, voicemail=row.id) == 0
    assert (now(desk, row).state, now(desk, row).read_at) == ("stored", None)


def test_a_pin_is_kept(desk: Desk) -> None:
    assert happens(desk, "pin", pin_hash="hash") == 1
    assert mailbox(desk).pin_hash == "hash"
    assert {"type": "config", "kind": "mailbox", "id": mailbox(desk).id} in payloads(
        desk.resources, "command"
    )


def test_a_greeting_that_was_recorded_is_stored_and_converted(desk: Desk) -> None:
    spool, storage = desk.resources.settings.spool_dir, desk.resources.storage
    (spool / "greetings").mkdir()
    path = write_samples(spool / "greetings/g-1.wav", voice(1))
    rest(path, 5)
    assert happens(desk, "greeting", greeting="busy", file="greetings/g-1.wav") == 1
    [job] = payloads(desk.resources, "job")
    id = job["args"][0]
    assert (job["name"], job["queue"], mailbox(desk).greetings) == (
        "store_greeting",
        "recordings-a",
        {"busy": f"uploads/{id}"},
    )
    for _ in range(2):
        assert store(desk.resources, *job["args"]) is None
    with session(desk.resources.engine, readonly=True) as db:
        prompt = db.get_one(UploadedPrompt, id)
        assert (prompt.state, prompt.kind, prompt.size > 44) == (PromptState.READY.value, "greeting", True)
    assert storage.exists(object_key(id))
    assert storage.exists(sound_key(id, 8000))
    assert not path.exists()
    assert happens(desk, "greeting", greeting="busy", file="greetings/g-2.wav") == 1
    with session(desk.resources.engine, readonly=True) as db:
        [left] = db.exec(select(UploadedPrompt)).all()
    assert left.id != id, "the former one is gone"
    assert store(desk.resources, left.id, "greetings/g-2.wav") is None
    with session(desk.resources.engine, readonly=True) as db:
        assert db.get_one(UploadedPrompt, left.id).state == "failed"
    assert happens(desk, "remove-greeting", greeting="busy") == 1
    assert mailbox(desk).greetings == {}
