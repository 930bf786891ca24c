"""The OpenAPI document is complete: each operation says what it takes, answers and refuses."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.api.client import Api

pytestmark = pytest.mark.service

UNTYPED = {"get_recording", "reset_page", "invite_page"}
"""They answer a redirect or a page."""


@pytest.fixture
def document(api: Api) -> dict[str, Any]:
    found: dict[str, Any] = api.client.get("/openapi.json").json()
    return found


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def good(operation: dict[str, Any]) -> dict[str, Any]:
    """What it answers if all is well."""
    found: dict[str, Any] = next(
        response for status, response in operation["responses"].items() if status.startswith(("2", "3"))
    )
    return found


def test_each_operation_has_an_answer_with_a_model_and_an_example(document: dict[str, Any]) -> None:
    wrong = []
    for name, operation in operations(document):
        if operation["operationId"] in UNTYPED:
            continue
        content = good(operation).get("content", {}).get("application/json", {})
        schema = content.get("schema", {})
        typed = "$ref" in schema or "anyOf" in schema or "$ref" in schema.get("items", {})
        if not typed or "example" not in content:
            wrong.append(name)
    assert wrong == []


def test_each_operation_has_a_summary_errors_and_an_id_of_its_own(document: dict[str, Any]) -> None:
    found = list(operations(document))
    assert [name for name, operation in found if not operation.get("summary")] == []
    assert [name for name, operation in found if "503" not in operation["responses"]] == []
    ids = [operation["operationId"] for _, operation in found]
    assert sorted(ids) == sorted(set(ids))


def test_what_needs_a_token_says_so(api: Api, document: dict[str, Any]) -> None:
    """Without a token an operation answers 401 just where its security scheme asks for one."""
    wrong = []
    for name, operation in operations(document):
        method, path = name.split()
        filled = path.replace("{", "").replace("}", "")
        answer = api.client.request(method, filled, json={}, follow_redirects=False)
        if (answer.status_code == 401) != bool(operation["security"]):
            wrong.append((name, answer.status_code))
    assert wrong == []


def test_a_patch_has_no_defaults(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    wrong = []
    for name, operation in operations(document):
        if name.startswith("PATCH"):
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            fields = schemas[schema["$ref"].rpartition("/")[2]]["properties"]
            wrong += [(name, field) for field, said in fields.items() if "default" in said]
    assert wrong == []
