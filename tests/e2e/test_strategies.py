"""One call for each strategy, and phones that fail, on a real Asterisk. The scenes play at the same time."""

from collections.abc import Iterator
from concurrent.futures import Future
from itertools import pairwise

import pytest

from tests.support.e2e.scenes import Scene, SceneSet
from tests.support.e2e.two_nodes import TwoNodes
from tests.support.servers import wait_until
from tests.support.sip.phones import AgentPhones
from tests.support.sip.phones import moment as at

pytestmark = [pytest.mark.pbx, pytest.mark.e2e, pytest.mark.timeout(400)]

scene = SceneSet()
TALK = 0.4


def rung(phones: AgentPhones) -> list[str]:
    return [event[0] for event in phones.events("invite")]


@scene
def ring_all(s: Scene) -> None:
    queue = s.queue(3, strategy="ring-all")
    fast = queue.phones(1, ring=0.5, talk=TALK)
    slow = queue.phones(0, 2, never_answer=True)
    s.ended(s.caller(queue.did))
    slow.wait_for("cancelled", 2)
    assert len(fast.events("answered")) == 1
    log = s.log(queue.did)
    assert sorted(leg["outcome"] for leg in log.legs) == ["answered", "withdrawn", "withdrawn"]
    assert log.agent_id == queue.agents[1].id


@scene
def ring_all_two_answer_at_once(s: Scene) -> None:
    queue = s.queue(3, strategy="ring-all")
    phones = queue.phones(ring=0.3, talk=TALK)
    s.ended(s.caller(queue.did))
    assert len(phones.wait_for("invite", 3)) == 3
    log = s.log(queue.did)
    assert [leg["outcome"] for leg in log.legs].count("answered") == 1
    s.until_states(queue.agents, "Available")


@scene
def ring_progressively(s: Scene) -> None:
    queue = s.queue(3, strategy="ring-progressively", ring_step=2.0, ring_timeout=20.0)
    early = queue.phones(0, 1, never_answer=True)
    late = queue.phones(2, ring=0.4, talk=TALK)
    s.ended(s.caller(queue.did))
    first, second = early.wait_for("invite", 2)
    assert (first[0], second[0]) == tuple(agent.account.phone for agent in queue.agents[:2])
    (answered,) = late.events("answered")
    cancelled = early.wait_for("cancelled", 2)
    assert all(at(event) >= at(answered) - 0.1 for event in cancelled), (
        "earlier phones rang on until the answer"
    )
    log = s.log(queue.did)
    assert [leg["outcome"] for leg in log.legs] == ["withdrawn", "withdrawn", "answered"]
    steps = [later["offered_at"] - leg["offered_at"] for leg, later in pairwise(log.legs)]
    assert all(2.0 <= round(step, 2) <= 3.0 for step in steps), steps
    assert log.agent_id == queue.agents[2].id


@scene
def ring_progressively_replaces_a_phone_that_rejects(s: Scene) -> None:
    queue = s.queue(2, strategy="ring-progressively", ring_step=15.0, ring_timeout=20.0)
    refuses = queue.phones(0, ring=0.3, reject=486)
    takes = queue.phones(1, ring=0.3, talk=TALK)
    s.ended(s.caller(queue.did))
    (refused,) = refuses.wait_for("rejected")
    (invited,) = takes.wait_for("invite")
    assert at(invited) - at(refused) < 1.5, "the next agent was rung at once"
    assert [leg["outcome"] for leg in s.log(queue.did).legs] == ["busy", "answered"]


@scene
def longest_idle(s: Scene) -> None:
    queue = s.queue(3, strategy="longest-idle")
    queue.phones(ring=0.1, talk=TALK)
    assert queue.calls(4) == [0, 1, 2, 0]


@scene
def round_robin(s: Scene) -> None:
    queue = s.queue(3, strategy="round-robin")
    queue.phones(ring=0.1, talk=TALK)
    assert queue.calls(4) == [0, 1, 2, 0]


@scene
def linear(s: Scene) -> None:
    queue = s.queue(3, strategy="linear", members={0: {"order": 5}, 1: {"order": 1}, 2: {"order": 9}})
    queue.phones(ring=0.1, talk=TALK)
    assert queue.calls(3) == [1, 1, 1]


@scene
def fewest_calls(s: Scene) -> None:
    queue = s.queue(3, strategy="fewest-calls")
    queue.phones(0, 1, ring=0.1, talk=TALK)
    s.available(queue.agents[1:2], "Break")
    assert queue.calls(2) == [0, 0]
    s.available(queue.agents[1:2])
    assert queue.calls(2) == [1, 1], "a break is no absence"
    queue.phones(2, ring=0.1, talk=TALK)
    assert sorted(queue.calls(3)) == [0, 1, 2], "who comes later starts level"


@scene
def least_talk_time(s: Scene) -> None:
    queue = s.queue(2, strategy="least-talk-time")
    queue.phones(0, ring=0.1, talk=4)
    assert queue.calls(1) == [0]
    s.available(queue.agents[:1], "Away")
    queue.phones(1, ring=0.1, talk=TALK)
    assert queue.calls(2) == [1, 1]
    s.available(queue.agents[:1])
    assert queue.calls(1) == [1], "who talked less, though it took more calls"


