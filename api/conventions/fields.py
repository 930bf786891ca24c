"""Types of fields that come from outside, each with its allow-list. A wrong value is a 400 that names the field.

Strings that can reach Asterisk (names shown on phones, numbers, sounds) refuse every character that means
something to Dial, AGI or the dialplan; see `routing.expressions.values` for those of queues and routes.
"""

import re
import unicodedata
import zoneinfo
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, GetCoreSchemaHandler, Strict, StringConstraints
from pydantic_core import CoreSchema, core_schema

from api.conventions.moments import bounded
from routing.config import MAILBOX
from routing.expressions import values
from switchroom.ids import parse_id
from switchroom.numbers import E164 as E164_FORM
from switchroom.numbers import digits_of, parse
from switchroom.texts import clean, is_visible

_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")
# Between two labels there is always a dot: else a text could be read in too many ways.
_EMAIL = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9][a-z0-9-]{0,62}(?:\.[a-z0-9-]{1,63}){0,29}")
_NAME_MARKS = frozenset(" ._'\u2019@+-&")
"""What a telephone's name may have beside letters, their marks and digits."""
_BETWEEN = r"[+0-9 ()\u00a0\u2010-\u2015-]+"
_WRITTEN = re.compile(rf"{_BETWEEN}(?:[./]{_BETWEEN})*")
"""What people write between the digits of a number."""
LONGEST_EXTENSION = 6
_EXTENSION = re.compile(r"[0-9]{2,6}")
NOT_E164 = "Not a telephone number in E.164 form, for example +14165550100"
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_URL = re.compile(r"https?://[^\s\"<>\\^`{|}]{1,1990}", re.IGNORECASE)


