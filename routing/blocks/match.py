"""`match`: branches by what variables hold."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from routing.blocks.base import Exit, Turn
from routing.blocks.cases import ELSE, Cases, check_cases
from routing.blocks.settings import Setting, Words
from routing.blocks.ways import Look, Way
from routing.expressions import conditions, variables


class Match(Cases):
    """The first case whose conditions all hold decides. Cases of the same name are alternatives."""

    type = "match"
    settings: ClassVar = {
        "cases": Setting(check_cases(conditions.check_case), required=True, words=Words.DECIDING)
    }

    def enter(self, turn: Turn) -> Exit:
        return _exit(turn, turn.setting("cases"))

    def compared(self, settings: Mapping[str, Any]) -> list[str]:
        names = (c["variable"] for case in settings["cases"] for c in case["when"])
        return list(dict.fromkeys(names))

    def reason(self, turn: Turn) -> str:
        names = self.compared(turn.block.settings)
        return ", ".join(f"{name} is “{turn.value(name)[:50]}”" for name in names)

    def ways(self, look: Look) -> Iterator[Way]:
        for name, witness in conditions.possible(look.setting("cases"), "variable", look.facts):
            lead = ", ".join(f"{variable} is “{text}”" for variable, text in witness.items())
            exit = name or ELSE
            yield Way(exit, lead or f"the variables fit {exit}", facts=_certain(look.setting("cases"), name))


def _exit(turn: Turn, cases: list[conditions.Case]) -> str:
    def fill(template: str) -> str:
        return variables.render(template, turn.value)

    found = conditions.first_case(cases, lambda condition: turn.value(condition["variable"]), fill)
    return ELSE if found is None else str(found["name"])


def _certain(cases: list[conditions.Case], name: str | None) -> dict[str, str | None]:
    """Return the variables whose value is certain after a case that is the only one of its name."""
    same = [case for case in cases if case["name"] == name]
    if len(same) != 1:
        return {}
    found: dict[str, str | None] = {}
    for condition in same[0]["when"]:
        if condition["is"] == "equals" and not variables.names_in(condition["value"]):
            if conditions.number(condition["value"]) is None:
                found[condition["variable"]] = condition["value"]
        elif condition["is"] == "empty":
            found[condition["variable"]] = ""
    return found