@scene
def random(s: Scene) -> None:
    queue = s.queue(3, strategy="random")
    queue.phones(ring=0.1, talk=TALK)
    assert set(queue.calls(3)) <= {0, 1, 2}
    for log in s.logs(queue.did, 3):
        (decision,) = log.decisions
        assert decision["strategy"] == "random"
        assert {*decision["agents"], *decision["next"]} == {agent.id for agent in queue.agents}


@scene
def weighted_random(s: Scene) -> None:
    queue = s.queue(2, strategy="weighted-random", members={0: {"weight": 1000}, 1: {"weight": 1}})
    queue.phones(ring=0.1, talk=TALK)
    assert queue.calls(3).count(0) >= 2


@scene
def an_agent_who_rejects(s: Scene) -> None:
    queue = s.queue(2)
    refuses = queue.phones(0, ring=0.1, reject=486)
    queue.phones(1, ring=0.1, talk=TALK)
    assert queue.calls(1) == [1]
    assert len(refuses.events("rejected")) == 1
    first, second = s.log(queue.did).decisions
    assert (first["agents"], second["agents"]) == ([queue.agents[0].id], [queue.agents[1].id])
    assert second["passed"].get("pause") == 1


@scene
def an_agent_who_never_answers(s: Scene) -> None:
    queue = s.queue(2, ring_timeout=3.0, missed_limit=1)
    deaf = queue.phones(0, never_answer=True)
    queue.phones(1, ring=0.1, talk=TALK)
    assert queue.calls(1) == [1]
    assert len(deaf.events("cancelled")) == 1
    s.until_states(queue.agents[:1], "Away")
    assert [leg["outcome"] for leg in s.log(queue.did).legs] == ["no-answer", "answered"]


@scene
def an_agent_whose_phone_refuses_again_and_again(s: Scene) -> None:
    queue = s.queue(1, missed_limit=2, leave_when_empty=True)
    refuses = queue.phones(ring=0.1, reject=486)
    s.ended(s.caller(queue.did))
    assert len(refuses.events("rejected")) == 2
    s.until_states(queue.agents, "Away")
    assert s.system.live("agent", queue.agents[0].id)["reason"] == "busy"
    assert [leg["outcome"] for leg in s.log(queue.did).legs] == ["busy", "busy"]


@scene
def an_agent_who_goes_away_while_their_phone_rings(s: Scene) -> None:
    queue = s.queue(2, ring_timeout=20.0)
    left = queue.phones(0, never_answer=True)
    queue.phones(1, ring=0.1, talk=TALK)
    caller = s.caller(queue.did)
    (invited,) = left.wait_for("invite")
    s.available(queue.agents[:1], "Away")
    (cancelled,) = left.wait_for("cancelled")
    assert at(cancelled) - at(invited) < 10.0
    s.ended(caller)
    assert [leg["outcome"] for leg in s.log(queue.did).legs] == ["withdrawn", "answered"]


@scene
def a_phone_that_vanishes_while_it_rings(s: Scene) -> None:
    queue = s.queue(2, ring_timeout=4.0)
    gone = queue.phones(0, never_answer=True)
    queue.phones(1, ring=0.1, talk=TALK)
    caller = s.caller(queue.did)
    gone.wait_for("invite")
    gone.phones.stop()
    s.ended(caller)
    assert s.log(queue.did).agent_id == queue.agents[1].id


@scene
def hang_ups_at_every_step_of_an_offer(s: Scene) -> None:
    queue = s.queue(1, ring_timeout=20.0)
    phones = queue.phones(ring=1.5, talk=30)
    waiting = s.queue(0)
    s.ended(s.caller(waiting.did, hang_up=0.5))
    assert s.log(waiting.did).disposition == "abandoned"
    s.ended(s.caller(queue.did, hang_up=0.7))
    phones.wait_for("cancelled")
    s.until_states(queue.agents, "Available")
    s.ended(s.caller(queue.did, hang_up=3.5))
    phones.wait_for("ended")
    s.until_states(queue.agents, "Available")
    ringing, talking = s.logs(queue.did, 2)
    assert (ringing.disposition, ringing.legs[0]["outcome"]) == ("abandoned", "caller-gone")
    assert (talking.disposition, talking.ended_by) == ("answered", "caller")


@pytest.fixture(scope="module")
def played(
    two_nodes: TwoNodes, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[dict[str, Future[None]]]:
    yield from scene.play(two_nodes, tmp_path_factory.mktemp("strategies"), request)


@pytest.mark.parametrize("name", scene.plays)
def test_strategy(played: dict[str, Future[None]], name: str) -> None:
    played[name].result(300)


def test_nothing_is_left_behind(played: dict[str, Future[None]], two_nodes: TwoNodes) -> None:
    for future in played.values():
        future.exception(300)
    wait_until(lambda: two_nodes.system.lives("call") == [], "no live call is left")
