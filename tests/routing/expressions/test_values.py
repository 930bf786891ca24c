"""The allow-lists let no value through that has a meaning in Dial, AGI or the dialplan."""

from collections.abc import Callable
from typing import Any

import pytest

from routing.expressions import values

pytestmark = pytest.mark.unit

GOOD: dict[Callable[[Any], str | None], list[str]] = {
    values.check_sound: ["vm-intro", "digits/1", "a" * 80],
    values.check_music: ["default", "jazz_2"],
    values.check_phone: ["abc123"],
    values.check_e164: ["+14165550100", "+4930123456"],
    values.check_caller_id: ["+14165550100", "101"],
    values.check_extension: ["101"],
    values.check_id: ["0" * 32],
    values.check_block_id: ["Main_menu-1"],
    values.check_time: ["00:00", "23:59", "24:00"],
    values.check_date: ["2026-02-28"],
    values.check_timezone: ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"],
}
SPECIAL = ["\r", "\n", "\0", "&", ",", "|", "^", "(", ")", ";", '"', "\\", "$", "{", " ", "\u0661"]


@pytest.mark.parametrize("check", GOOD, ids=lambda check: check.__name__)
def test_each_check(check: Callable[[Any], str | None]) -> None:
    for value in GOOD[check]:
        assert check(value) is None
        for special in SPECIAL:
            assert check(value + special)
            assert check(special + value)
            assert check(value[:1] + special + value[1:])
    odds: list[Any] = [None, 5, True, [], {}, "", "..", "../x"]
    for odd in odds:
        assert check(odd)


@pytest.mark.parametrize("value", ["/etc/passwd", "a//b", "a/", "a/../b", "A", "a" * 81, "x.wav"])
def test_sounds_that_are_paths(value: str) -> None:
    assert values.check_sound(value)


@pytest.mark.parametrize("value", ["14165550100", "+0123456789", "+123456", "+1234567890123456", "911"])
def test_numbers_that_are_none(value: str) -> None:
    assert values.check_e164(value)


def test_dates_and_times_that_are_none() -> None:
    assert values.check_date("2026-02-30")
    assert values.check_time("24:01")
    assert values.check_time("9:00")
    assert values.check_timezone("Mars/Base")
