"""`switchroom trunks`: an operator says over which trunks calls go out."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select
from typer.testing import CliRunner

from cli.main import app
from models import AuditEntry, DidNumber, Outbox, TrunkRule
from pbx.configuration.loader import Database
from routing.config import TeamConfig
from routing.config import TrunkRule as Rule
from switchroom import database
from switchroom.database import session
from switchroom.settings import get_settings
from tests.support.pbx.rows import Ids, migrated, seed

pytestmark = pytest.mark.service

TRUNKS = [
    {"name": "one", "addresses": ["203.0.113.1"], "host": "one.example"},
    {"name": "two", "addresses": ["203.0.113.2"], "host": "two.example"},
    {"name": "in-only", "addresses": ["203.0.113.3"]},
]


@pytest.fixture
def ids(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ids]:
    url, engine = migrated(tmp_path)
    monkeypatch.setenv("SWITCHROOM_DATABASE_URL", url)
    monkeypatch.setenv("SWITCHROOM_TRUNKS", json.dumps(TRUNKS))
    get_settings.cache_clear()
    monkeypatch.setattr(database, "get_engine", lambda: engine)
    yield seed(engine, status="Available")
    get_settings.cache_clear()


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["trunks", *arguments], env={"COLUMNS": "200"})
    return result.exit_code, result.output


def own_number() -> str:
    with session(database.get_engine(), readonly=True) as db:
        return db.exec(select(DidNumber.e164)).first() or ""


def test_the_most_special_rule_comes_first_in_the_engine(ids: Ids) -> None:
    number = own_number()
    for rule in (
        ("two",),
        ("two", "one", "--prefix", "+49"),
        ("one", "--team", ids.team),
        ("two", "--team", ids.team, "--prefix", "+4930"),
        ("one", "two", "--number", number),
    ):
        status, told = run("set", *rule)
        assert status == 0, told
    loaded = Database(database.get_engine(), get_settings()).load_one("team", ids.team)
    (team,) = loaded.items
    assert isinstance(team, TeamConfig)
    assert team.trunks == (
        Rule(("one", "two"), number),
        Rule(("two",), "", "+4930"),
        Rule(("one",)),
        Rule(("two", "one"), "", "+49"),
        Rule(("two",)),
    )
    assert f"{number}" in run("list")[1]


def test_a_rule_is_replaced_and_removed(ids: Ids) -> None:
    run("set", "one", "--team", ids.team)
    run("set", "two", "--team", ids.team)
    with session(database.get_engine()) as db:
        (rule,) = db.exec(select(TrunkRule)).all()
        assert rule.trunks == ["two"]
        kinds = [box.payload for box in db.exec(select(Outbox)) if box.payload.get("kind") == "team"]
        assert [told["id"] for told in kinds] == [ids.team, ids.team]
    assert run("remove", "--team", ids.team)[0] == 0
    assert run("remove", "--team", ids.team) == (1, "There is no such rule.\n")
    with session(database.get_engine()) as db:
        assert db.exec(select(TrunkRule)).all() == []
        assert len(db.exec(select(AuditEntry)).all()) == 3


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (["nowhere"], "trunks: No trunk with a host is named nowhere. There are: one, two"),
        (["in-only"], "trunks: No trunk with a host is named in-only. There are: one, two"),
        (["one", "one"], "trunks: 1 to 10 names, each once"),
        (["one", "--prefix", "49"], "prefix: "),
        (["one", "--prefix", "+0"], "prefix: "),
        (["one", "--number", "+14165559999"], "number: No team has this number"),
    ],
)
def test_what_is_no_rule_is_said(ids: Ids, arguments: list[str], field: str) -> None:
    status, told = run("set", *arguments)
    assert (status, told.startswith(field)) == (2, True), told
    with session(database.get_engine()) as db:
        assert db.exec(select(TrunkRule)).all() == []
