"""The dialplan refuses what the core has just refused, while the node is full, and asks again soon."""

import pytest

from pbx.ami import Action
from pbx.nodes.gate import WINDOW, Gate

pytestmark = pytest.mark.unit


def variables(actions: list[Action]) -> list[tuple[str, str]]:
    """Return the variables that are set, and their values."""
    return [(action.field("Variable"), action.field("Value")) for action in actions]


@pytest.fixture
def gate() -> Gate:
    return Gate()


def test_a_full_node_refuses_a_number_of_which_a_call_was_refused(gate: Gate) -> None:
    assert gate.look(True, 0.0) == []
    ((name, token),) = variables(gate.refused("+1 (416) 555-0100", 1.0))
    assert name == "SR_FULL_14165550100"
    assert variables(gate.look(True, 1.0)) == [("SR_FULL", token)]
    assert gate.refused("+14165550100", 1.1) == []
    assert gate.look(True, 1.1) == []


def test_room_opens_the_gate_at_once(gate: Gate) -> None:
    ((_, token),) = variables(gate.refused("14165550100", 1.0))
    gate.look(True, 1.0)
    assert variables(gate.look(False, 1.1)) == [("SR_FULL", "")]
    assert variables(gate.look(True, 1.2)) == [("SR_FULL", token)]


def test_after_a_while_the_core_is_asked_again(gate: Gate) -> None:
    ((_, first),) = variables(gate.refused("14165550100", 1.0))
    gate.look(True, 1.0)
    over = 1.0 + WINDOW
    assert variables(gate.look(True, over)) == [("SR_FULL", "")]
    ((name, second),) = variables(gate.refused("14165550199", over))
    assert (name, second != first) == ("SR_FULL_14165550199", True)
    assert variables(gate.look(True, over)) == [("SR_FULL", second)]


def test_a_new_window_begins_with_a_closed_gate_told_anew(gate: Gate) -> None:
    """The refusal comes before the second's look: Asterisk still has the old token."""
    gate.refused("14165550100", 1.0)
    gate.look(True, 1.0)
    ((_, second),) = variables(gate.refused("14165550100", 1.0 + WINDOW))
    assert variables(gate.look(True, 1.0 + WINDOW)) == [("SR_FULL", second)]


def test_what_is_no_number_is_not_told(gate: Gate) -> None:
    assert gate.refused("", 1.0) == gate.refused("alice", 1.0) == gate.refused("٣", 1.0) == []
    assert variables(gate.refused("1" * 60, 1.0))[0][0] == f"SR_FULL_{'1' * 20}"


def test_a_node_of_which_nothing_is_known_is_opened(gate: Gate) -> None:
    gate.refused("14165550100", 1.0)
    gate.look(True, 1.0)
    assert variables(gate.open()) == [("SR_FULL", "")]
    assert gate.look(True, 1.1) == []
