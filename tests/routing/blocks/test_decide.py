"""`caller`, `match`, `percent`, `queue-state`: which exit a call takes."""

import time
from collections import Counter
from typing import Any

import pytest

from routing import commands as c
from routing import events as e
from routing.expressions import conditions
from tests.support.routing.story import CALLER, DID, MONDAY_NOON, Story, block

pytestmark = pytest.mark.unit


def branches(story: Story, decides: dict[str, Any]) -> None:
    """The block, with a block behind each exit that says the exit's name."""
    blocks: dict[str, Any] = {name: block("say", {"next": "bye"}, text=name) for name in decides["exits"]}
    story.route("decide", decide=decides, **blocks, bye=block("hangup"))


def exits(*names: str) -> dict[str, str]:
    return {name: name for name in (*names, "else")}


# -- caller --------------------------------------------------------------------------------------------------

CASES = [
    {"name": "boss", "numbers": ["+14165550199"]},
    {"name": "german", "prefixes": ["+49", "+43"]},
    {"name": "hidden", "anonymous": True},
]


@pytest.mark.parametrize(
    ("caller", "way"),
    [
        ("+14165550199", "boss"),
        ("+4930123", "german"),
        ("+43123456", "german"),
        ("", "hidden"),
        ("+33123456", "else"),
    ],
)
def test_numbers_and_prefixes(story: Story, caller: str, way: str) -> None:
    branches(story, block("caller", exits("boss", "german", "hidden"), cases=CASES))
    call = story.call()
    call.enters(DID, caller)
    assert call.says() == way
    assert not story.all(c.FindContact)


CONTACTS = [
    {"name": "gold", "attributes": {"tier": "gold", "country": "CA"}},
    {"name": "known", "contact": True},
    {"name": "local", "contact": False, "prefixes": ["+1416"]},
]


@pytest.mark.parametrize(
    ("attributes", "way"),
    [
        ({"tier": "gold", "country": "CA"}, "gold"),
        ({"tier": "gold"}, "known"),
        ({}, "known"),
        (None, "local"),
    ],
)
def test_contacts(story: Story, attributes: dict[str, str] | None, way: str) -> None:
    branches(story, block("caller", exits("gold", "known", "local"), cases=CONTACTS))
    call = story.calls_in()
    assert call.phase == "fetching"
    assert story.last(c.FindContact).number == CALLER
    story.restart()
    call.is_known(attributes)
    assert call.says() == way


def test_a_contact_is_asked_for_only_if_it_matters(story: Story) -> None:
    first = {"name": "boss", "numbers": [CALLER]}
    branches(
        story, block("caller", exits("boss", "known"), cases=[first, {"name": "known", "contact": True}])
    )
    assert story.calls_in().says() == "boss"
    anonymous = story.call()
    anonymous.enters(DID, "")
    assert anonymous.says() == "else"
    assert not story.all(c.FindContact)


@pytest.mark.parametrize("how", ["refused", "overdue"])
def test_contacts_that_cannot_be_asked(story: Story, how: str) -> None:
    branches(story, block("caller", exits("known"), cases=[{"name": "known", "contact": True}]))
    call = story.calls_in()
    if how == "refused":
        story.happens(e.CommandFailed(call.id, "FindContact", "database away"))
    else:
        story.advance(15)
    assert call.says() == "else"
    call.is_known({})
    assert call.says() == "else"


# -- match ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operator", "value", "subject", "holds"),
    [
        ("equals", "gold", "gold", True),
        ("equals", "gold", "Gold", False),
        ("equals", "7", "7.0", True),
        ("equals", "", "", True),
        ("not-equals", "7", "7.0", False),
        ("not-equals", "a", "b", True),
        ("contains", "ol", "gold", True),
        ("starts-with", "go", "gold", True),
        ("ends-with", "ld", "gold", True),
        ("ends-with", "go", "gold", False),
        ("less", 5, "4.5", True),
        ("less", "5", "5", False),
        ("less", 5, "", False),
        ("greater", 5, "1e3", True),
        ("greater", 5, "six", False),
        ("greater", 5, "nan", False),
        ("greater", 5, "inf", False),
        ("in", ["a", "b"], "b", True),
        ("in", ["a", "b"], "c", False),
        ("empty", None, "", True),
        ("not-empty", None, "x", True),
        ("like", "+49*0", "+4930", True),
        ("like", "+49*0", "+4931", False),
        ("like", "a*b*c", "a-b-b-c", True),
        ("like", "a*b*c", "acb", False),
        ("like", "*", "", True),
        ("like", "ab*ba", "aba", False),
        ("like", "exact", "exact", True),
        ("like", "exact", "exactly", False),
        ("equals", "{other}", "gold", True),
    ],
)
def test_operators(operator: str, value: Any, subject: str, holds: bool) -> None:
    condition = {"variable": "x", "is": operator} | ({} if value is None else {"value": value})
    assert conditions.check_case({"name": "n", "when": [condition]}) is None
    fill = {"{other}": "gold"}
    assert conditions.holds(condition, subject, lambda text: fill.get(text, text)) is holds


