"""The base of every request body, and what a PATCH needs."""

import math
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.core.errors import ValidationFailed

_DEEPEST = 40


class Body(BaseModel):
    """A JSON object from outside. Unknown and read-only fields are ignored; a wrong type is a 400 naming the
    field.

    No string anywhere in it may hold NUL or half of a surrogate pair (no database stores them), no number
    may be infinite, no integer exceed 64 bits.
    """

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False, str_strip_whitespace=True)

    @model_validator(mode="before")
    @classmethod
    def _storable(cls, data: Any) -> Any:
        if isinstance(data, dict):
            problems = {
                str(name)[:80]: problem for name, value in data.items() if (problem := _problem(value))
            }
            if problems:
                raise ValidationFailed(problems)
        return data

    def changes(self) -> dict[str, Any]:
        """Only the fields that were sent, by name: what a PATCH assigns. Objects in them are plain data."""
        return {name: _plain(getattr(self, name)) for name in self.model_fields_set}


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump()
    return [_plain(item) for item in value] if isinstance(value, list) else value


def optional() -> Any:
    """The default of a PATCH's field: left out means unchanged, while an explicit null is checked by the
    type.
    """
    return Field(default=None)


def _problem(value: Any, depth: int = 0) -> str | None:
    if depth > _DEEPEST:
        return "Nested too deeply"
    if isinstance(value, str):
        return _string_problem(value)
    if isinstance(value, float) and not math.isfinite(value):
        return "Not a finite number"
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return "Too large a number"
    if isinstance(value, dict):
        return next(
            (p for k, v in value.items() if (p := _string_problem(str(k)) or _problem(v, depth + 1))), None
        )
    if isinstance(value, list):
        return next((p for v in value if (p := _problem(v, depth + 1))), None)
    return None


def _string_problem(value: str) -> str | None:
    if "\0" in value:
        return "Contains a NUL character"
    if any("\ud800" <= char <= "\udfff" for char in value):
        return "Contains an invalid character"
    return None


Row = TypeVar("Row")


def apply(row: Row, changes: dict[str, Any]) -> Row:
    """Assign `changes` to the row's attributes of the same names."""
    for name, value in changes.items():
        setattr(row, name, value)
    return row
