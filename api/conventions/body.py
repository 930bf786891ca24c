"""The bases of request bodies: `Body`, and `Patch` for bodies of which any subset may be sent."""

import math
from typing import Any, ClassVar, Self, TypeVar

from pydantic import BaseModel, ConfigDict, ModelWrapValidatorHandler, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from api.conventions.schema import Schema
from switchroom.plain_words import plain_words

_DEEPEST = 40


class Body(Schema):
    """A JSON object from outside. Unknown and read-only fields are ignored. A wrong type is a 400 that names the field.

    No string anywhere in it may hold NUL or half of a surrogate pair (no database stores them), no number may be
    infinite, and no integer may exceed 64 bits.
    """

    model_config = ConfigDict(
        extra="ignore",
        allow_inf_nan=False,
        str_strip_whitespace=True,
        # Where an answer contains the object, every field is there.
        json_schema_serialization_defaults_required=True,
    )

    @model_validator(mode="wrap")
    @classmethod
    def _storable(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        sent = data.items() if isinstance(data, dict) else ()
        problems: dict[tuple[int | str, ...], str] = {
            (str(name)[:80],): problem for name, value in sent if (problem := _problem(value))
        }
        if not problems:
            return handler(data)
        try:
            handler(data)
        except ValidationError as error:
            # Whoever sent it is told everything at once.
            found = [
                one
                for one in error.errors()
                if tuple(str(part)[:80] for part in one["loc"][:1]) not in problems
            ]
            problems = {one["loc"]: plain_words(one) for one in found} | problems
        raise ValidationError.from_exception_data(
            cls.__name__,
            [
                InitErrorDetails(type=PydanticCustomError("refused", problem), loc=loc, input=None)
                for loc, problem in problems.items()
            ],
        )

    def changes(self) -> dict[str, Any]:
        """Return only the fields that were sent, by name: what a PATCH assigns. Objects in them are plain data."""
        return {name: _plain(getattr(self, name)) for name in self.model_fields_set}


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump()
    return [_plain(item) for item in value] if isinstance(value, list) else value


class Patch(Body):
    """A body of which any subset may be sent. What is not sent stays as it is, so no field has a default.

    A field that was not sent reads as None. A null that was sent is checked by the field's type.
    """

    partial: ClassVar[bool] = True


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
