"""Comparisons of a variable (or a figure) with a value, and the values that would make cases true.

No expression is evaluated and no regular expression is used, since one task serves every team. The time of every
comparison here is linear in the length of its texts.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise, product
from operator import contains, gt, lt
from typing import Any

from routing.expressions import variables
from routing.expressions.shapes import TEXT, Shape, shaped

TEXT_OPERATORS = ("equals", "not-equals", "contains", "starts-with", "ends-with", "like", "in")
NUMBER_OPERATORS = ("less", "greater")
OPERATORS = (*TEXT_OPERATORS, *NUMBER_OPERATORS, "empty", "not-empty")
FIGURE_OPERATORS = ("less", "greater", "equals", "not-equals")
MAX_CONDITIONS = 20
MAX_TRIALS = 5000

Condition = Mapping[str, Any]
"""`{"variable": name, "is": operator, "value": text, number or list}`. For a figure it is `"figure"` in place of
`"variable"`."""
Case = Mapping[str, Any]
"""`{"name": exit, "when": [condition, ...]}`: all of them hold."""
Fill = Callable[[str], str]
"""A function that fills the variables into a condition's value."""


# -- checking ------------------------------------------------------------------------------------------------


def _when(subject: str, names: Shape, operators: Sequence[str]) -> Shape:
    """Return the shape of a case's conditions, for editors. What `value` may hold depends on the operator."""
    condition = {
        "type": "object",
        "required": [subject, "is"],
        "additionalProperties": False,
        "properties": {subject: names, "is": {"type": "string", "enum": list(operators)}, "value": {}},
    }
    return {"when": {"type": "array", "minItems": 1, "maxItems": MAX_CONDITIONS, "items": condition}}


@shaped(properties=_when("variable", TEXT, OPERATORS))
def check_case(case: Case) -> str | None:
    """Check a case of the block `match`."""
    return _check_when(case, "variable", OPERATORS, variables.check_readable)


def check_figures(figures: Sequence[str]) -> Callable[[Case], str | None]:
    """Return a check of a case over these figures."""

    def known(value: Any) -> str | None:
        return None if isinstance(value, str) and value in figures else f"must be one of {', '.join(figures)}"

    @shaped(properties=_when("figure", {"type": "string", "enum": list(figures)}, FIGURE_OPERATORS))
    def check(case: Case) -> str | None:
        return _check_when(case, "figure", FIGURE_OPERATORS, known)

    return check


def _check_when(case: Case, subject: str, operators: Sequence[str], known: Any) -> str | None:
    if set(case) != {"name", "when"}:
        return 'must be {"name": ..., "when": [...]}'
    when = case["when"]
    if not isinstance(when, list) or not 1 <= len(when) <= MAX_CONDITIONS:
        return f"when must be a list of 1 to {MAX_CONDITIONS} conditions"
    found = (_check_condition(condition, subject, operators, known) for condition in when)
    return "; ".join(problem for problem in found if problem) or None


def _check_condition(condition: Any, subject: str, operators: Sequence[str], known: Any) -> str | None:
    if not isinstance(condition, dict) or not {subject, "is"} <= set(condition) <= {subject, "is", "value"}:
        return f'a condition must be {{"{subject}": ..., "is": ..., "value": ...}}'
    if problem := known(condition[subject]):
        return f"{subject} {problem}"
    operator, value = condition["is"], condition.get("value")
    if operator not in operators:
        return f"is must be one of {', '.join(operators)}"
    if operator in ("empty", "not-empty"):
        return None if value is None else f"{operator} takes no value"
    if operator == "in":
        return _check_listed(value)
    if operator in NUMBER_OPERATORS or subject == "figure":
        return None if number(value) is not None else "value must be a number"
    problem = variables.check_template(value, empty=True)
    return f"value {problem}" if problem else None


def _check_listed(value: Any) -> str | None:
    if not isinstance(value, list) or not 1 <= len(value) <= 200:
        return "value must be a list of 1 to 200 texts"
    problem = next((found for item in value if (found := variables.check_template(item, empty=True))), None)
    return f"value {problem}" if problem else None


