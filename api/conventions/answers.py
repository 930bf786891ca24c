"""What answers are made of. An answer's model is its documentation; the tests hold every answer against it.

At run time answers are dicts, made by `Resource` and the views, and no model is made of them: that would take most of a
request's time.
"""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field

from api.conventions.schema import Schema

ID_PATTERN = "^a[0-9a-f]{32}$"
ID_EXAMPLE = "a0192f3c4d5e67890a1b2c3d4e5f60718"
TIME_PATTERN = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"
TIME_EXAMPLE = "2017-12-14T20:10:00.478Z"

PublicId = Annotated[str, Field(pattern=ID_PATTERN, examples=[ID_EXAMPLE])]
"""An id as clients see it: `a` and 32 hex digits."""
Time = Annotated[
    str, Field(pattern=TIME_PATTERN, examples=[TIME_EXAMPLE], json_schema_extra={"format": "date-time"})
]
"""A time in UTC with milliseconds."""


def _check_rounded(seconds: float) -> float:
    if seconds != round(seconds, 3):
        raise ValueError("Must be rounded to milliseconds")
    return seconds


Seconds = Annotated[float, AfterValidator(_check_rounded)]
"""A measured time. `Resource` and `show_seconds` round it to milliseconds."""


def _may_grow(schema: dict[str, Any]) -> None:
    """Let clients expect that a later release adds fields."""
    schema.pop("additionalProperties", None)


class Answer(Schema):
    """An object in an answer. It has every field of its model, and no other."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_may_grow)


class Nothing(Answer):
    """An empty object."""


@dataclass(frozen=True, slots=True)
class Column:
    """`Annotated[type, Column(...)]`: the column behind a field, where the field's name does not tell it.

    `source` is the column's name in the resource's own table, or the column of a table that its lists join.
    """

    source: Any
