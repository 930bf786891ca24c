"""The OpenAPI document has the status 409 where an operation can answer it, and nowhere else.

A conflict is raised by our code, or it is two requests that want the same unique value at once: the database refuses
the second one. `CONTESTED` are the tables of such values.
"""

import pytest

import models
from api.conventions.openapi import calls_of
from api.core.errors import Conflict
from api.inbox.surface import CODES
from tests.contract.document import OPERATIONS, Operation
from tests.support.api.reaching import reach

pytestmark = [pytest.mark.unit, pytest.mark.long]

CONTESTED = {
    models.Agent,
    models.CallRouteVersion,
    models.Chat,
    models.ChatUser,
    models.ContactLink,
    models.Department,
    models.DepartmentUser,
    models.Device,
    models.DidNumber,
    models.Integration,
    models.IntegrationEvent,
    models.Queue,
    models.QueueAgent,
    models.QueueManager,
    models.SecondFactor,
    models.Team,
    models.TeamUser,
    models.UploadedPrompt,
    models.User,
    models.WrapUp,
    models.WrapUpCode,
}
"""Those whose unique values are random (tokens), counted under a lock (messages), or written again if they are taken
(marks, translations) are left out."""
CONFLICTS = (Conflict, *(code.error for code in CODES if code.status == 409 and code.error is not None))
"""The inbox has errors of its own for what the team API calls a conflict."""
RENAMES = {"update_team"}
"""Operations that change a unique value of a row that is there, and raise nothing themselves if it is taken."""


def can_conflict(operation: Operation) -> bool:
    found = reach(operation.route.endpoint, *calls_of(operation.route.dependant))
    raises = any(issubclass(kind, CONFLICTS) for kind in found.raised)
    return raises or bool(found.made & CONTESTED) or operation.name in RENAMES


def test_a_conflict_is_documented_where_it_can_be() -> None:
    documented = {operation.name for operation in OPERATIONS if "409" in operation.said["responses"]}
    can = {operation.name for operation in OPERATIONS if can_conflict(operation)}
    assert documented - can == set(), "documented too widely"
    assert can - documented == set(), "not documented"
    assert {"send_message", "create_team", "add_chat_user", "dry_run_route"} <= can
    assert not {"typing", "seen_chat", "logout_user", "end_session", "search_all"} & can
