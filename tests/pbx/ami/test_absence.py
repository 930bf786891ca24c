"""The log levels when an Asterisk does not answer."""

import logging

import pytest

from pbx.ami import absence
from pbx.ami.absence import Absence

pytestmark = pytest.mark.unit

REFUSED = ConnectionRefusedError()


def test_a_boot_is_quiet_and_a_lasting_absence_is_a_warning_once(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    clock = iter((100.0, 101.0, 110.0, 131.0, 150.0))
    monkeypatch.setattr(absence, "monotonic", lambda: next(clock))
    one = Absence("a", alarm=30.0)
    for _ in range(5):
        one.failed(REFUSED, 0.0)
    levels = [record.levelname for record in caplog.records]
    assert levels == ["INFO", "DEBUG", "DEBUG", "WARNING", "DEBUG"]


def test_a_lost_connection_is_a_warning_unless_it_was_one_of_the_boots_first_moments(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    one = Absence("a", alarm=30.0)
    one.failed(REFUSED, 0.4)
    one.failed(REFUSED, 60.0)
    one.failed(REFUSED, 0.0)
    assert [(r.levelname, r.getMessage()) for r in caplog.records] == [
        ("INFO", "AMI does not answer yet"),
        ("WARNING", "AMI connection lost"),
    ]
