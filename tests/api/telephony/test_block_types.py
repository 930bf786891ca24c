"""The types of blocks over HTTP: their settings with defaults and limits, and their exits."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from routing.blocks import BLOCK_TYPES
from tests.support.api.world import World

pytestmark = pytest.mark.service


def types(world: World) -> dict[str, dict[str, Any]]:
    answer = world.call(world.member, "GET", "/blocktypes")
    assert answer.status_code == 200
    return {kind["type"]: kind for kind in answer.json()}


def test_members_see_every_type_and_nobody_else_does(world: World) -> None:
    assert list(types(world)) == list(BLOCK_TYPES)
    assert world.call(world.stranger, "GET", "/blocktypes").status_code == 200
    assert world.call(None, "GET", "/blocktypes").status_code == 401


def test_a_setting_has_its_type_default_and_limits(world: World) -> None:
    menu = types(world)["menu"]
    settings = {setting["name"]: setting for setting in menu["settings"]}
    assert settings["retries"] == {
        "name": "retries", "required": False, "default": 2, "refers_to": None, "hidden": False,
        "accepts": {"type": "integer", "minimum": 0, "maximum": 10},
    }  # fmt: skip
    assert (settings["sound"]["required"], settings["sound"]["refers_to"]) == (True, "sound")
    assert {"1", "#", "timeout", "invalid"} <= set(menu["exits"])
    fetch = {setting["name"]: setting for setting in types(world)["fetch"]["settings"]}
    assert fetch["method"]["accepts"] == {"type": "string", "enum": ["GET", "POST"]}
    assert fetch["headers"]["hidden"]
    assert types(world)["match"]["names_exits"]
    assert types(world)["voicemail"]["overflow_target"]


@pytest.mark.parametrize("name", sorted(BLOCK_TYPES))
def test_each_setting_has_a_shape_that_takes_its_default(world: World, name: str) -> None:
    for setting in types(world)[name]["settings"]:
        Draft202012Validator.check_schema(setting["accepts"])
        if setting["default"] is not None:
            Draft202012Validator(setting["accepts"]).validate(setting["default"])


def test_cases_say_what_their_conditions_compare(world: World) -> None:
    found = {}
    for name, subject in (("match", "variable"), ("queue-state", "figure")):
        cases = next(one for one in types(world)[name]["settings"] if one["name"] == "cases")["accepts"]
        condition = cases["items"]["properties"]["when"]["items"]
        Draft202012Validator(cases).validate(
            [{"name": "a", "when": [{subject: "ewt", "is": "less", "value": 1}]}]
        )
        assert condition["required"] == [subject, "is"]
        found[name] = condition["properties"]
    assert found["queue-state"]["figure"]["enum"] == ["waiting", "available", "staffed", "ewt"]
    assert {"like", "empty"} <= set(found["match"]["is"]["enum"])
