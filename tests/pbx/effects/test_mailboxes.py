"""What callers want of mailboxes: messages, PINs, audio on the node's disk, and the lights of telephones."""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from pbx.configuration.mailboxes import Light, Place
from pbx.effects.lights import Lights
from pbx.effects.mailboxes import Mailboxes
from pbx.effects.messages import Messages
from pbx.metrics import Metrics
from routing.commands import CheckPin, Play, ReadMailbox, SetPin
from routing.events import StoredMessage
from routing.ids import CallId
from switchroom.messages.commands import CountMessages
from switchroom.pins import check_pin, hash_pin
from switchroom.settings import AsteriskNode, Settings
from switchroom.storage import StorageError

pytestmark = pytest.mark.unit

CALL, OTHER, TEAM, OWNER = CallId("1" * 32), CallId("2" * 32), "3" * 32, "4" * 32
MESSAGE = "5" * 32


class Database:
    """A database with one mailbox. `away`: it does not answer."""

    def __init__(self, pin: str | None = None, *, may: bool = True) -> None:
        self.pin_hash = None if pin is None else hash_pin(pin)
        self.may, self.away = may, False
        self.place: Place | None = Place("voicemail/a.wav", "a", "voicemail/x.wav")
        self.asked: list[tuple[str, ...]] = []

    def messages(self, team: str, kind: str, owner: str) -> tuple[StoredMessage, ...]:
        if self.away:
            raise OSError
        return (StoredMessage(MESSAGE, "+1416", 1.0),)

    def pin_of(self, team: str, kind: str, owner: str, user: str) -> tuple[str | None, bool]:
        if self.away:
            raise OSError
        return self.pin_hash, self.may

    def numbers_of(self, team: str, kind: str, owner: str) -> tuple[str | None, ...]:
        return None, "70419"

    def place_of(self, voicemail: str) -> Place | None:
        return self.place

    def phones_of(self, team: str, kind: str, owner: str) -> list[str]:
        if self.away:
            raise OSError
        self.asked.append((team, kind, owner))
        return ["e101t1", "e102t1"]

    def lights(self, phones: Iterable[str]) -> dict[str, Light]:
        return {phone: Light(2, 1) for phone in phones if phone != "e999t1"}


def boxes(database: Database) -> tuple[Mailboxes, list[dict[str, Any]]]:
    kept: list[dict[str, Any]] = []
    return Mailboxes(database, kept.append), kept


async def test_messages_are_read_and_an_outage_is_told() -> None:
    database = Database()
    mailboxes, _ = boxes(database)
    read = await mailboxes.read(ReadMailbox(CALL, 7, TEAM, "user", OWNER))
    assert (read.call, read.token, read.ok, [it.id for it in read.messages]) == (CALL, 7, True, [MESSAGE])
    database.away = True
    assert not (await mailboxes.read(ReadMailbox(CALL, 8, TEAM, "user", OWNER))).ok
    away = await mailboxes.check(CheckPin(CALL, 9, TEAM, "user", OWNER, "704193"))
    assert (away.token, away.problem) == (9, "away")


@pytest.mark.parametrize(
    ("pin", "may", "entered", "problem"),
    [
        ("704193", True, "704193", ""),
        ("704193", True, "704194", "wrong"),
        ("704193", False, "704193", "wrong"),
        (None, True, "", "wrong"),
        (None, True, "0000", "wrong"),
    ],
)
async def test_a_pin_opens_a_mailbox(pin: str | None, may: bool, entered: str, problem: str) -> None:
    mailboxes, _ = boxes(Database(pin, may=may))
    checked = await mailboxes.check(CheckPin(CALL, 1, TEAM, "user", OWNER, entered, "u"))
    assert checked.problem == problem


@pytest.mark.parametrize(
    ("pin", "again", "problem"),
    [
        ("805271", "805271", ""),
        ("805271", "805272", "mismatch"),
        ("1234", "1234", "weak"),
        ("70419", "70419", "weak"),
        ("12", "12", "weak"),
    ],
)
async def test_a_new_pin_is_kept_as_a_hash(pin: str, again: str, problem: str) -> None:
    mailboxes, kept = boxes(Database())
    changed = await mailboxes.change(SetPin(CALL, 1, TEAM, "queue", OWNER, pin, again))
    assert changed.problem == problem
    if problem:
        assert kept == []
    else:
        [record] = kept
        assert check_pin(record.pop("pin_hash"), pin)
        assert pin not in str(record)
        assert (record["action"], record["mailbox_kind"], record["mailbox"]) == ("pin", "queue", OWNER)


