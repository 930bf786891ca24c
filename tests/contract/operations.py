"""The operations that the APIs must have (`team_api.yaml`, `inbox_api.yaml`), and the page of how each is tested."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "api-coverage.md"
_CONTRACTS = (("team_api.yaml", "/v1", ""), ("inbox_api.yaml", "/inbox", "inbox"))
"""File, beginning of its paths, and what its sections and names begin with."""
_HEAD = """# The APIs, operation by operation

After reading this page you know which operations of the team API and of the customer inbox are
built, and which tests drive each of them. `make test` writes this page. The lists of operations
stand in `tests/contract/team_api.yaml` and `tests/contract/inbox_api.yaml`.
"""


@dataclass(frozen=True)
class Promised:
    """An operation that a client may call. `calls`: method and path of each spelling; parameters are `{}`."""

    section: str
    name: str
    status: int
    open: bool
    calls: tuple[tuple[str, str], ...]


@cache
def promised() -> tuple[Promised, ...]:
    """Return all operations, in the order of the contract."""
    return tuple(
        Promised(
            f"{prefix} {section}".strip(),
            f"{prefix}-{name}".strip("-"),
            said["status"],
            said.get("open", False),
            tuple(_call(base, text) for text in (said["call"], said.get("also")) if text),
        )
        for file, base, prefix in _CONTRACTS
        for section, operations in yaml.safe_load(Path(__file__).with_name(file).read_text()).items()
        for name, said in operations.items()
    )


def _call(base: str, text: str) -> tuple[str, str]:
    method, path = text.split()
    return method, spelled(path if path.startswith(("/auth", "/hooks")) else base + path)


def spelled(path: str) -> str:
    """Return the path in lower case, with `{}` for each parameter."""
    return re.sub(r":\w+|\{\w+\}", "{}", path).lower()


def page(outcomes: Mapping[str, Mapping[str, str]], built: set[tuple[str, str]]) -> str:
    """Return the page. `outcomes`: operation -> test -> `passed`, `failed` or `skipped`."""
    operations = promised()
    there = [operation for operation in operations if operation.calls[0] in built]
    driven = [operation for operation in there if outcomes.get(operation.name)]
    lines = [_HEAD, f"{len(operations)} operations, {len(there)} built, {len(driven)} driven by tests.\n"]
    for section in dict.fromkeys(operation.section for operation in operations):
        lines += [f"## {section}\n", "| operation | call | state | tests |", "|---|---|---|---|"]
        for operation in operations:
            if operation.section == section:
                lines.append(_row(operation, outcomes.get(operation.name, {}), operation.calls[0] in built))
        lines.append("")
    return "\n".join(lines)


def _row(operation: Promised, outcomes: Mapping[str, str], is_built: bool) -> str:
    method, path = operation.calls[0]
    files: dict[str, list[str]] = {}
    for test, outcome in sorted(outcomes.items()):
        files.setdefault(test.partition("::")[0], []).append(outcome)
    tests = "<br>".join(f"`{file}` ({_count(found)})" for file, found in files.items())
    failed = any(outcome == "failed" for outcome in outcomes.values())
    state = "not built" if not is_built else "failed" if failed else "passed" if outcomes else "no test"
    return f"| {operation.name} | `{method} {path}` | {state} | {tests} |"


def _count(outcomes: list[str]) -> str:
    return ", ".join(
        f"{outcomes.count(kind)} {kind}" for kind in ("passed", "failed", "skipped") if kind in outcomes
    )
