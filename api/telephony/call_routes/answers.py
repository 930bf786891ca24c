"""What clients get of call routes, beside the routes themselves."""

from api.conventions.answers import Answer, PublicId, Time


class StepAnswer(Answer):
    """A block that the call goes through."""

    route: PublicId
    block: str
    type: str
    exit: str | None
    """The exit by which the call leaves; null: it ends here."""
    why: str


class DryRunAnswer(Answer):
    """The path of an imagined call."""

    route: PublicId
    version: int
    at: Time
    path: list[StepAnswer]


class ProblemAnswer(Answer):
    """What is wrong with a route."""

    block: str | None
    """The block's id; null: the document itself."""
    field: str
    message: str


class ValidityAnswer(Answer):
    """Whether a route can be saved."""

    valid: bool
    problems: list[ProblemAnswer]
