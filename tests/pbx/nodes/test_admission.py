"""The limit of calls follows the delay with which Asterisk does what it is asked."""

import pytest

from pbx.ami import Action
from pbx.asterisk.protocol import actions
from pbx.nodes.admission import ENOUGH, FEWEST, LATE, LOST, SLOW, Admission, Reaction, begins
from routing.acd.admission import FULL

pytestmark = pytest.mark.unit
CHANNEL = "PJSIP/test-00000001"


class Asterisk:
    """Answers so many actions a second, each after `delay` seconds."""

    def __init__(self, admission: Admission) -> None:
        self.admission = admission
        self.now = 1000.0

    def second(self, delay: float, calls: int, actions: int = 2 * ENOUGH) -> bool:
        """Let a second pass. Return whether the limit was cut."""
        for number in range(actions):
            at = self.now + number / actions
            self.admission.sent(f"c{number}", Reaction.OFFER, at - delay)
            self.admission.began(f"c{number}", Reaction.OFFER, at)
        self.now += 1
        return self.admission.look(calls, self.now)


@pytest.fixture
def asterisk() -> Asterisk:
    made = Asterisk(Admission())
    made.second(0.005, 50)
    return made


def test_a_fast_node_has_no_limit(asterisk: Asterisk) -> None:
    for _ in range(60):
        assert not asterisk.second(0.03, 500)
    assert (asterisk.admission.limit, asterisk.admission.load(500, asterisk.now)) == (None, 0.0)


def test_a_slow_node_may_carry_less_than_it_carries_now(asterisk: Asterisk) -> None:
    asterisk.second(0.5, 100)
    assert asterisk.second(0.5, 100) or asterisk.admission.limit is not None
    assert asterisk.admission.limit == 95
    assert asterisk.admission.load(95, asterisk.now) == 1.0


def test_calls_that_live_on_do_not_sink_the_limit_further(asterisk: Asterisk) -> None:
    """Talks last for minutes: the limit waits for them to end."""
    for _ in range(20):
        asterisk.second(0.5, 100)
    assert asterisk.admission.limit == 95
    asterisk.second(0.5, 80)
    asterisk.second(0.5, 80)
    assert asterisk.admission.limit == 76


def test_the_limit_rises_again_and_goes(asterisk: Asterisk) -> None:
    asterisk.second(0.5, 100)
    asterisk.second(0.5, 100)
    limits = []
    for _ in range(120):
        asterisk.second(0.01, 60)
        limits.append(asterisk.admission.limit)
    rising = [limit for limit in limits if limit is not None]
    assert rising == sorted(rising)
    assert (limits[0], limits[-1]) == (99, None)


def test_what_never_begins_counts_as_slow(asterisk: Asterisk) -> None:
    """A node that stands still answers nothing, so no answer is late."""
    for number in range(ENOUGH):
        asterisk.admission.sent(f"still-{number}", Reaction.OFFER, asterisk.now)
    asterisk.now += 3
    assert asterisk.admission.look(40, asterisk.now)
    assert asterisk.admission.limit == 38


def test_calls_that_have_gone_do_not_count(asterisk: Asterisk) -> None:
    for number in range(ENOUGH):
        asterisk.admission.sent(f"gone-{number}", Reaction.OFFER, asterisk.now)
        asterisk.admission.forget(f"gone-{number}")
    asterisk.now += 3
    assert not asterisk.admission.look(40, asterisk.now)


def test_one_slow_moment_says_nothing(asterisk: Asterisk) -> None:
    for _ in range(5):
        assert not asterisk.second(2.0, 3, actions=1)
    assert asterisk.admission.limit is None


def test_a_moment_in_which_nothing_begins_refuses_at_once(asterisk: Asterisk) -> None:
    """The limit is known a second later."""
    admission, now = asterisk.admission, asterisk.now
    for number in range(LATE):
        admission.sent(f"late-{number}", Reaction.OFFER, now)
    assert [admission.load(40, now + after) for after in (SLOW, SLOW + 0.1)] == [0.0, FULL]
    assert admission.load(FEWEST - 1, now + 3) == 0.0
    admission.began("late-0", Reaction.OFFER, now + 1)
    assert admission.load(40, now + 1) == 0.0


def test_what_is_asked_again_is_not_late_from_the_first_time(asterisk: Asterisk) -> None:
    for after in (0.0, SLOW):
        for number in range(LATE):
            asterisk.admission.sent(f"again-{number}", Reaction.AGI, asterisk.now + after)
    assert asterisk.admission.load(40, asterisk.now + SLOW + 0.1) == 0.0


def test_what_never_begins_does_not_close_a_node_for_ever(asterisk: Asterisk) -> None:
    """Asterisk refuses an action now and then, and the call goes on."""
    for number in range(LATE):
        asterisk.admission.sent(f"never-{number}", Reaction.AGI, asterisk.now)
    later = asterisk.now + LOST + 0.1
    asterisk.admission.look(40, later)
    assert asterisk.admission.load(40, later) == 0.0


def test_an_idle_node_is_never_closed(asterisk: Asterisk) -> None:
    asterisk.second(0.5, 2)
    asterisk.second(0.5, 2)
    assert asterisk.admission.limit == FEWEST


def test_a_far_node_is_not_taken_for_a_slow_one() -> None:
    far = Asterisk(Admission())
    for _ in range(10):
        assert not far.second(0.35, 100)
    assert far.second(0.9, 100) or far.second(0.9, 100)


def test_a_limit_of_the_settings_holds_always(asterisk: Asterisk) -> None:
    admission = Admission(30)
    assert (admission.limit, admission.load(30, 0.0), admission.load(15, 0.0)) == (30, 1.0, 0.5)
    asterisk.admission = admission
    for _ in range(3):
        asterisk.second(0.005, 20)
    for _ in range(3):
        asterisk.second(0.5, 20)
    assert admission.limit == 19


def test_a_lost_connection_says_nothing(asterisk: Asterisk) -> None:
    for number in range(ENOUGH):
        asterisk.admission.sent(f"lost-{number}", Reaction.AGI, asterisk.now)
    asterisk.admission.clear()
    asterisk.now += 3
    assert not asterisk.admission.look(40, asterisk.now)


@pytest.mark.parametrize(
    ("action", "what"),
    [
        (actions.redirect_to_offer(CHANNEL), Reaction.OFFER),
        (actions.redirect_to_growing_offer(CHANNEL), Reaction.OFFER),
        (actions.agi_answer(CHANNEL, "id-1"), Reaction.AGI),
        (actions.agi_music(CHANNEL, "id-1", "default"), Reaction.AGI),
        (actions.agi_stream_file(CHANNEL, "id-1", "/mnt/spool", "hello"), None),
        (actions.redirect_to_conference(CHANNEL), None),
        (actions.hang_up(CHANNEL), None),
        (actions.get_time(), None),
    ],
)
def test_only_what_begins_at_once_is_measured(action: Action, what: Reaction | None) -> None:
    assert begins(action) is what
