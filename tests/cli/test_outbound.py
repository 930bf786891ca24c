"""`switchroom outbound`: an operator opens the telephone network for a team, and closes it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select
from typer.testing import CliRunner

from cli.main import app
from models import AuditEntry, OutboundLimits, Outbox
from switchroom import database
from switchroom.database import session
from switchroom.settings import Settings, get_settings
from tests.support.pbx.rows import Ids, migrated, seed

pytestmark = pytest.mark.service


@pytest.fixture
def ids(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ids]:
    url, engine = migrated(tmp_path)
    monkeypatch.setenv("SWITCHROOM_DATABASE_URL", url)
    get_settings.cache_clear()
    monkeypatch.setattr(database, "get_engine", lambda: engine)
    yield seed(engine, status="Available")
    get_settings.cache_clear()


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["outbound", *arguments], env={"COLUMNS": "200"})
    return result.exit_code, result.output


def test_an_operator_opens_and_closes(ids: Ids) -> None:
    assert re.search(r"open +no\b", run("show", ids.team)[1])
    status, told = run("open", ids.team, "--countries", "CA,US", "--team-per-day", "7")
    assert (status, "CA, US" in told, "alarms are signed with" in told) == (0, True, True)
    with session(database.get_engine()) as db:
        (row,) = db.exec(select(OutboundLimits)).all()
        assert (row.open, row.countries, row.team_per_day, row.decided_by) == (
            True,
            ["CA", "US"],
            7,
            "operator",
        )
        assert [box.payload["kind"] for box in db.exec(select(Outbox)) if "kind" in box.payload] == ["team"]
        (entry,) = db.exec(select(AuditEntry)).all()
        assert (entry.actor, entry.object_id, entry.details["countries"]) == (
            "command line", ids.team, ["CA", "US"],
        )  # fmt: skip
    assert run("close", ids.team)[0] == 0
    with session(database.get_engine()) as db:
        (row,) = db.exec(select(OutboundLimits)).all()
        assert (row.open, row.countries, row.team_per_day) == (False, None, None)


def test_what_is_no_limit_or_no_team_is_said(ids: Ids) -> None:
    assert run("open", ids.team, "--countries", "Canada")[0] == 2
    assert run("open", ids.team, "--classes", "gold")[0] == 2
    assert run("open", "nobody") == (1, "No team has the id or slug nobody.\n")


def test_the_settings_know_every_class() -> None:
    from routing.outbound.destinations import DestinationClass

    classes = [str(one) for one in DestinationClass]
    assert Settings(outbound_classes=classes).outbound_classes == classes  # type: ignore[arg-type]
