"""FindContact returns what the database has, or nothing if the database does not answer."""

import logging
import threading

import pytest

from pbx.effects import contacts as module
from pbx.effects.contacts import Contacts
from routing.commands import FindContact
from routing.events import ContactFound
from routing.ids import CallId, TeamId

pytestmark = pytest.mark.unit

CALL = CallId("c" * 32)
COMMAND = FindContact(CALL, 3, TeamId("t" * 32), "+14165550111")


async def test_a_contact_is_found() -> None:
    asked: list[tuple[str, str]] = []

    def find(team: str, number: str) -> dict[str, str]:
        asked.append((team, number))
        return {"name": "Ann"}

    assert await Contacts(find).find(COMMAND) == ContactFound(CALL, 3, {"name": "Ann"})
    assert asked == [("t" * 32, "+14165550111")]


async def test_nobody_has_the_number() -> None:
    assert await Contacts(lambda team, number: None).find(COMMAND) == ContactFound(CALL, 3)


async def test_a_database_that_is_away_finds_nobody(caplog: pytest.LogCaptureFixture) -> None:
    def find(team: str, number: str) -> None:
        raise OSError(f"cannot ask for {number}")

    with caplog.at_level(logging.WARNING):
        assert await Contacts(find).find(COMMAND) == ContactFound(CALL, 3)
    assert len(caplog.records) == 1
    assert "4165550111" not in caplog.text


async def test_a_database_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SECONDS", 0.05)
    hanging = threading.Event()

    def find(team: str, number: str) -> None:
        hanging.wait(10)

    contacts = Contacts(find)
    assert await contacts.find(COMMAND) == ContactFound(CALL, 3)
    hanging.set()
    contacts.close()
