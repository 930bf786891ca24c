"""The OpenAPI document is complete. Each operation names its parameters, answers and errors."""

import json
from collections import Counter
from typing import Any

import pytest
from openapi_spec_validator import validate
from pydantic import TypeAdapter

from tests.api.conftest import api, cheap_hashes, make_api
from tests.contract.document import APP, DOCUMENT, HIDDEN, OPERATIONS, ROUTES, Operation, resolved
from tests.support.api.client import Api

__all__ = ["api", "cheap_hashes", "make_api"]

pytestmark = pytest.mark.unit

each = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)


@pytest.mark.long
def test_the_document_is_valid() -> None:
    assert DOCUMENT["openapi"].startswith("3.1")
    validate(DOCUMENT)


@pytest.mark.long
def test_clients_are_told_of_the_public_paths_only(api: Api) -> None:
    """The private listener's paths, their schemes and models are in no public document."""
    private = {path for path in DOCUMENT["paths"] if path == "/metrics" or path.startswith("/asterisk/")}
    assert len(private) == 4
    public = APP.openapi()
    assert api.client.get("/openapi.json").json() == public
    assert public["paths"] == {path: said for path, said in DOCUMENT["paths"].items() if path not in private}
    assert SCHEMES.keys() - public["components"]["securitySchemes"].keys() == {"node"}
    assert public["components"]["schemas"] == DOCUMENT["components"]["schemas"], (
        "the private ones answer texts"
    )


def test_no_operation_is_hidden_and_none_shares_its_name() -> None:
    assert {route.name for route in ROUTES if not route.include_in_schema} == HIDDEN
    shared = [name for name, times in Counter(route.name for route in ROUTES).items() if times > 1]
    assert shared == []


@each
def test_the_name_is_the_functions(operation: Operation) -> None:
    assert operation.said["operationId"] == operation.route.name


@each
def test_there_is_a_summary(operation: Operation) -> None:
    assert operation.route.description, "the handler has no docstring"
    summary = operation.said["summary"]
    assert summary[0].isupper()
    assert len(summary) <= 100
    assert "`" not in summary


@each
def test_the_answer_has_a_model_and_an_example_that_fits(operation: Operation) -> None:
    status, response = operation.good()
    if status.startswith("3"):
        assert response["headers"]["Location"]
        return
    ((kind, content),) = response["content"].items()
    if kind != "application/json":
        assert content["example"]
        return
    schema = content["schema"]
    named = schema.get("items", schema)
    assert "$ref" in named or "anyOf" in named, "the answer has no model"
    TypeAdapter(operation.route.response_model).validate_json(json.dumps(content["example"]))


ERRORS = {False: ("Error", {"errorType", "response"}), True: ("InboxError", {"code", "message"})}
"""Whether it is an operation of the inbox -> the schema of its errors, and their fields."""


@each
def test_the_errors_are_there_in_our_form(operation: Operation) -> None:
    responses = operation.said["responses"]
    assert {"500", "503"} <= responses.keys()
    assert not {"422", "default"} & responses.keys()
    if operation.said["security"]:
        assert "401" in responses
    assert ("413" in responses) == ("requestBody" in operation.said)
    for status, response in responses.items():
        if status[0] in "45" and "$ref" in response:
            common = DOCUMENT["components"]["responses"][response["$ref"].rpartition("/")[2]]
            content = common["content"]["application/json"]
            name, fields = ERRORS[operation.route.path.startswith("/inbox/")]
            assert content["schema"] == {"$ref": f"#/components/schemas/{name}"}
            assert set(content["example"]) == fields


@each
def test_the_tag_is_described(operation: Operation) -> None:
    (tag,) = operation.said["tags"]
    (described,) = [known for known in DOCUMENT["tags"] if known["name"] == tag]
    assert described["description"]


@each
def test_a_patch_has_no_defaults_and_needs_no_field(operation: Operation) -> None:
    if operation.method != "PATCH":
        return
    schema = resolved(operation.body() or {})
    assert "required" not in schema
    assert [name for name, field in schema["properties"].items() if "default" in field] == []


SCHEMES = DOCUMENT["components"]["securitySchemes"]


@each
def test_the_way_to_prove_who_asks_is_named(operation: Operation) -> None:
    names = operation.schemes()
    assert names <= SCHEMES.keys()
    if operation.route.path.startswith("/asterisk"):
        assert names == {"node"}
        assert SCHEMES["node"]["scheme"] == "basic"
    if operation.name == "login_user":
        assert names == {"password"}


@pytest.mark.service
@pytest.mark.long
def test_without_credentials_an_operation_answers_401_just_where_it_names_a_way(api: Api) -> None:
    wrong: dict[str, Any] = {}
    for operation in OPERATIONS:
        if operation.name == "login_user":
            continue
        path = operation.route.path.replace("{", "").replace("}", "")
        answer = api.client.request(operation.method, path, json={}, follow_redirects=False)
        if (answer.status_code == 401) != bool(operation.said["security"]):
            wrong[operation.name] = answer.status_code
    assert wrong == {}
