"""An alarm of the core becomes a metric, a log line without a number, and a webhook."""

import json
import logging

import pytest

from pbx.metrics import Metrics
from pbx.persistence.alarms import Alarms
from routing.commands import CallRefused, Notify, OutboundAlarm
from routing.ids import CallId, TeamId

pytestmark = pytest.mark.unit
ALARM = OutboundAlarm(CallId("c"), TeamId("t"), "new-country", "DE")


def count(metrics: Metrics) -> float | None:
    return metrics.registry.get_sample_value("switchroom_outbound_alarms_total", {"alarm": "new-country"})


def test_an_alarm_is_counted_logged_and_sent(caplog: pytest.LogCaptureFixture) -> None:
    metrics, sent = Metrics(), list[tuple[Notify, float]]()
    with caplog.at_level(logging.WARNING):
        Alarms(metrics, lambda notify, at: sent.append((notify, at)), "https://ops.example/").raised(
            ALARM, 5.0
        )
    assert count(metrics) == 1
    assert [record.getMessage() for record in caplog.records] == ["outbound alarm"]
    ((notify, at),) = sent
    assert (notify.kind, notify.to, notify.team, at) == ("webhook", "https://ops.example/", "t", 5.0)
    assert json.loads(notify.text) == {"alarm": "new-country", "country": "DE", "denial": ""}


def test_without_a_webhook_nothing_is_sent() -> None:
    metrics, sent = Metrics(), list[tuple[Notify, float]]()
    Alarms(metrics, lambda notify, at: sent.append((notify, at)), "").raised(ALARM, 5.0)
    assert (count(metrics), sent) == (1, [])


def test_refused_calls_are_each_counted_and_told_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    metrics, sent = Metrics(), list[tuple[Notify, float]]()
    alarms = Alarms(metrics, lambda notify, at: sent.append((notify, at)), "https://ops.example/")
    with caplog.at_level(logging.WARNING):
        for at in (5.0, 6.0, 64.0, 66.0):
            alarms.refused(CallRefused(CallId("c"), TeamId("t"), "node"), at)
        alarms.refused(CallRefused(CallId("c"), TeamId("u"), "team"), 66.0)
        alarms.refused(CallRefused(CallId("c"), None, "node"), 66.0)
    count = metrics.registry.get_sample_value
    assert count("switchroom_calls_refused_total", {"why": "node"}) == 5
    assert count("switchroom_calls_refused_total", {"why": "team"}) == 1
    assert [(notify.team, at, json.loads(notify.text)["why"]) for notify, at in sent] == [
        ("t", 5.0, "node"), ("t", 66.0, "node"), ("u", 66.0, "team"),
    ]  # fmt: skip
    assert [record.getMessage() for record in caplog.records] == ["calls are refused"] * 4
