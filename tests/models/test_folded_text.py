"""The database folds texts as `switchroom.texts.fold` does, on SQLite and on PostgreSQL."""

from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Engine, func, select, text
from sqlmodel import col

from models import Contact
from models.folded import folded
from switchroom.database import alembic_config, make_engine, upgrade
from switchroom.texts import fold
from tests.support.servers import new_postgres_database

pytestmark = pytest.mark.service


@pytest.fixture(params=["sqlite", "postgresql"])
def any_database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return (
        f"sqlite:///{tmp_path}/new.db"
        if request.param == "sqlite"
        else str(request.getfixturevalue("fresh_postgres"))
    )


TEXTS = [
    "Élodie", "E\u0301LODIE", "ÉCOLE", "Иван Йорданов", "Straße", "STRASSE", "ẞ", "Ωμέγα ΣΊΣΥΦΟΣ", "हिन्दी",
    "ฝ่ายขาย", "İstanbul",
    "ışık", "Łódź", "Ørsted", "ﬁn", "Ｆｕｌｌ", "한국어", "日本語 ガ", "مرحبا", "O’Brien",
    "Sales & Support", "", "a_b%c", "𝒜", "Ǆ", "ᾳ",
    "a  b\t\tc", "é \u3000\u2003 é", "क्\u200dष", "می\u200cخواهم", "\u00a8x", "\u1c80\u1c88", "Ꭰꭰᏸ",
]  # fmt: skip


def check_folds(engine: Engine) -> None:
    with engine.connect() as connection:
        for one in TEXTS:
            assert connection.scalar(select(func.fold_text(one))) == fold(one), one
        letters = [chr(code) for code in range(0x20, 0x2FFF) if chr(code).isprintable()]
        differ = []
        for at in range(0, len(letters), 500):
            some = letters[at : at + 500]
            found = connection.execute(select(*(func.fold_text(char) for char in some))).one()
            differ += [char for char, got in zip(some, found, strict=True) if got != fold(char)]
        assert differ == []
    engine.dispose()


def test_the_database_folds_as_python_does(any_database: str) -> None:
    upgrade(any_database)
    check_folds(make_engine(any_database))


def test_a_postgresql_without_icu_takes_the_c_librarys_letters(fresh_postgres: str) -> None:
    engine = make_engine(fresh_postgres)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM pg_collation WHERE collprovider = 'i'"))
    upgrade(fresh_postgres)
    with engine.connect() as connection:
        source = connection.scalar(text("SELECT prosrc FROM pg_proc WHERE proname = 'fold_text'"))
    assert 'COLLATE "C.utf8"' in source
    check_folds(engine)


def test_a_postgresql_that_knows_ascii_letters_alone_is_refused(fresh_postgres: str) -> None:
    engine = make_engine(fresh_postgres)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM pg_collation WHERE collname NOT IN ('default', 'C', 'POSIX')"))
    with pytest.raises(RuntimeError, match=r"none of the collations und-x-icu, .* use a PostgreSQL with ICU"):
        upgrade(fresh_postgres)
    engine.dispose()


def test_a_database_of_another_encoding_is_refused(postgres_server: str) -> None:
    url = new_postgres_database(postgres_server, "ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    with pytest.raises(RuntimeError, match="encoding LATIN1, and Switchroom needs UTF8"):
        upgrade(url)


def test_rows_of_before_are_found_and_ordered(any_database: str) -> None:
    command.upgrade(alembic_config(any_database), "0003")
    engine = make_engine(any_database)
    row = text(
        "INSERT INTO contacts (id, first_name, last_name, attributes, created_at, updated_at)"
        " VALUES (:name, :name, '', '{}', '2026-01-01 00:00:00', '2026-01-01 00:00:00')"
    )
    zoe, elodie, emil, ivan = "Zoe\u0301", "\u00c9lodie", "emil", "\u0418\u0432\u0430\u043d"
    with engine.begin() as connection:
        connection.execute(row, [{"name": name} for name in (zoe, elodie, emil, ivan)])
    upgrade(any_database)
    name = col(Contact.first_name)
    with engine.connect() as connection:
        assert list(connection.scalars(select(name).order_by(folded(name)))) == [elodie, emil, zoe, ivan]
        assert list(connection.scalars(select(name).where(folded(name) == fold("ZO\u00cb")))) == [zoe]
    engine.dispose()


def test_the_order_is_the_same_everywhere(any_database: str) -> None:
    upgrade(any_database)
    engine = make_engine(any_database)
    with engine.connect() as connection:
        for one in TEXTS:
            for other in TEXTS[:6]:
                less = folded(func.fold_text(one)) < folded(func.fold_text(other))
                found = connection.scalar(select(less))
                assert bool(found) == (fold(one) < fold(other))
    engine.dispose()
