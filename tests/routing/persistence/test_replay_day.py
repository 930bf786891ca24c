"""A replay of a day of random traffic gives the same commands, byte for byte.

Here it has 4,000 calls. `make bench ARGS=core` does it with 100,000.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from routing.config import Strategy
from tests.support.routing.day_replay import replay_day

pytestmark = [pytest.mark.unit, pytest.mark.long, pytest.mark.timeout(600)]

ROOT = Path(__file__).resolve().parents[3]


def test_a_day_replays_identically() -> None:
    day = replay_day(seed=12, calls=4_000, every=10)
    assert day.events > 40_000
    assert day.said["LogCall"] > 3_800
    assert day.strategies.keys() == {str(strategy) for strategy in Strategy}
    common = {"answered", "abandoned", "callback", "overflowed", "voicemail", "failed", "completed"}
    assert common <= day.dispositions.keys()
    for name in ("AddToOffer", "WithdrawOffer", "LaunchCallback", "FetchUrl", "FindContact", "RecordMessage"):
        assert day.said[name] > 8, name


def test_a_day_is_the_same_in_every_process() -> None:
    """The order of sets and the hashes of texts differ between processes. Nothing may depend on them."""
    digests = set()
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-m", "tests.support.routing.day_replay", "5", "500"]
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=300
        )
        digests.add(done.stdout)
    assert len(digests) == 1
