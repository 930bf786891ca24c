"""The local pool of DID numbers: what a trunk brings here and no team has taken yet."""

import re
from collections.abc import Sequence

from sqlmodel import col, select

from models.number import InventoryNumber
from switchroom.database import session

_E164 = re.compile(r"\+[1-9]\d{6,14}")


def add_numbers(numbers: Sequence[str], *, country: str = "", state: str = "", city: str = "") -> list[str]:
    """Add those that are not there yet, and return them. Raises ValueError for one that is not E.164."""
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
