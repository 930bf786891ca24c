"""The committed recording of a real call gives the same commands with the present core."""

import gzip
import json
from io import StringIO

import pytest
from rich.console import Console

from analysis.replay.command import replay
from routing.persistence.snapshot import VERSION
from tests.fixtures.record import REAL_CALL

pytestmark = pytest.mark.unit

AGAIN = "If that is on purpose, record it anew: .venv/bin/python -m tests.fixtures.record"


def test_the_recorded_real_call_replays_byte_for_byte() -> None:
    header = json.loads(gzip.decompress(REAL_CALL.read_bytes()).splitlines()[0])
    recorded = header["versions"]["core"]
    assert recorded == VERSION, f"recorded by version {recorded} of the core, this is {VERSION}. {AGAIN}"
    console = Console(width=200, record=True, file=StringIO())
    status = replay(console, [REAL_CALL])
    text = console.export_text()
    assert status == 0, f"the core decides otherwise than in the recorded real call. {AGAIN}\n{text}"
    assert "1 calls" in text


def test_it_holds_numbers_of_test_calls_only() -> None:
    lines = gzip.decompress(REAL_CALL.read_bytes()).decode().splitlines()
    callers = {
        entry["event"]["caller"]
        for entry in map(json.loads, lines[1:])
        if entry.get("event", {}).get("type") == "CallEntered"
    }
    assert callers
    assert all(caller.startswith(("+1416555", "+1999555", "")) for caller in callers)
    assert "OfferCall" in lines[-1] or any('"OfferCall"' in line for line in lines)
