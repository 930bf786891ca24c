"""Every parameter of every operation, in the path and in the query, gets odd texts. None is a fault of ours."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from api.conventions.router import TeamOperation
from tests.contract.document import OPERATIONS, Operation
from tests.contract.odd_values import TEXTS
from tests.contract.team import Team

pytestmark = pytest.mark.service


def in_path(team: Team, operation: Operation, name: str, text: str) -> str:
    """Return the path with the text as one of its parameters."""
    ids = {**team.ids, name: quoted(text)}
    return operation.route.path.format(**ids) + in_query(team.query(operation))


def in_query(parameters: dict[str, Any]) -> str:
    return "?" + "&".join(f"{quoted(name)}={quoted(str(value))}" for name, value in parameters.items())


def quoted(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


SHARED = frozenset({"limit", "skip", "cursor", "sort", "where", "search"})
"""Parameters that every list reads in the same way."""
PARTS = 3
"""Of these, and of its filters, a list gets one text of so many. All lists together get every text in each."""


def queried(operation: Operation) -> Iterator[tuple[str, list[str]]]:
    """Yield the operation's query parameters with the texts to send. Of a list's fields, one of each kind is enough."""
    route = operation.route
    listed = route.listed if isinstance(route, TeamOperation) else None
    filters = route.filters if isinstance(route, TeamOperation) else frozenset()
    kinds = {listed.kind(name): name for name in sorted(filters)} if listed else {}
    alike = SHARED | filters if listed else frozenset()
    part = OPERATIONS.index(operation)
    for parameter in operation.said.get("parameters", ()):
        name = parameter["name"]
        if parameter["in"] != "query" or (name in filters and name not in kinds.values()):
            continue
        yield name, TEXTS[part % PARTS :: PARTS] if name in alike else TEXTS
        part += 1


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_no_text_in_a_parameter_is_a_fault_of_ours(
    operators_team: Team, operation: Operation, unlimited: None
) -> None:
    team, client, wrong = operators_team, operators_team.world.api.client, []
    body = team.least(operation)
    rest: dict[str, Any] = {
        "headers": team.headers(operation, team.world.admin),
        "follow_redirects": False,
    }
    if body is not None:
        rest["json"] = body
    in_paths = [one["name"] for one in operation.said.get("parameters", ()) if one["in"] == "path"]
    asked = [
        (name, text, in_path(team, operation, name, text)) for name in in_paths for text in TEXTS if text
    ]
    for name, texts in queried(operation):
        asked += [
            (name, text, team.path(operation) + in_query({**team.query(operation), name: text}))
            for text in texts
        ]
    for name, text, path in asked:
        answer = client.request(operation.method, path, **rest)
        if answer.status_code >= 500:
            wrong.append((name, text[:100], answer.status_code, answer.text[:200]))
    assert wrong == []
