"""The check of a route warns of outside numbers that lead back to the team, and of identities that are not its own."""

from datetime import UTC, datetime
from typing import Any

import pytest

from routing.routes.check import check_stored
from tests.support.routing.story import DID, block, hex_id

pytestmark = pytest.mark.unit
USER, OUTSIDE = hex_id(3, 1), "+14165550177"


@pytest.mark.parametrize(
    ("made", "kinds"),
    [
        (block("number", {"failed": "bye"}, number=DID), ["loop"]),
        (block("number", {"failed": "bye"}, number=OUTSIDE), []),
        (block("number", {"failed": "bye"}, number=OUTSIDE, caller_id=DID), []),
        (block("number", {"failed": "bye"}, number=OUTSIDE, caller_id=OUTSIDE), ["caller-id"]),
        (block("user", {"failed": "bye"}, user=USER), ["loop"]),
    ],
    ids=["own number", "outside", "own identity", "another identity", "forward"],
)
def test_what_leads_back_is_a_warning(made: dict[str, Any], kinds: list[str]) -> None:
    documents = {"r": {"name": "R", "entry": "b", "blocks": {"b": made, "bye": block("hangup")}}}
    report = check_stored(
        "r", documents, at=datetime(2026, 1, 5, tzinfo=UTC), numbers={DID}, forwards={USER: DID}
    )
    assert [finding.kind for finding in report.findings] == kinds
    assert all(finding.severity == "warning" for finding in report.findings)
