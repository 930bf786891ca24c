"""`set`: sets variables, and what the call brings to a queue: skills, priority, language, tags, a preferred agent."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from routing.blocks import checks
from routing.blocks.base import BlockType, Exit, Turn
from routing.blocks.settings import Setting, Words
from routing.blocks.ways import Look, Way
from routing.config import SkillNeed
from routing.expressions import variables
from routing.expressions.shapes import shaped

MAX_TAGS = 50
MAX_SKILLS = 20


@shaped(
    type="object",
    minProperties=1,
    maxProperties=variables.MAX_VARIABLES,
    additionalProperties={"type": "string", "maxLength": variables.MAX_VALUE},
)
def check_variables(value: Any) -> str | None:
    if not isinstance(value, dict) or not 1 <= len(value) <= variables.MAX_VARIABLES:
        return f"must map 1 to {variables.MAX_VARIABLES} names to texts"
    for name, template in value.items():
        problem = variables.check_name(name) or variables.check_template(template, empty=True)
        if problem:
            return f"{name!r:.50} {problem}"
    return None


@shaped(
    type="array",
    minItems=1,
    maxItems=MAX_SKILLS,
    items={
        "type": "object",
        "required": ["skill"],
        "additionalProperties": False,
        "properties": {
            "skill": {"type": "string"},
            "level": {"type": "number"},
            "required": {"type": "boolean"},
        },
    },
)
def check_skills(value: Any) -> str | None:
    """Check `[{"skill": "german", "level": 3, "required": true}]`."""
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_SKILLS:
        return f"must be a list of 1 to {MAX_SKILLS} skills"
    for need in value:
        if not isinstance(need, dict) or not {"skill"} <= set(need) <= {"skill", "level", "required"}:
            return 'each must be {"skill": ..., "level": ..., "required": ...}'
        if problem := _text(need["skill"]):
            return f"skill {problem}"
        if problem := checks.whole(1, 100)(need.get("level", 1)):
            return f"level {problem}"
        if problem := checks.flag(need.get("required", True)):
            return f"required {problem}"
    return None


@shaped(type="array", minItems=1, maxItems=MAX_TAGS, items={"type": "string"})
def check_tags(value: Any) -> str | None:
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_TAGS:
        return f"must be a list of 1 to {MAX_TAGS} tags"
    return next((f"each tag {problem}" for tag in value if (problem := _text(tag))), None)


def _text(value: Any) -> str | None:
    good = isinstance(value, str) and 1 <= len(value) <= 40 and value.isprintable() and value.strip() == value
    return None if good else "must be a text of 1 to 40 printable characters"


class Set(BlockType):
    """A setting that is not given changes nothing. Skills and tags are added. A skill that the call needs already is
    replaced."""

    type = "set"
    settings: ClassVar = {
        "variables": Setting(check_variables, words=Words.ASSIGNED),
        "skills": Setting(check_skills, words=Words.LABELS),
        "priority": Setting(checks.whole(-100, 100)),
        "language": Setting(checks.language),
        "tags": Setting(check_tags, words=Words.LABELS),
        "preferred_agent": checks.reference("agent"),
    }
    exits = frozenset({"next"})
    required_exits = exits
    waits = False

    def problems(self, settings: Mapping[str, Any], exits: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        if not any(settings.get(name) is not None for name in self.settings):
            yield "settings", "nothing is set"

    def enter(self, turn: Turn) -> Exit:
        call = turn.call
        for name, text in sorted(_texts(turn).items()):
            variables.assign(call.variables, name, text)
        wanted = {need.skill: need for need in call.needs} | _needs(turn.setting("skills"))
        call.needs = tuple(wanted.values())[:MAX_SKILLS]
        call.tags = list(dict.fromkeys([*call.tags, *(turn.setting("tags") or ())]))[:MAX_TAGS]
        for field, name in (
            ("priority", "priority"),
            ("language", "language"),
            ("preferred", "preferred_agent"),
        ):
            if turn.setting(name) is not None:
                setattr(call, field, turn.setting(name))
        return "next"

    def reason(self, turn: Turn) -> str:
        told = [f"{name} = “{text[:50]}”" for name, text in _texts(turn).items()]
        told += [name for name in self.settings if name != "variables" and turn.setting(name) is not None]
        return f"sets {', '.join(told)}"

    def ways(self, look: Look) -> Iterator[Way]:
        facts = {
            name: None if variables.names_in(template) else variables.render(template, str)
            for name, template in (look.setting("variables") or {}).items()
        }
        yield Way("next", "goes on", facts=facts)


def _texts(turn: Turn) -> dict[str, str]:
    """Return the new values of variables."""
    return {name: turn.text(template) for name, template in (turn.setting("variables") or {}).items()}


def _needs(skills: list[dict[str, Any]] | None) -> dict[str, SkillNeed]:
    return {
        need["skill"]: SkillNeed(need["skill"], need.get("level", 1), need.get("required", True))
        for need in skills or ()
    }
