"""A recorded run is served with other settings. The figures are shown side by side."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from analysis.replay.queue_history import QueueHistory, observe
from analysis.replay.replayer import Replay
from analysis.replay.what_if import Options, what_if
from routing.config import QueueConfig, QueueMember, SkillNeed
from routing.events import AgentStatus
from routing.ids import QueueId
from tests.support.recording import RecordedStory, recorded, traffic
from tests.support.routing.story import TEAM, block, hex_id

pytestmark = [pytest.mark.unit, pytest.mark.long]

QUEUE = QueueId(hex_id(4, 1))


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Record four agents and a call every 20 s with 70 s of talk: a busy hour and a half."""
    story = recorded(tmp_path_factory.mktemp("journal"))
    people = [story.agent(f"agent {number}") for number in range(4)]
    story.number(queue=story.queue(*people, wrap_up=5.0).id)
    traffic(story, 250)
    return story.finish()


def asked(paths: list[Path], **options: Any) -> tuple[int, Any]:
    """Return the exit status and the JSON answer."""
    out = StringIO()
    status = what_if(Console(file=out, width=200), paths, Options(**options), as_json=True)
    return status, json.loads(out.getvalue())


def history(story: RecordedStory) -> QueueHistory:
    (found,) = observe(Replay.of(story.finish())).values()
    return found


def test_simulating_what_was_comes_near_to_it(busy: list[Path]) -> None:
    status, answer = asked(busy)
    assert status == 0
    was, would = answer["queues"][0]["runs"]
    assert (was["simulated"], would["simulated"]) == (False, True)
    assert was["calls"] == would["calls"] == 250
    assert would["service_level"] == pytest.approx(was["service_level"], abs=0.08)
    assert would["asa"] == pytest.approx(was["asa"], rel=0.25)
    assert would["abandonment"] == pytest.approx(was["abandonment"], abs=0.05)
    assert would["occupancy"] == pytest.approx(was["occupancy"], abs=0.05)
    assert would["p_wait"] == pytest.approx(was["p_wait"], abs=0.08)


def test_more_agents_serve_better_and_fewer_worse(busy: list[Path]) -> None:
    _, answer = asked(busy, agents=("+2", "-1", "12"))
    _, same, more, fewer, many = answer["queues"][0]["runs"]
    assert [run["agents"] for run in (same, more, fewer, many)] == [4, 6, 3, 12]
    levels = [run["service_level"] for run in (fewer, same, more, many)]
    assert levels == sorted(levels)
    assert levels[0] < levels[1] < levels[2]
    assert many["abandonment"] < same["abandonment"]


def test_all_combinations_are_run(busy: list[Path]) -> None:
    _, answer = asked(busy, strategies=("ring-all", "linear"), agents=("recorded", "+1"))
    runs = answer["queues"][0]["runs"][2:]
    assert [(run["strategy"], run["agents"]) for run in runs] == [
        ("ring-all", 4),
        ("ring-all", 5),
        ("linear", 4),
        ("linear", 5),
    ]


def test_the_same_seed_gives_the_same_figures(busy: list[Path]) -> None:
    def figures(seed: int) -> list[Any]:
        _, answer = asked(busy, agents=("+1",), seed=seed)
        return [{**run, "seconds": 0} for run in answer["queues"][0]["runs"]]

    assert figures(1) == figures(1)


def test_the_table_fits_80_columns(busy: list[Path]) -> None:
    out = StringIO()
    assert what_if(Console(file=out, width=80), busy, Options(strategies=("ring-progressively",))) == 0
    lines = out.getvalue().splitlines()
    assert any(line.startswith("recorded  longest-idle") for line in lines)
    assert any(line.startswith("simulated ring-progressively") for line in lines)
    assert all(len(line.rstrip()) <= 80 for line in lines)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"strategies": ("fastest",)}, "There is no strategy fastest. The strategies are ring-all"),
        ({"agents": ("many",)}, "--agents takes +2, -1, 12"),
        ({"agents": ("-4",)}, "leaves no agent"),
        ({"agents": ("0",)}, "leaves no agent"),
        ({"skills": ("german=lots",)}, "--skills takes"),
        ({"queue": "nowhere"}, "No queue nowhere had calls. Queues that had calls: Q1"),
    ],
)
def test_what_cannot_be_asked_is_a_sentence(busy: list[Path], options: dict[str, Any], sentence: str) -> None:
    console = Console(width=300, record=True, file=StringIO())
    assert what_if(console, busy, Options(**options)) == 2
    assert sentence in console.export_text()


