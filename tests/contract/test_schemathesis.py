"""Schemathesis makes right requests of the document. No answer is a fault of ours, and each is as the document says.

They are the same each time. `make test EXAMPLES=100` makes more of them, and wrong requests too, which take long to
make: `test_bodies` and `test_parameters` send wrong values in less time.
"""

import os

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, assume, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi import checks

from tests.contract.document import DOCUMENT, OPERATIONS, Operation
from tests.contract.team import Team

pytestmark = [pytest.mark.service, pytest.mark.timeout(3600)]

MANY = os.environ.get("SWITCHROOM_TEST_EXAMPLES")
EXAMPLES = int(MANY or 4)
"""Requests of each operation."""
MODES = list(GenerationMode) if MANY else [GenerationMode.POSITIVE]
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
CHECKS = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
LONGEST_URL = 60_000
NEVER_WRONG = frozenset({"get_conference", "list_plans", "health", "metrics"})
"""Nothing that they take can be wrong."""
MAY_BE_503 = frozenset(
    {"health", "upload_file", "upload_prompt", "upload_greeting", "upload_attachment", "upload_visitor_file"}
)
"""They say that parts of the system are away, which they are in a test: here is no object storage."""


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.value)
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_answers_are_as_the_document_says(
    operators_team: Team, operation: Operation, mode: GenerationMode, unlimited: None
) -> None:
    if mode is GenerationMode.NEGATIVE and operation.name in NEVER_WRONG:
        pytest.skip("no request can be wrong")
    team = operators_team
    described = SCHEMA[operation.route.path_format][operation.method]
    named = {name: value for name, value in team.ids.items() if f"{{{name}}}" in operation.route.path}

    @seed(0)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    @given(case=described.as_strategy(mode, path_parameters=named))
    def answers(case: schemathesis.Case) -> None:
        asked = requests.Request(**case.as_transport_kwargs(base_url="http://testserver")).prepare()
        # The client of the tests sends no longer one.
        assume(len(asked.path_url) < LONGEST_URL)
        with team.unchanged():
            answer = team.world.api.client.request(
                operation.method,
                asked.path_url,
                content=asked.body,
                headers=_bytes({**asked.headers, **team.headers(operation, team.world.admin)}),
                follow_redirects=False,
            )
        assert answer.status_code < 500 or operation.name in MAY_BE_503, answer.text
        case.validate_response(answer, checks=CHECKS)

    answers()


def _bytes(headers: dict[str, str | bytes]) -> dict[str, bytes]:
    """Return headers with values that the client of the tests takes, whatever letters they have."""
    return {name: value if isinstance(value, bytes) else value.encode() for name, value in headers.items()}