def number(value: Any) -> float | None:
    """Return a finite number, also if it is written as a text; None: it is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


# -- deciding ------------------------------------------------------------------------------------------------


def first_case(cases: Iterable[Case], subject_of: Callable[[Condition], str], fill: Fill) -> Case | None:
    """Return the first case whose conditions all hold."""
    return next((case for case in cases if all(holds(c, subject_of(c), fill) for c in case["when"])), None)


def holds(condition: Condition, subject: str, fill: Fill) -> bool:
    operator, value = condition["is"], condition.get("value")
    if operator in ("empty", "not-empty"):
        return bool(subject) is (operator == "not-empty")
    if operator == "in":
        return any(subject == fill(item) for item in value or ())
    if operator in NUMBER_OPERATORS:
        left, right = number(subject), number(value)
        return left is not None and right is not None and _NUMBERS[operator](left, right)
    return _TEXTS[operator](subject, fill(str(value)))


def _same(left: str, right: str) -> bool:
    """Compare as texts, or as numbers if both are numbers: `7` is `7.0`."""
    if left == right:
        return True
    numbers = number(left), number(right)
    return None not in numbers and numbers[0] == numbers[1]


def like(text: str, pattern: str) -> bool:
    """Return whether the text fits the pattern. `*` stands for any text, also an empty one. Each part between stars is
    looked for once, from left to right."""
    first, *rest = pattern.split("*")
    if not rest:
        return text == pattern
    last = rest.pop()
    if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
        return False
    at, end = len(first), len(text) - len(last)
    for part in rest:
        found = text.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True


_NUMBERS: dict[str, Callable[[float, float], bool]] = {"less": lt, "greater": gt}
_TEXTS: dict[str, Callable[[str, str], bool]] = {
    "equals": _same,
    "not-equals": lambda subject, value: not _same(subject, value),
    "contains": contains,
    "starts-with": str.startswith,
    "ends-with": str.endswith,
    "like": like,
}


# -- could it be? --------------------------------------------------------------------------------------------

OTHER = "something-else"


def possible(
    cases: Sequence[Case], subject: str, known: Mapping[str, str]
) -> Iterator[tuple[str | None, dict[str, str]]]:
    """Yield (the case's name, or None for none of them; values that lead to it), once for each name.

    `known` are the subjects whose value is certain. Values are tried: those that the conditions name, and others close
    to them. If a condition's own value names variables, its result is unknown, and every case is possible.
    """
    seen: set[str | None] = set()
    if any(_is_open(condition) for case in cases for condition in case["when"]):
        for name in dict.fromkeys([*(case["name"] for case in cases), None]):
            yield name, {}
        return
    for case in [*cases, None]:
        name = None if case is None else case["name"]
        if name in seen:
            continue
        found = _witness(cases, case, subject, known)
        if found is not None:
            seen.add(name)
            yield name, found


def _is_open(condition: Condition) -> bool:
    value = condition.get("value")
    texts = value if isinstance(value, list) else [value]
    return any(isinstance(text, str) and variables.names_in(text) for text in texts)


def _witness(
    cases: Sequence[Case], wanted: Case | None, subject: str, known: Mapping[str, str]
) -> dict[str, str] | None:
    """Return values under which the wanted case is the first that holds. If there are too many to try, the case counts
    as possible."""
    wants = cases if wanted is None else [wanted]
    names = list(dict.fromkeys(c[subject] for case in wants for c in case["when"]))
    every = list(dict.fromkeys(c[subject] for case in cases for c in case["when"]))
    values = [[known[name]] if name in known else _candidates(cases, subject, name) for name in names]
    neutral = {name: known.get(name, OTHER) for name in every}
    if math.prod(map(len, values)) > MAX_TRIALS:
        return {}
    for chosen in product(*values):
        world = {**neutral, **dict(zip(names, chosen, strict=True))}
        first = first_case(cases, lambda condition, world=world: world[condition[subject]], _plain)  # type: ignore[misc]
        if first is wanted:
            return {name: world[name] for name in names if name not in known}
    return None


def _plain(text: str) -> str:
    return "".join(piece for _, piece in variables.parse(text))


def _candidates(cases: Sequence[Case], subject: str, name: str) -> list[str]:
    conditions = [c for case in cases for c in case["when"] if c[subject] == name]
    found: list[str] = []
    if subject == "figure" or any(c["is"] in NUMBER_OPERATORS for c in conditions):
        found += _numbers(conditions, 0.0 if subject == "figure" else -math.inf)
    if subject != "figure":
        found += [*_texts(conditions), OTHER, ""]
    return list(dict.fromkeys(found))


def _numbers(conditions: Sequence[Condition], least: float) -> list[str]:
    """Return the numbers that are named, those next to them, and those between any two."""
    named = sorted({n for c in conditions if (n := number(c.get("value"))) is not None})
    between = [(low + high) / 2 for low, high in pairwise(named)]
    near = {step for n in named for step in (n - 1, n, n + 1)}
    return [f"{n:.15g}" for n in sorted({*near, *between}) if n >= least]


def _texts(conditions: Sequence[Condition]) -> Iterator[str]:
    """Yield the texts that are named, and texts that begin with, contain and end with them, close together and
    apart."""
    by: dict[str, list[str]] = {}
    for condition in conditions:
        value = condition.get("value")
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, str):
                by.setdefault(condition["is"], []).append(_plain(item))
    for operator, named in by.items():
        for text in named:
            yield from (text.replace("*", ""), text.replace("*", OTHER)) if operator == "like" else (text,)
    starts, ends = ["", *by.get("starts-with", ())], ["", *by.get("ends-with", ())]
    inner = by.get("contains", [])
    for start, end, gap in product(starts, ends, ("", OTHER)):
        yield start + gap + gap.join(inner) + gap + end