class Store:
    """S3 with one object. `away`: it does not answer."""

    away = False

    def __init__(self, settings: Settings) -> None:
        pass

    def get_file(self, key: str, path: Path) -> None:
        if self.away:
            raise StorageError("away")
        path.write_bytes(b"RIFF" + key.encode())


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    (tmp_path / "spool" / "voicemail").mkdir(parents=True)
    return tmp_path / "spool"


def messages(spool: Path, database: Database) -> Messages:
    nodes = [AsteriskNode(name="a"), AsteriskNode(name="b")]
    settings = Settings(_env_file=None, spool_dir=spool, node="a", nodes=nodes)
    return Messages(settings, Metrics(), database.place_of, Store)  # type: ignore[arg-type]


async def test_a_message_is_there_for_as_long_as_somebody_hears_it(spool: Path) -> None:
    audio, sound = messages(spool, Database()), f"messages/{MESSAGE}"
    path = spool / f"{sound}.wav"
    await audio.ensure("a", CALL, ("vm-first", sound))
    assert path.read_bytes() == b"RIFFvoicemail/a.wav"
    await audio.ensure("a", OTHER, (sound,))
    audio.forget(CALL)
    assert audio.playable(Play(OTHER, 1, ("vm-first", sound)), "a") == ("vm-first", sound)
    audio.forget(OTHER)
    assert not path.exists()
    audio.close()


async def test_a_message_that_is_not_on_s3_yet_is_heard_from_the_disk(spool: Path) -> None:
    database = Database()
    audio, sound = messages(spool, database), f"messages/{MESSAGE}"
    (spool / "voicemail/x.wav").write_bytes(b"RIFFlocal")
    database.place = Place(None, "a", "voicemail/x.wav")
    await audio.ensure("a", CALL, (sound,))
    assert (spool / f"{sound}.wav").read_bytes() == b"RIFFlocal"
    assert (spool / "voicemail/x.wav").exists(), "the job that stores it still needs it"


@pytest.mark.parametrize(
    "place", [None, Place(None, "b", "voicemail/x.wav"), Place(None, "a", "voicemail/no.wav")]
)
async def test_a_message_that_cannot_be_brought_is_left_out(spool: Path, place: Place | None) -> None:
    database = Database()
    database.place = place
    audio, sound = messages(spool, database), f"messages/{MESSAGE}"
    await audio.ensure("a", CALL, (sound,))
    assert audio.playable(Play(CALL, 1, ("vm-first", sound)), "a") == ("vm-first",)
    assert list((spool / "messages").iterdir()) == []


async def test_the_lights_of_a_mailbox_and_of_a_phone_that_registers() -> None:
    database, shown = Database(), []
    lights = Lights(database, lambda phone, light: shown.append((phone, light)))
    changed = CountMessages(team=TEAM, mailbox_kind="queue", mailbox=OWNER)
    for _ in range(3):
        lights.counted(changed)
    lights.registered("e101t1")
    lights.registered("e999t1")
    await lights.flush()
    assert sorted(shown) == [("e101t1", Light(2, 1)), ("e102t1", Light(2, 1))]
    assert database.asked == [(TEAM, "queue", OWNER)]
    await lights.flush()
    assert len(shown) == 2


async def test_lights_wait_for_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pbx.effects.lights.GATHER_SECONDS", 0)
    monkeypatch.setattr("pbx.effects.lights.RETRY_SECONDS", 0)
    database, shown = Database(), asyncio.Event()
    database.away = True
    lights = Lights(database, lambda phone, light: shown.set())
    lights.counted(CountMessages(team=TEAM, mailbox_kind="user", mailbox=OWNER))
    running = asyncio.create_task(lights.run())
    await asyncio.sleep(0)
    database.away = False
    async with asyncio.timeout(10):
        await shown.wait()
    running.cancel()
