"""What is wrong with a body is said for each field, all at once, and in our words."""

import json
import re
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from api.core.errors import ValidationFailed
from tests.contract.document import OPERATIONS, Operation, resolved
from tests.contract.team import PERSONAL, Team

pytestmark = pytest.mark.service

RAW = re.compile(
    r"\b(?:input|field|string|list|dictionary|tuple|set|value|url|bytes|integer|number|datetime|boolean|extra inputs)\b"
    r" (?:should|required|error|are not)|assertion|pydantic|traceback|type=|(?-i:\bNone\b)|<class"
    r"|\bvalid \w+|\{[a-z_]+\}",
    re.IGNORECASE,
)
"""What pydantic and Python say, and what a template that was not filled looks like."""
IN_ONE_TEXT = re.compile(r"; (?=[\w.]+: )")
"""What stands between the fields in a message of the inbox."""
WRONG: list[Any] = [
    {"x": [[]]},
    [{"y": 0}],
    10**400,
    -1,
    1.5,
    True,
    None,
    "",
    "\0",
    "\u202e",
    "\ud800",
    "x" * 30_000,
    "\n",
]


def fields_of(operation: Operation) -> dict[str, Any]:
    """Return the fields of the body's object; none if it is a list."""
    fields: dict[str, Any] = resolved(operation.body() or {}).get("properties", {})
    return fields


WITH_FIELDS = [
    operation
    for operation in OPERATIONS
    # A page of HTML has its own words.
    if operation.route.dependant.body_params and fields_of(operation) and not operation.name.endswith("_page")
]


def fits(operation: Operation, body: Any) -> bool:
    """Say whether each field is right by itself. What they must be together is looked at afterwards."""
    (parameter,) = operation.route.dependant.body_params
    adapter: TypeAdapter[Any] = TypeAdapter(parameter.field_info.rebuild_annotation())
    try:
        adapter.validate_python(body)
    except ValidationFailed:
        return True
    except ValidationError:
        return False
    return True


def refused(team: Team, operation: Operation, body: Any) -> dict[str, str]:
    """Return the messages for a body that is wrong."""
    person = team.world.member if operation.name in PERSONAL else team.world.admin
    answer = team.world.api.client.request(
        operation.method,
        team.path(operation),
        params=team.query(operation),
        content=json.dumps(body).encode(),
        headers={"Content-Type": "application/json", **team.headers(operation, person)},
    )
    told = answer.json()
    if operation.route.path.startswith("/inbox/"):
        assert (answer.status_code, told["code"]) == (400, 101), answer.text[:500]
        parts = (part.partition(": ") for part in IN_ONE_TEXT.split(told["message"]))
        return {field: problem for field, _, problem in parts}
    assert (answer.status_code, told["errorType"]) == (400, "validation"), answer.text[:500]
    found: dict[str, str] = told["response"]
    return found


@pytest.mark.parametrize("operation", WITH_FIELDS, ids=lambda operation: operation.name)
def test_each_wrong_field_is_named_and_told_what_would_be_right(
    operators_team: Team, operation: Operation, unlimited: None
) -> None:
    """All fields get different wrong values in the same body, in turn, so that each gets each."""
    team = operators_team
    names, least = list(fields_of(operation)), team.least(operation)
    for turn in range(len(WRONG)):
        values = {name: WRONG[(turn + place) % len(WRONG)] for place, name in enumerate(names)}
        wrong = {name for name, value in values.items() if not fits(operation, {**least, name: value})}
        if not wrong:
            continue
        told = refused(team, operation, {**least, **values})
        silent = {
            name for name in wrong if not any(key == name or key.startswith(f"{name}.") for key in told)
        }
        assert silent == set(), {name: values[name] for name in silent}
        for field, message in told.items():
            assert isinstance(message, str)
            assert not RAW.search(message), (field, message)
            assert 3 < len(message) < 500, (field, message)


def test_what_no_database_stores_hides_no_other_fault(team: Team) -> None:
    body = {"name": "a\0", "color": 5, "locked": "x"}
    told = team.world.call(team.world.admin, "PATCH", f"/chat/{team.ids['chat_id']}", json=body).json()[
        "response"
    ]
    assert told.keys() == body.keys()
    assert told["name"] == "Contains a NUL character"
