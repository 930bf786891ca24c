"""Each value in the journal is decoded to an equal value. All other input is refused."""

import json
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routing import commands, config, events
from routing.commands import Command
from routing.config import ConfigItem
from routing.errors import CodecError
from routing.events import Event
from routing.persistence import codec

pytestmark = pytest.mark.unit
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda x: st.lists(x, max_size=2), max_leaves=3
)
st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))


def _dicts(kind: Any) -> st.SearchStrategy[Any]:
    key, value = get_args(kind)
    items = json_values if value is Any else st.from_type(value)
    return st.dictionaries(st.from_type(key), items, max_size=2)


st.register_type_strategy(dict, _dicts)


def _built(kind: Any) -> st.SearchStrategy[Any]:
    hints = get_type_hints(kind)
    return st.builds(kind, **{field.name: st.from_type(hints[field.name]) for field in fields(kind)})


for module in (commands, config, events):
    for kind in vars(module).values():
        if isinstance(kind, type) and is_dataclass(kind):
            st.register_type_strategy(kind, _built)


def any_of(union: Any) -> st.SearchStrategy[Any]:
    return st.one_of(*(st.from_type(member) for member in get_args(union)))


@given(any_of(Event))
@settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
@pytest.mark.long
def test_events_come_back(event: Any) -> None:
    assert codec.decode_event(json.loads(json.dumps(codec.encode_event(event)))) == event


@given(any_of(Command))
@settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
def test_commands_come_back(command: Any) -> None:
    assert codec.decode_command(json.loads(json.dumps(codec.encode_command(command)))) == command


@given(any_of(ConfigItem))
@settings(max_examples=40, suppress_health_check=list(HealthCheck), deadline=None)
def test_configuration_comes_back(item: Any) -> None:
    assert codec.decode_config(json.loads(json.dumps(codec.encode_config(item)))) == item


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        {"type": "Nothing"},
        {"type": ["CallReturned"]},
        {"type": "CallReturned"},
        {"type": "CallReturned", "call": 5},
        {"type": "CallReturned", "call": "x", "more": 1},
        {"type": "OfferFailed", "call": "x", "agent": "y", "reason": "bored"},
        {"type": "MessageRecorded", "call": "x", "token": True, "file": "f", "seconds": 1.0},
        {"type": "MessageRecorded", "call": "x", "token": 1, "file": "f", "seconds": float("nan")},
        {"type": "StateResynced", "calls": {}},
    ],
)
def test_what_was_not_encoded_is_refused(data: Any) -> None:
    with pytest.raises(CodecError):
        codec.decode_event(data)
