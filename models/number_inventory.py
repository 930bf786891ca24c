"""Where new DID numbers come from: the local pool (the table `inventory_numbers`)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlmodel import Session, col, select

from models.folded import folded
from models.number import InventoryNumber
from switchroom.database import session
from switchroom.texts import fold

_E164 = re.compile(r"\+[1-9]\d{6,14}")


@dataclass(frozen=True, slots=True)
class Criteria:
    """What a number must match; None matches everything. Text is compared without case and accents."""

    country: str | None = None
    state: str | None = None
    city: str | None = None
    area_code: str | None = None
    contains: str | None = None
    """Digits that stand together somewhere in the number."""
    number: str | None = None
    """This very number, E.164."""


class Inventory(Protocol):
    """Sells numbers."""

    def buy(self, db: Session, criteria: Criteria) -> InventoryNumber | None:
        """Take a matching number, which no other buyer gets. None: no number matches."""
        ...

    def release(self, db: Session, number: str) -> None:
        """Take a number back, which others may buy then."""
        ...


class LocalPool:
    """The numbers that the operator owns and has put into `inventory_numbers`."""

    def buy(self, db: Session, criteria: Criteria) -> InventoryNumber | None:
        """Take the lowest matching number. It is taken when `db` commits."""
        query = select(InventoryNumber).where(col(InventoryNumber.taken).is_(False))
        for column, wanted in (
            (InventoryNumber.country, criteria.country),
            (InventoryNumber.state, criteria.state),
            (InventoryNumber.city, criteria.city),
            (InventoryNumber.area_code, criteria.area_code),
        ):
            if wanted is not None:
                query = query.where(folded(column) == fold(wanted))
        if criteria.number is not None:
            query = query.where(InventoryNumber.e164 == criteria.number)
        if criteria.contains is not None:
            query = query.where(col(InventoryNumber.e164).contains(criteria.contains, autoescape=True))
        # On PostgreSQL two buyers must not get the same row; SQLite's BEGIN IMMEDIATE sees to that itself.
        found = db.exec(
            query.order_by(InventoryNumber.e164).limit(1).with_for_update(skip_locked=True)
        ).first()
        if found is not None:
            found.taken = True
            db.add(found)
        return found

    def release(self, db: Session, number: str) -> None:
        """Mark the number as free. One that never was in the pool stays out of it."""
        found = db.exec(select(InventoryNumber).where(InventoryNumber.e164 == number)).first()
        if found is not None:
            found.taken = False
            db.add(found)


def add_numbers(numbers: Sequence[str], *, country: str = "", state: str = "", city: str = "") -> list[str]:
    """Add the numbers that the pool does not have yet, and return them. Raises ValueError if one is not E.164."""
    wrong = [number for number in numbers if not _E164.fullmatch(number)]
    if wrong:
        raise ValueError(f"not E.164 (like +14165550100): {', '.join(wrong)}")
    with session() as db:
        known = select(InventoryNumber.e164).where(col(InventoryNumber.e164).in_(numbers))
        present = set(db.exec(known))
        new = [number for number in dict.fromkeys(numbers) if number not in present]
        for number in new:
            area = number[2:5] if number.startswith("+1") else ""
            db.add(InventoryNumber(e164=number, country=country, state=state, city=city, area_code=area))
    return new
