"""What clients get of call routes, beside the routes themselves."""

from typing import Any, Literal

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


class SettingAnswer(Answer):
    """A setting of a type of blocks."""

    name: str
    required: bool
    default: Any
    """What holds if the setting is left out."""
    refers_to: str | None
    """What of the team the value names: a `queue`, `user`, `agent`, `department`, `route`, `sound` or `mailbox`."""
    hidden: bool
    """Whether secrets in the value are shown as `********`."""
    accepts: dict[str, Any]
    """A JSON Schema of the value: its type and its limits."""


class BlockTypeAnswer(Answer):
    """A type of blocks."""

    type: str
    settings: list[SettingAnswer]
    exits: list[str]
    required_exits: list[str]
    """Exits that must lead to a block."""
    names_exits: bool
    """Whether the settings of a block name further exits."""
    overflow_target: bool
    """Whether a queue's overflow may be a block of this type."""


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


class WayAnswer(Answer):
    """A step of a way through a route."""

    block: str
    exit: str | None
    """The exit that is taken; null: the call ends here."""
    lead: str
    """What happens."""


class FindingAnswer(Answer):
    """What a walk over every way through a route has found."""

    severity: Literal["error", "warning", "info"]
    kind: str
    """`endless`, `dead-end`, `unreachable-block`, `unreachable-exit`, `cycle`, `unbounded-wait`, `loop`, `caller-id` or
    `inexact`."""
    block: str | None
    exit: str | None
    route: PublicId | None
    """The route of the block; null: the document that is checked."""
    message: str
    way: list[WayAnswer]
    """How a caller comes there."""
    digits: str
    """All that is pressed on the way."""
    at: Time | None
    """A moment at which it happens; null: at any time."""


class CheckAnswer(ValidityAnswer):
    """What is wrong with a route. A document with problems is not walked."""

    findings: list[FindingAnswer]
    longest_wait: float | None
    """The longest that a caller can wait, in seconds, without the length of sounds; null: there is no limit."""
    longest_way: list[WayAnswer]
    longest_digits: str
    longest_at: Time | None
    blocks: int
    states: int
    """How many states were walked."""
