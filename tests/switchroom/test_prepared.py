"""A prepared statement gives what SQLAlchemy gives, on both databases."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, bindparam, or_, select, true
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlmodel import Session, col, insert

from models import Department, Outbox, Team
from models.among import among
from switchroom import database
from switchroom.prepared import MOST, Prepared

IDS = [f"{number:032x}" for number in range(1, 6)]
NOON = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)


@pytest.fixture
def filled(engine: Engine) -> Engine:
    with database.session(engine) as session:
        for number, id in enumerate(IDS):
            payload = {"n": number, "text": 'ä "odd" 100 % :name'}
            session.add(Outbox(id=id, kind="job", payload=payload, attempts=number, available_at=NOON))
    return engine


EVERY = select(
    col(Outbox.id), col(Outbox.payload), col(Outbox.attempts), col(Outbox.available_at), col(Outbox.error)
).order_by(col(Outbox.id))


def both(engine: Engine, statement: object, **values: object) -> list[tuple[object, ...]]:
    """Return the rows that both ways give."""
    with database.session(engine, readonly=True) as session:
        usual = [tuple(row) for row in session.execute(statement, values)]  # type: ignore[call-overload]
        prepared = Prepared(statement)
        assert [tuple(row) for row in prepared.rows(session, values)] == usual
        assert [tuple(row) for row in prepared.rows(session, values)] == usual
    return usual


def test_values_are_those_of_the_columns_types(filled: Engine) -> None:
    found = both(filled, EVERY)
    assert [row[0] for row in found] == IDS
    assert found[2] == (IDS[2], {"n": 2, "text": 'ä "odd" 100 % :name'}, 2, NOON, None)


def test_parameters_are_converted_and_values_in_the_statement_stay(filled: Engine) -> None:
    since = EVERY.where(col(Outbox.available_at) <= bindparam("now"), col(Outbox.kind) == "job")
    assert len(both(filled, since, now=NOON)) == 5
    assert both(filled, since, now=NOON.replace(second=0, microsecond=0)) == []
    at = EVERY.where(col(Outbox.available_at).in_(bindparam("times", expanding=True)))
    assert len(both(filled, at, times=[NOON, NOON.replace(year=2020)])) == 5
    odd = EVERY.where(col(Outbox.payload)["text"].as_string().contains("100 %", autoescape=True), true())
    assert len(both(filled, odd)) == 5


@pytest.mark.parametrize("size", [0, 1, 3])
def test_lists_of_several_lengths(filled: Engine, size: int) -> None:
    listed = EVERY.where(
        or_(
            col(Outbox.id).in_(bindparam("ids", expanding=True)),
            among(col(Outbox.id), "others"),
            col(Outbox.attempts).in_([4, 99]),
        )
    )
    found = both(filled, listed, ids=IDS[:size], others=IDS[:1])
    assert [row[0] for row in found] == [*IDS[: max(size, 1)], IDS[4]]


def test_one_statement_serves_lists_of_all_lengths(filled: Engine) -> None:
    statement = Prepared(EVERY.where(col(Outbox.id).in_(bindparam("ids", expanding=True))))
    with database.session(filled, readonly=True) as session:
        for size in [3, 0, 5, 3, *range(MOST + 5), 2]:
            ids = [*IDS, *("none" for _ in range(size))][:size]
            assert len(statement.rows(session, {"ids": ids})) == min(size, 5)


def test_rows_by_their_columns_names(filled: Engine) -> None:
    with database.session(filled, readonly=True) as session:
        row = Prepared(EVERY, named=True).rows(session, {})[1]
    assert (row.id, row.attempts, row.available_at) == (IDS[1], 1, NOON)


def test_what_the_session_has_not_written_yet_is_seen(filled: Engine) -> None:
    with database.session(filled) as session:
        session.add(Outbox(id="f" * 32, kind="job", available_at=NOON))
        assert len(Prepared(EVERY).rows(session, {})) == 6


def test_a_value_that_is_missing_is_no_earlier_callers(filled: Engine) -> None:
    one = Prepared(EVERY.where(col(Outbox.id) == bindparam("id"), col(Outbox.kind) == bindparam("kind")))
    with database.session(filled, readonly=True) as session:
        assert len(one.rows(session, {"id": IDS[0], "kind": "job"})) == 1
        with pytest.raises((KeyError, DBAPIError), match="id"):
            one.rows(session, {"kind": "job"})


def test_errors_are_those_of_sqlalchemy(filled: Engine) -> None:
    names = ("id", "created_at", "team_id", "name", "ring_type")
    values = {f"new_{name}": "x" for name in names} | {"new_created_at": NOON}
    columns = {name: bindparam(f"new_{name}") for name in names}
    orphan = Prepared(insert(Department).values({**columns, "updated_at": NOON}))
    with Session(filled) as session, pytest.raises(IntegrityError) as raised:
        orphan.rows(session, values)
    assert "INSERT INTO departments" in str(raised.value)
    with Session(filled) as session, pytest.raises(DBAPIError, match="nowhere"):
        Prepared(select(col(Team.id)).where(col(Team.id).op("IS nowhere")(1))).rows(session, {})


def test_a_connection_that_is_gone_is_not_used_again(filled: Engine) -> None:
    statement = Prepared(EVERY)
    with Session(filled) as session:
        assert len(statement.rows(session, {})) == 5
        driver = session.connection().connection.driver_connection
        assert driver is not None
        driver.close()
        with pytest.raises(SQLAlchemyError):
            statement.rows(session, {})
    with Session(filled) as session:
        assert len(statement.rows(session, {})) == 5
