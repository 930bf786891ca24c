"""A call's id follows from its channel's id. Every process computes the same one."""

import pytest

from switchroom.ids import call_id, parse_id

pytestmark = pytest.mark.unit

CALL = "0192f0a1b2c3d4e5f60718293a4b5c6d"


def test_a_callbacks_channel_names_its_call() -> None:
    assert call_id(f"callback-{CALL}") == CALL


@pytest.mark.parametrize(
    "unique_id", [f"callback-{CALL}0", f"callback-{CALL.upper()}", "callback-", f"x-callback-{CALL}"]
)
def test_what_only_looks_like_one_gets_an_id_of_its_own(unique_id: str) -> None:
    made = call_id(unique_id)
    assert made != CALL
    assert parse_id(made) == made


def test_an_id_is_the_same_each_time_and_tells_the_channels_time() -> None:
    made = call_id("a-1795336805.18")
    assert made == call_id("a-1795336805.18") != call_id("b-1795336805.18")
    assert int(made[:12], 16) == 1795336805 * 1000
