"""A list of ids as one parameter means the same on both databases."""

import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session, col

from models import Outbox, OutboxKind
from models.among import among
from models.outbox import emit


@pytest.mark.parametrize("size", [0, 1, 2, 300])
def test_rows_whose_id_is_listed(engine: Engine, size: int) -> None:
    with Session(engine) as session:
        for number in range(3):
            emit(session, OutboxKind.COMMAND, {"n": number})
        session.commit()
        every = list(session.execute(select(col(Outbox.id)).order_by(col(Outbox.id))).scalars())
        wanted = [*every[:size], *('it\'s "odd"; --' for _ in range(size - len(every)))]
        listed = select(col(Outbox.id)).where(among(col(Outbox.id), "ids")).order_by(col(Outbox.id))
        assert list(session.execute(listed, {"ids": wanted}).scalars()) == every[:size]


def test_an_index_finds_the_listed_rows(engine: Engine) -> None:
    listed = select(col(Outbox.kind)).where(among(col(Outbox.id), "ids"))
    text = str(listed.compile(dialect=engine.dialect))
    if engine.dialect.name == "postgresql":
        assert "WHERE outbox.id = ANY(" in text
        return
    with engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", ("[]",)).all()
    assert "SEARCH outbox USING INDEX" in plan[0][3]
