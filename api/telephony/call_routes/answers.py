"""What clients get of call routes."""

from typing import Any

from api.conventions.answers import Answer, PublicId, Time, answer
from api.telephony.call_routes.resource import ROUTE

CallRouteAnswer = answer("CallRoute", ROUTE, blocks=dict[str, Any])


class ProblemAnswer(Answer):
    """`block` null: the document itself."""

    block: str | None
    field: str
    message: str


class Validation(Answer):
    valid: bool
    problems: list[ProblemAnswer]


class StepAnswer(Answer):
    """A block that the call went through, the exit that it took (null: none), and why."""

    route: PublicId
    block: str
    type: str
    exit: str | None
    why: str


class DryRunAnswer(Answer):
    route: PublicId
    version: int
    at: Time
    path: list[StepAnswer]
