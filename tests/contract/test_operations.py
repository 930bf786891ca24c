"""What is built of the APIs is as their contracts say, and tests name operations that exist."""

import re

import pytest

from tests.contract.document import OPERATIONS, Operation
from tests.contract.operations import ROOT, Promised, page, promised, spelled

pytestmark = pytest.mark.unit

BUILT = {(operation.method, spelled(operation.route.path_format)): operation for operation in OPERATIONS}
THERE = [operation for operation in promised() if operation.calls[0] in BUILT]
MARK = re.compile(r"\.operation\(([^)]*)\)")


def found(operation: Promised) -> Operation:
    return BUILT[operation.calls[0]]


@pytest.mark.parametrize("operation", THERE, ids=lambda operation: operation.name)
def test_an_operation_answers_as_the_contract_says(operation: Promised) -> None:
    """Whatever a client was written for: the status of success, the other spelling, and whether it must sign in."""
    assert int(found(operation).good()[0]) == operation.status
    assert [call for call in operation.calls if call not in BUILT] == []
    assert operation.open or found(operation).schemes() == {"bearer", "password"}


def test_every_operation_has_a_name_of_its_own() -> None:
    names = [operation.name for operation in promised()]
    assert len(set(names)) == len(names) == 129 + 42


def test_tests_drive_operations_that_exist() -> None:
    known = {operation.name for operation in promised()}
    named = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for marks in MARK.findall(path.read_text())
        for name in re.findall(r'"([a-z-]+)"', marks)
    }
    assert named - known == set()


def test_the_page_says_what_failed() -> None:
    outcomes = {"get-queue": {"tests/a.py::test_one": "passed", "tests/a.py::test_two": "failed"}}
    lines = page(outcomes, {("GET", "/v1/ccqueueconfig/{}"), ("GET", "/v1/plan")}).splitlines()
    assert "| get-queue | `GET /v1/ccqueueconfig/{}` | failed | `tests/a.py` (1 passed, 1 failed) |" in lines
    assert "| list-plans | `GET /v1/plan` | no test |  |" in lines
    assert "| list-countries | `GET /v1/country` | not built |  |" in lines
