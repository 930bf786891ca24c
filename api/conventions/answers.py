"""What clients get: the models of answers, for the OpenAPI document and for the tests.

At run time answers are plain dictionaries; nothing validates them. Tests hold each answer against its operation's
model (`create_app(checks_answers=True)`), which knows every field: a field that no model names fails there.
"""

import functools
import operator
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, create_model

from api.conventions.resource import Resource

PublicId = Annotated[str, Field(pattern=r"^a[0-9a-f]{32}$", examples=["a0199a5b6c7d87e8f9012a3b4c5d6e7f8"])]
Time = Annotated[
    str,
    Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", examples=["2017-12-14T20:10:00.478Z"]),
]
_TYPES: dict[str, Any] = {
    "id": PublicId, "time": Time, "text": str, "integer": int, "number": float, "boolean": bool,
}  # fmt: skip


class Answer(BaseModel):
    """The base of every answer."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Nothing(Answer):
    """`{}`: it is done, and there is nothing to say."""


def answer(name: str, resource: Resource, doc: str = "", **more: Any) -> type[Answer]:
    """Make the model of a resource's answer: a field for each of its columns, and `more`.

    `more` adds a field or replaces a column's: a type, or a pair of a type and a default for what may be absent.
    """
    fields: dict[str, Any] = {field: (_type(resource, field), ...) for field in resource.fields}
    fields |= {field: kind if isinstance(kind, tuple) else (kind, ...) for field, kind in more.items()}
    made: type[Answer] = create_model(name, __base__=Answer, __doc__=doc or None, **fields)
    return made


def only(name: str, model: type[Answer], *fields: str) -> type[Answer]:
    """Make a model with these fields of another one."""
    known = model.model_fields
    kept: dict[str, Any] = {field: (known[field].annotation, known[field]) for field in fields}
    made: type[Answer] = create_model(name, __base__=Answer, **kept)
    return made


def many(model: Any) -> Any:
    """Return the type of a list of these."""
    return list[model]


def either(*kinds: Any) -> Any:
    """Return the type of what is one of these."""
    return functools.reduce(operator.or_, kinds)


def _type(resource: Resource, field: str) -> Any:
    column = resource.column(field)
    kind = resource.kind(field)
    if kind == "json":
        return resource.model.model_fields[str(column.key)].annotation
    found = _TYPES[kind]
    return found | None if getattr(column, "nullable", False) else found
