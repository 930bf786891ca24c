"""What the blocks that branch by named cases share."""

import re
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from routing.blocks.base import BlockType
from routing.blocks.settings import Check
from routing.expressions.shapes import shape_of, shaped

ELSE = "else"
"""The exit for what no case applies to."""
_EXIT = re.compile(r"[A-Za-z0-9_-]{1,40}")


class Cases(BlockType):
    """The exits are the names of the cases in the settings, and `else`. Each must lead somewhere."""

    exits: ClassVar = frozenset({ELSE})
    required_exits: ClassVar = exits
    waits = False

    def exits_of(self, settings: Mapping[str, Any]) -> frozenset[str]:
        return case_names(settings) | {ELSE}

    def required_of(self, settings: Mapping[str, Any]) -> frozenset[str]:
        return self.exits_of(settings)


def exit_name(value: Any) -> str | None:
    """Check the name of a case or a branch, which is also the name of its exit."""
    if not isinstance(value, str) or not _EXIT.fullmatch(value):
        return "must be a name: 1 to 40 of A-Z a-z 0-9 _ -"
    return f"{ELSE} is the exit for what no case applies to" if value == ELSE else None


def check_cases(check_case: Callable[[Mapping[str, Any]], str | None]) -> Check:
    """Return a check of a list of 1 to 50 cases, each with a `name`. Cases of the same name share an exit. The check
    names each bad case. `check_case` says the shape of a case's other properties."""

    @shaped(
        type="array",
        minItems=1,
        maxItems=50,
        items={
            "type": "object",
            "required": ["name"],
            "properties": {
                "name": {"type": "string", "pattern": f"^{_EXIT.pattern}$"},
                **shape_of(check_case)["properties"],
            },
        },
    )
    def check(value: Any) -> str | None:
        if not isinstance(value, list) or not 1 <= len(value) <= 50:
            return "must be a list of 1 to 50 cases"
        found = [f"case {number} {problem}" for number, case in enumerate(value, 1) if (problem := one(case))]
        return "; ".join(found) or None

    def one(case: Any) -> str | None:
        if not isinstance(case, dict):
            return "must be an object"
        if problem := exit_name(case.get("name")):
            return f"name {problem}"
        return check_case(case)

    return check


def case_names(settings: Mapping[str, Any]) -> frozenset[str]:
    """Return the names of the cases, as far as they can be read."""
    listed = settings.get("cases")
    found = (
        [case.get("name") for case in listed if isinstance(case, dict)] if isinstance(listed, list) else []
    )
    return frozenset(name for name in found if isinstance(name, str) and exit_name(name) is None)