@pytest.mark.parametrize(
    "when",
    [
        [],
        [{}],
        [{"variable": "x", "is": "matches", "value": "(a+)+$"}],
        [{"variable": "x", "is": "less", "value": "five"}],
        [{"variable": "x", "is": "less"}],
        [{"variable": "x", "is": "equals"}],
        [{"variable": "x", "is": "equals", "value": "{x"}],
        [{"variable": "__class__", "is": "empty"}],
        [{"variable": "x", "is": "empty", "value": "a"}],
        [{"variable": "x", "is": "in", "value": []}],
        [{"variable": "x", "is": "in", "value": "abc"}],
        [{"variable": "x", "is": ["equals"], "value": "a"}],
        "x",
        [{"variable": "x", "is": "empty", "and": 1}],
        [{"variable": "x", "is": "empty"}] * 21,
    ],
)
def test_bad_conditions(when: Any) -> None:
    assert conditions.check_case({"name": "n", "when": when})


def test_no_pattern_takes_more_than_linear_time() -> None:
    begun = time.process_time()
    assert not conditions.like("a" * 100_000 + "b", "*a" * 500 + "*c*")
    assert not conditions.like("ab" * 50_000, "*" + "ab*" * 500 + "x")
    assert time.process_time() - begun < 0.5


def test_the_first_case_that_holds_decides(story: Story) -> None:
    when = {
        "name": "gold",
        "when": [
            {"variable": "tier", "is": "equals", "value": "gold"},
            {"variable": "n", "is": "greater", "value": 2},
        ],
    }
    same = {"name": "gold", "when": [{"variable": "caller", "is": "equals", "value": "{vip}"}]}
    rest = {"name": "rest", "when": [{"variable": "tier", "is": "not-empty"}]}
    story.route(
        "s",
        s=block("set", {"next": "m"}, variables={"tier": "gold", "n": "2", "vip": CALLER}),
        m=block("match", {"gold": "gold", "rest": "rest", "else": "bye"}, cases=[when, same, rest]),
        gold=block("say", {"next": "bye"}, text="gold"),
        rest=block("say", {"next": "bye"}, text="rest"),
        bye=block("hangup"),
    )
    assert story.calls_in().says() == "gold"
    other = story.call()
    other.enters(DID, "+4930123")
    assert other.says() == "rest"


# -- percent -------------------------------------------------------------------------------------------------


@pytest.mark.long
def test_shares_are_kept(story: Story) -> None:
    story.route(
        "p",
        p=block("percent", {"a": "a", "b": "b", "c": "a"}, branches={"a": 30, "b": 70, "c": 0}),
        a=block("hangup", cause=21),
        b=block("hangup", cause=17),
    )
    went = Counter(story.calls_in().record["path"][0]["exit"] for _ in range(1000))
    assert went["c"] == 0
    assert 250 <= went["a"] <= 350


# -- queue-state ---------------------------------------------------------------------------------------------


def figure(name: str, figure: str, operator: str, value: float) -> dict[str, Any]:
    return {"name": name, "when": [{"figure": figure, "is": operator, "value": value}]}


def test_a_queue_that_does_badly(story: Story) -> None:
    ann = story.agent("ann", available=False)
    queue = story.queue(ann)
    story.number(e164="+14165550101", queue=queue.id)
    branches(
        story,
        block(
            "queue-state",
            exits("idle", "long", "slow"),
            queue=queue.id,
            cases=[
                figure("idle", "available", "greater", 0),
                figure("slow", "ewt", "greater", 60),
                figure("long", "waiting", "greater", 1),
            ],
        ),
    )
    assert story.calls_in().says() == "else"
    story.calls_in("+14165550101")
    story.calls_in("+14165550101")
    assert story.calls_in().says() == "long"
    story.engine._world.queues[queue.id].pace.gaps.extend([90.0] * 10)
    assert story.calls_in().says() == "slow"
    story.engine._world.queues[queue.id].pace.gaps.clear()
    ben = story.agent("ben")
    other = story.queue(ben, number=2)
    branches(
        story,
        block(
            "queue-state", exits("idle"), queue=other.id, cases=[figure("idle", "available", "greater", 0)]
        ),
    )
    assert story.calls_in().says() == "idle"
    story.remove(other.id)
    assert story.calls_in().says() == "else"
    assert story.now >= MONDAY_NOON
