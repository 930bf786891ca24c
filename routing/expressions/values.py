"""Allow-lists of every string that can reach Asterisk: one exact pattern for each kind of value.

Each `check_*` function returns None if the value is good, else a sentence for the person who typed it. No accepted
value holds CR, LF, NUL, a blank or any of `& , | ^ ( ) ; " \\ $ {`, which have a meaning in Dial, AGI or the dialplan.
"""

import re
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from routing.expressions.shapes import shaped

_SOUND = re.compile(r"[a-z0-9/_-]{1,80}")
_MUSIC = re.compile(r"[a-z0-9_-]{1,40}")
_PHONE = re.compile(r"[a-z0-9]{1,40}")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_CALLER_ID = re.compile(r"\+?[0-9]{1,15}")
_EXTENSION = re.compile(r"[0-9]{1,10}")
_ID = re.compile(r"[0-9a-f]{32}")
_BLOCK_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_TIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DAY = re.compile(r"(?:[0-9]{4}-)?[0-9]{2}-[0-9]{2}")
YEARS = range(1970, 3000)
"""The years of every date and time that is taken."""
_ZONE = re.compile(r"[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+){0,2}")


def _matches(pattern: re.Pattern[str], value: Any, sentence: str) -> str | None:
    return None if isinstance(value, str) and pattern.fullmatch(value) else sentence


@shaped(type="string", pattern=f"^{_SOUND.pattern}$")
def check_sound(value: Any) -> str | None:
    """Check a name of the sound library, without language and ending: `vm-intro`, `digits/1`, `team/<id>/hello`."""
    problem = _matches(_SOUND, value, "must be a sound's name: 1 to 80 of a-z 0-9 / _ -")
    if problem is None and (value.startswith("/") or value.endswith("/") or "//" in value):
        return "must be a sound's name without empty parts"
    return problem


@shaped(type="string", pattern=f"^{_MUSIC.pattern}$")
def check_music(value: Any) -> str | None:
    """Check a music-on-hold class."""
    return _matches(_MUSIC, value, "must be a music class: 1 to 40 of a-z 0-9 _ -")


def check_phone(value: Any) -> str | None:
    """Check a PJSIP endpoint's name."""
    return _matches(_PHONE, value, "must be a SIP account: 1 to 40 of a-z 0-9")


@shaped(type="string", pattern=f"^{_E164.pattern}$")
def check_e164(value: Any) -> str | None:
    """Check a telephone number in E.164: `+14165550100`."""
    return _matches(_E164, value, "must be a telephone number in E.164, for example +14165550100")


@shaped(type="string", pattern=f"^{_CALLER_ID.pattern}$")
def check_caller_id(value: Any) -> str | None:
    """Check a number to show to the called party: digits, with or without a leading `+`."""
    return _matches(_CALLER_ID, value, "must be a number: 1 to 15 digits, with or without a leading +")


def check_extension(value: Any) -> str | None:
    """Check an internal extension."""
    return _matches(_EXTENSION, value, "must be an extension: 1 to 10 digits")


@shaped(type="string")
def check_id(value: Any) -> str | None:
    """Check an id in its inner spelling."""
    return _matches(_ID, value, "must be an id: 32 lower-case hex digits")


def check_block_id(value: Any) -> str | None:
    """Check a key of a route's `blocks`."""
    return _matches(_BLOCK_ID, value, "must be 1 to 64 of A-Z a-z 0-9 _ -")


def check_time(value: Any) -> str | None:
    """Check a time of day, `00:00` to `24:00`."""
    return _matches(_TIME, value, "must be a time of day, HH:MM")


def check_date(value: Any) -> str | None:
    """Check a day of the calendar, `YYYY-MM-DD`."""
    sentence = f"must be a date, YYYY-MM-DD, of the years {YEARS[0]} to {YEARS[-1]}"
    if problem := _matches(_DATE, value, sentence):
        return problem
    try:
        return None if date.fromisoformat(value).year in YEARS else sentence
    except ValueError:
        return sentence


@shaped(type="string", pattern=f"^{_DAY.pattern}$")
def check_day(value: Any) -> str | None:
    """Check a date, `YYYY-MM-DD`, or a day of every year, `MM-DD`."""
    if isinstance(value, str) and len(value) == len("MM-DD"):
        return "must be a day of every year, MM-DD" if check_date(f"2000-{value}") else None
    problem = check_date(value)
    return f"{problem}; or a day of every year, MM-DD" if problem else None


@shaped(type="string", description="An IANA time zone.")
def check_timezone(value: Any) -> str | None:
    """Check an IANA time zone that this machine knows."""
    sentence = "must be an IANA time zone, for example Europe/Berlin"
    if problem := _matches(_ZONE, value, sentence):
        return problem
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        return sentence
    return None
