"""Real calls on a private Asterisk. `SWITCHROOM_RECORD=1` writes Asterisk's messages into `recordings/`."""

import os
from pathlib import Path

import pytest

from routing.events import MessageRecorded
from tests.support.asterisk import growing, scenarios
from tests.support.asterisk.live import Live
from tests.support.asterisk.scenarios import Scenario
from tests.support.asterisk.story import in_stable_order, lines, save
from tests.support.sip.asterisk import AsteriskServer

EXPECTED = scenarios.EXPECTED | growing.EXPECTED
pytestmark = pytest.mark.pbx


def save_if_asked(name: str, live: Live) -> None:
    if os.environ.get("SWITCHROOM_RECORD"):
        save(name, live.log)


@pytest.mark.parametrize("scenario", scenarios.SCENARIOS + growing.SCENARIOS, ids=lambda s: s.__name__)
async def test_the_core_hears_the_story(scenario: Scenario, asterisk: AsteriskServer, tmp_path: Path) -> None:
    name = scenario.__name__
    async with Live(asterisk, tmp_path) as live:
        try:
            await scenario(live)
        finally:
            save_if_asked(name, live)
        assert in_stable_order(lines(live.events)) == in_stable_order(EXPECTED[name])
        assert live.calls.calls == {}
        for recorded in (e for e in live.events if isinstance(e, MessageRecorded)):
            assert 0 <= recorded.seconds < 3
            assert recorded.seconds > 0.5 or name == "message_ended_by_pound", "that caller sends no sound"
            assert (asterisk.spool / f"{recorded.file}.wav").stat().st_size > 8000 * recorded.seconds