def test_who_hung_up_tells_its_patience_and_who_was_answered_only_that_it_was_longer(tmp_path: Path) -> None:
    story = recorded(tmp_path)
    ann = story.agent("Ann")
    story.number(queue=story.queue(ann, wrap_up=10.0).id)
    start = story.now
    answered = story.calls_in()
    story.advance(4)
    ann.answers()
    impatient = story.calls_in()
    story.advance(30)
    impatient.hangs_up()
    story.advance(26)
    answered.hangs_up()
    waiting = story.calls_in()
    story.advance(9)
    waiting.presses("1")
    found = history(story)
    trace = found.trace()
    first, second, third = trace.arrivals
    assert (first.at, first.waited, first.patience) == (pytest.approx(start - found.began), 4.0, None)
    assert first.talk_seconds == pytest.approx(56.0)
    assert (second.patience, second.talk_seconds) == (pytest.approx(30.0), None)
    assert (third.patience, third.talk_seconds) == (None, None)
    assert third.waited == pytest.approx(9.0)
    assert waiting.offered_to == ()
    assert trace.rings == (pytest.approx(4.0),)
    assert [visit.at_once for visit in found.visits] == [True, False, False]


def test_shifts_follow_status_phone_and_calls_of_other_queues(tmp_path: Path) -> None:
    story = recorded(tmp_path)
    ann, bob = story.agent("Ann"), story.agent("Bob", available=False)
    sales, service = story.queue(ann, bob), story.queue(ann, number=2)
    story.number(queue=sales.id)
    story.number(e164="+14165550101", queue=service.id)
    story.advance(100)
    other = story.calls_in("+14165550101")
    ann.answers()
    story.advance(50)
    other.hangs_up()
    story.calls_in().hangs_up()
    bob.registers()
    bob.sets(AgentStatus.AVAILABLE)
    story.advance(20)
    bob.vanishes()
    found = observe(Replay.of(story.finish()))[sales.id]
    spans = [(agent, round(end - begin, 2)) for agent, begin, end in found.spans]
    assert (ann.id, 100.0) in spans, "until she talked for the other queue"
    assert (ann.id, 20.0) in spans, "and after that"
    assert (bob.id, 20.0) in spans
    assert len(spans) == 3


def test_skills_decide_in_the_simulation_too(tmp_path: Path) -> None:
    story = recorded(tmp_path)
    people = [story.agent(f"agent {number}") for number in range(4)]
    members = tuple(
        QueueMember(p.id, skills=(("german", 5),) if n == 0 else ()) for n, p in enumerate(people)
    )
    story.configure(QueueConfig(QUEUE, TEAM, "Sales", members=members))
    skills = [{"skill": "german", "level": 3}]
    story.route("set", set=block("set", {"next": "queue"}, skills=skills), queue=block("queue", queue=QUEUE))
    traffic(story, 60, every=40.0)
    paths = story.finish()
    _, answer = asked(paths, skills=("none", "german=3", "french"))
    was, same, none, taught, useless = answer["queues"][0]["runs"]
    assert was["service_level"] < 0.6
    assert same["service_level"] == pytest.approx(was["service_level"], abs=0.15)
    assert none["service_level"] > 0.85
    assert taught["service_level"] == none["service_level"]
    assert useless["service_level"] == same["service_level"]
    (found,) = observe(Replay.of(paths)).values()
    assert {visit.needs for visit in found.visits} == {(SkillNeed("german", 3),)}