def _id(value: Any) -> str:
    found = parse_id(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("Not an id")
    return found


def _one_line(value: str) -> str:
    if _CONTROL.search(value):
        raise ValueError("Contains a control character")
    cleaned = clean(value)
    if value and not is_visible(cleaned):
        raise ValueError("Has nothing that can be seen")
    return cleaned


def _email(value: str) -> str:
    value = value.strip().lower()
    if not _EMAIL.fullmatch(value) or ".." in value or len(value) > 254 or value.endswith((".", "-")):
        raise ValueError("Not an e-mail address")
    return value


def _telephone_name(value: str) -> str:
    value = clean(_one_line(value))
    kinds = [unicodedata.category(char)[0] for char in value]
    good = all(kind in "LMN" or char in _NAME_MARKS for char, kind in zip(value, kinds, strict=True))
    if not good or not kinds or kinds[0] not in "LN":
        raise ValueError("Use letters, digits, space and . _ ' @ + - & only; begin with a letter or digit")
    return value


def _e164(value: str) -> str:
    digits = digits_of(value) if _WRITTEN.fullmatch(value) else ""
    international = parse(value) if digits.startswith(("+", "00")) else ""
    if not international and not E164_FORM.fullmatch(digits):
        raise ValueError(NOT_E164)
    return international or digits


def _written_number(value: str) -> str:
    digits = digits_of(value) if _WRITTEN.fullmatch(value) else ""
    if not digits:
        raise ValueError(NOT_E164)
    return _e164(value) if digits.startswith(("+", "00")) else digits


def _caller_id(value: str) -> str:
    return _e164(value) if value.startswith("+") else _telephone_name(value)


def _forward_target(value: str) -> str:
    if value == MAILBOX:
        return value
    if _EXTENSION.fullmatch(value):
        return value
    number = _written_number(value)
    if len(number) <= LONGEST_EXTENSION:
        raise ValueError("Not a telephone number, an extension or `voicemail`")
    return number


@cache
def timezones() -> set[str]:
    """Return the names of all zones. To find them reads the whole time-zone data, so it is done once."""
    return zoneinfo.available_timezones() - {"localtime", "Factory"}


def _timezone(value: str) -> str:
    if value not in timezones():
        raise ValueError("Not an IANA time zone, for example America/Toronto")
    return value


def _music(value: str) -> str:
    """Check the name of a class. An uploaded prompt's id gets its inner spelling."""
    if id := parse_id(value):
        return id
    if problem := values.check_music(value):
        raise ValueError(problem)
    return value


def _slug(value: str) -> str:
    if not _SLUG.fullmatch(value):
        raise ValueError("Use lower-case letters, digits and single dashes")
    return value


def _url(value: str) -> str:
    if not _URL.fullmatch(value):
        raise ValueError("Not a web address (http or https)")
    return value


T = TypeVar("T")


class _Choice:
    """Takes a value of an enumeration as JSON has it, and tells the choices if it is none."""

    def __get_pydantic_core_schema__(self, source: type[Enum], handler: GetCoreSchemaHandler) -> CoreSchema:
        text = handler.generate_schema(Annotated[source, Strict(False)])
        choices = ", ".join(str(one.value) for one in source)
        return core_schema.custom_error_schema(
            text, custom_error_type="choice", custom_error_message=f"One of {choices}"
        )


def _is_text(value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError("Not a text")
    return value


OneOf = Annotated[T, _Choice()]
"""`OneOf[Strategy]`: a text that is a value of the enumeration."""
Pair = Annotated[T, Strict(False)]
"""`Pair[tuple[str, int]]`: a list of so many values of these types."""
Moment = Annotated[
    datetime,
    BeforeValidator(_is_text),
    Strict(False),
    AfterValidator(bounded),
    Field(examples=["2026-03-02T09:30:00Z"]),
]
"""A time in ISO 8601, of the years that `api.conventions.moments` takes."""
Day = Annotated[date, BeforeValidator(_is_text), Strict(False), Field(examples=["2026-03-02"])]
"""A date in ISO 8601."""
Id = Annotated[str, BeforeValidator(_id), Field(examples=["a0192f3c4d5e67890a1b2c3d4e5f60718"])]
"""Any accepted spelling; becomes 32 hex digits."""
Line = Annotated[str, StringConstraints(max_length=100), AfterValidator(_one_line)]
"""Free text of one line, composed (NFC). What nobody sees is taken out of it."""
Place = Annotated[
    str, StringConstraints(max_length=300), AfterValidator(_one_line), Field(examples=["Tower 2, floor 7"])
]
"""Where somebody is, in words; as `Line`."""
Email = Annotated[
    str, StringConstraints(max_length=320), AfterValidator(_email), Field(examples=["jane@example.com"])
]
"""Becomes lower case."""
Password = Annotated[
    str,
    StringConstraints(min_length=6, max_length=256, strip_whitespace=False),
    Field(examples=["correct horse battery"]),
]
TelephoneName = Annotated[str, StringConstraints(max_length=80), AfterValidator(_telephone_name)]
"""A name that phones show or the dialplan carries."""
E164 = Annotated[str, AfterValidator(_e164), Field(examples=["+14165550100"])]
"""An international number. Any way to write it is taken (`+1 (416) 555-0100`, `0014165550100`); becomes E.164."""
WrittenNumber = Annotated[str, AfterValidator(_written_number), Field(examples=["+14165550100"])]
"""As `E164`, or a national number, which `api.conventions.national` makes E.164 by the team's country."""
CallerId = Annotated[
    str, StringConstraints(max_length=80), AfterValidator(_caller_id), Field(examples=["+14165550100"])
]
Extension = Annotated[str, StringConstraints(pattern=r"^[0-9]{2,6}$"), Field(examples=["101"])]
ForwardTarget = Annotated[str, AfterValidator(_forward_target), Field(examples=["+14165550100"])]
"""An extension, a number as `WrittenNumber`, or `voicemail`."""
Timezone = Annotated[str, AfterValidator(_timezone), Field(examples=["America/Toronto"])]
Slug = Annotated[
    str, StringConstraints(min_length=1, max_length=100), AfterValidator(_slug), Field(examples=["acme"])
]
Url = Annotated[str, AfterValidator(_url), Field(examples=["https://www.example.com"])]
Color = Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{6}$"), Field(examples=["87b1c4"])]
MusicClass = Annotated[str, AfterValidator(_music)]
"""A class of music on hold, or the id of music that the team uploaded."""
Language = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=20),
    Field(examples=["en-CA"]),
]
