"""The live views of a queue, its callers and its callbacks, made from a real core."""

import json
from typing import Any

import pytest

from pbx.persistence.live_views import Publisher, live_call, live_outbound, live_queue
from pbx.persistence.store import LIVE
from routing import commands as c
from routing.ids import CallId
from tests.support.routing.calling_back import OTHER, busy, rung, setting, view
from tests.support.routing.story import CALLER, DID, TEAM, Story, block

pytestmark = pytest.mark.unit


@pytest.fixture
def story() -> Story:
    return Story()


def shown(story: Story, queue: Any) -> dict[str, Any]:
    """The queue's view as a client of Redis reads it."""
    body: dict[str, Any] = json.loads(live_queue(view(story, queue), story.now).model_dump_json())
    return body


def shown_call(story: Story, id: str) -> dict[str, Any]:
    found = story.engine.call(CallId(id))
    assert found is not None
    body: dict[str, Any] = json.loads(live_call(found, "a").model_dump_json())
    return body


def test_a_callback_stands_among_the_callers_and_is_told_apart(story: Story) -> None:
    queue, _, asked = busy(story)
    call = story.call()
    call.enters(caller=OTHER)
    body = shown(story, queue)
    assert [(it["caller"], it["position"], it["callback"]) for it in body["waiting"]] == [
        (CALLER, 1, True),
        (OTHER, 2, False),
    ]
    assert body["waiting"][0]["call"] == asked.record["callback"]
    assert (body["later"], body["at"]) == ([], story.now)


def test_a_callback_that_waits_for_another_attempt_has_its_id_and_time(story: Story) -> None:
    attempt, _, queue = rung(story, callback_retry=300)
    ringing = shown_call(story, attempt.id)
    assert (ringing["state"], ringing["direction"], ringing["queue"]) == ("calling", "callback", queue.id)
    attempt.does_not_pick_up()
    body = shown(story, queue)
    assert body["waiting"] == []
    (later,) = body["later"]
    assert later["callback"] == ringing["callback_of"]
    assert (later["number"], later["attempts"]) == (CALLER, 1)
    assert later["due_at"] == story.now + 300


def test_estimates_come_with_the_pace_and_the_needs_with_the_call(story: Story) -> None:
    ann = story.agent("ann")
    queue = setting(story, ann)
    story.route(
        "needs",
        needs=block("set", {"next": "q"}, skills=[{"skill": "french", "level": 2, "required": False}]),
        q=block("queue", queue=queue.id),
    )
    calls = [story.calls_in() for _ in range(8)]
    assert shown(story, queue)["waiting"][0]["estimate"] is None
    for _ in range(6):
        ann.answers()
        story.advance(20)
        ann.hangs_up()
    body = shown(story, queue)
    low, high = body["waiting"][0]["estimate"]
    assert 0 <= low < high
    assert body["estimate"][1] > high
    last = shown_call(story, calls[-1].id)
    assert last["needs"] == [{"skill": "french", "level": 2, "required": False}]
    assert (last["direction"], last["callback_of"], last["queue"]) == ("inbound", None, queue.id)


def test_the_use_of_the_telephone_network_is_shown_by_team(story: Story) -> None:
    outside = "+14165550177"
    story.route("out", out=block("number", number=outside))
    story.calls_in()
    story.may_dial()
    story.calls_in()
    assert ("outbound", TEAM) in {(change.kind, change.id) for change in story.all(c.Publish)}
    assert story.engine.outbound_ids() == [TEAM]
    found = story.engine.outbound(TEAM)
    assert found is not None
    body = json.loads(live_outbound(found).model_dump_json())
    assert (body["day"], body["calls"]) == ("2026-01-05", 1)
    assert (body["numbers"], body["destinations"]) == ({DID: 1}, {outside: 1})
    assert body["denied"] == {"closed": 1}


async def test_every_kind_that_is_published_can_be_written() -> None:
    """The script that writes to Redis refuses a whole batch for a kind that it does not know."""
    written: list[tuple[str, ...]] = []
    publisher = Publisher(Story().engine, Written(written), lambda call: None)
    publisher.publish_all()
    assert {op[1] for op in written if op[0] == "W"} == set(LIVE)


class Written:
    """An output that keeps its operations."""

    journal_id = ""

    def __init__(self, ops: list[tuple[str, ...]]) -> None:
        self.add = ops.append

    def add_journal(self, entry: object) -> None: ...

    def add_record(self, entry: object) -> None: ...

    def add_snapshot(self, snapshot: object, *, opens_segment: bool) -> None: ...
