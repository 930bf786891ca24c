"""Quick frozen dataclasses behave like frozen dataclasses. Only their speed differs."""

import copy
import dataclasses
import pickle
from typing import Any

import pytest

from routing import commands, events
from routing.frozen import dataclass

pytestmark = pytest.mark.unit

MODULES = (events.__name__, commands.__name__)


@dataclass(frozen=True, slots=True)
class Quick:
    call: str
    agents: tuple[str, ...] = ()
    values: dict[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True)
class Plain:
    call: str
    agents: tuple[str, ...] = ()
    values: dict[str, str] = dataclasses.field(default_factory=dict)


def test_it_reads_and_compares_like_one() -> None:
    quick, plain = Quick("a", agents=("b",)), Plain("a", agents=("b",))
    assert repr(quick) == repr(plain).replace("Plain", "Quick")
    assert dataclasses.asdict(quick) == dataclasses.asdict(plain)
    assert quick == Quick("a", ("b",))
    assert quick != Quick("a")
    assert quick.__eq__(plain) is NotImplemented
    assert dataclasses.replace(quick, call="c") == Quick("c", ("b",))
    assert hash(commands.Answer("a")) == hash(commands.Answer("a"))  # type: ignore[arg-type]
    match quick:
        case Quick(call, agents):
            assert (call, agents) == ("a", ("b",))


def test_defaults_are_made_for_each() -> None:
    first, second = Quick("a"), Quick("a")
    first.values["x"] = "y"
    assert second.values == {}


def test_it_is_frozen() -> None:
    quick = Quick("a")
    with pytest.raises(dataclasses.FrozenInstanceError):
        quick.call = "b"  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        del quick.call
    with pytest.raises((AttributeError, TypeError)):
        quick.other = 1  # type: ignore[attr-defined]


def test_it_is_copied_and_pickled() -> None:
    quick = Quick("a", ("b",), {"x": "y"})
    for again in (copy.copy(quick), copy.deepcopy(quick), pickle.loads(pickle.dumps(quick))):
        assert again == quick
        assert type(again) is Quick


def test_wrong_arguments_are_refused() -> None:
    wrong: list[tuple[Any, ...]] = [(), ("a", (), {}, 1)]
    for arguments in wrong:
        with pytest.raises(TypeError):
            Quick(*arguments)
    with pytest.raises(TypeError):
        Quick("a", call="b")  # type: ignore[misc]


def test_only_what_it_is_made_for() -> None:
    with pytest.raises(TypeError, match="only for frozen"):
        dataclass(frozen=False, slots=True)

    class Base:
        pass

    class Derived(Base):
        call: str

    with pytest.raises(TypeError, match="has a base"):
        dataclass(frozen=True, slots=True)(Derived)


def test_every_event_and_command_is_frozen() -> None:
    kinds = [kind for room in (events, commands) for kind in vars(room).values() if isinstance(kind, type)]
    ours = [kind for kind in kinds if dataclasses.is_dataclass(kind) and kind.__module__ in MODULES]
    assert len(ours) > 40
    for kind in ours:
        assert kind.__dataclass_params__.frozen, kind  # type: ignore[attr-defined]
        assert "__new__" in vars(kind), kind
