"""`percent`: sends callers to branches by chance, each with its share."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from routing.blocks import checks
from routing.blocks.base import BlockType, Exit, Turn
from routing.blocks.cases import exit_name
from routing.blocks.settings import Setting
from routing.blocks.ways import Look, Way
from routing.expressions.shapes import shaped


@shaped(type="object", minProperties=1, maxProperties=50, additionalProperties={"type": "number"})
def check_branches(value: Any) -> str | None:
    """Check `{"old": 90, "new": 10}`: names and their weights."""
    if not isinstance(value, dict) or not 1 <= len(value) <= 50:
        return "must map 1 to 50 names to weights"
    for name, weight in value.items():
        if problem := exit_name(name):
            return f"{name!r:.50} {problem}"
        if problem := checks.whole(0, 1_000_000)(weight):
            return f"{name} {problem}"
    return None if any(value.values()) else "one weight at least must be above 0"


class Percent(BlockType):
    """Weights need not add up to 100. A branch of weight 0 is switched off."""

    type = "percent"
    settings: ClassVar = {"branches": Setting(check_branches, required=True)}
    waits = False

    def exits_of(self, settings: Mapping[str, Any]) -> frozenset[str]:
        branches = settings.get("branches")
        names = branches if isinstance(branches, dict) else {}
        return frozenset(name for name in names if exit_name(name) is None)

    def required_of(self, settings: Mapping[str, Any]) -> frozenset[str]:
        return self.exits_of(settings)

    def enter(self, turn: Turn) -> Exit:
        branches: dict[str, int] = turn.setting("branches")
        drawn = turn.world.rng.randrange(sum(branches.values()))
        for name, weight in sorted(branches.items()):
            drawn -= weight
            if drawn < 0:
                return name
        return None

    def likeliest(self, settings: Mapping[str, Any]) -> str:
        branches: dict[str, int] = settings["branches"]
        return max(branches, key=lambda name: branches[name])

    def ways(self, look: Look) -> Iterator[Way]:
        branches: dict[str, int] = look.setting("branches")
        for name, weight in branches.items():
            if weight:
                yield Way(name, f"chance, {100 * weight / sum(branches.values()):.3g} %")
