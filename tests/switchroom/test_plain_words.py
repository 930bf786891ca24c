"""What is wrong with a value is said in our words."""

import re
from datetime import date, datetime, time
from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from pydantic import AfterValidator, Field, TypeAdapter, ValidationError
from pydantic_core._pydantic_core import list_all_errors

from switchroom.plain_words import _WORDS, plain_words

pytestmark = pytest.mark.unit


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


def refuse(value: int) -> int:
    raise ValueError("Is taken")


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        (str, 1, "Must be a text"),
        (Annotated[str, Field(min_length=3)], "a", "Needs 3 characters or more"),
        (Annotated[str, Field(max_length=3)], "abcd", "At most 3 characters"),
        (int, "x", "Must be a whole number"),
        (int, 1.5, "Must be a whole number"),
        (Annotated[float, Field(le=5)], 6, "Must be 5 or less"),
        (Annotated[float, Field(gt=0.5)], 0.5, "Must be more than 0.5"),
        (bool, "perhaps", "Must be true or false"),
        (list[int], {}, "Must be a list"),
        (dict[str, int], [], "Must be an object"),
        (Annotated[list[int], Field(min_length=1)], [], "Needs 1 items or more"),
        (Literal["a", "b"], "c", "Must be 'a' or 'b'"),
        (Colour, "green", "Must be 'red' or 'blue'"),
        (datetime, "yesterday", "Must be a time like 2026-01-31T09:00:00Z"),
        (date, "31.1.2026", "Must be a date like 2026-01-31"),
        (time, "late", "Must be a time of day like 09:00"),
        (Annotated[int, AfterValidator(refuse)], 1, "Is taken"),
    ],
)
def test_what_is_wrong_says_what_would_be_right(kind: Any, value: Any, said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(kind).validate_python(value)
    assert [plain_words(error) for error in refused.value.errors()] == [said]


def test_every_kind_of_error_is_pydantics_and_has_the_facts_that_it_names() -> None:
    known = {error["type"]: error for error in list_all_errors()}
    assert _WORDS.keys() - known.keys() - {"missing"} == set()
    for kind, words in _WORDS.items():
        example = known[kind].get("example_context") or {}
        assert set(re.findall(r"\{(\w+)\}", words)) <= example.keys(), kind
