"""The database folds texts as `switchroom.texts.fold` does, on SQLite and on PostgreSQL."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from models.folded import folded
from switchroom.database import make_engine, upgrade
from switchroom.texts import fold

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
]  # fmt: skip


def test_the_database_folds_as_python_does(any_database: str) -> None:
    upgrade(any_database)
    engine = make_engine(any_database)
    with engine.connect() as connection:
        for text in TEXTS:
            assert connection.scalar(select(func.fold_text(text))) == fold(text), text
        letters = [chr(code) for code in range(0x20, 0x2FFF) if chr(code).isprintable()]
        differ = []
        for at in range(0, len(letters), 500):
            some = letters[at : at + 500]
            found = connection.execute(select(*(func.fold_text(char) for char in some))).one()
            differ += [char for char, got in zip(some, found, strict=True) if got != fold(char)]
        assert differ == []
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
