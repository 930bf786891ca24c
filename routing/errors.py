"""What the core raises. A shell that catches `RoutingError` survives everything that `handle` can do."""

from dataclasses import dataclass

from routing.commands import Command


class RoutingError(Exception):
    """Base of all errors of the core."""


class UnknownEvent(RoutingError):
    """`handle` got something that is no event. Nothing changed."""


class IllegalMove(RoutingError):
    """A call was moved against `routing.state.phases.MOVES`: a fault of the core itself."""


class HandlerFailed(RoutingError):
    """A fault of the core itself, with the cause chained. `commands` were decided before it and should be
    carried out all the same."""

    def __init__(self, message: str, commands: list[Command]) -> None:
        super().__init__(message)
        self.commands = commands


class CodecError(RoutingError, ValueError):
    """A dict is not the encoding of what was asked for."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a route document. `block` None means the document itself. `field` is a dotted path
    in the block."""

    block: str | None
    field: str
    message: str


class RouteError(RoutingError, ValueError):
    """A route document could not be read; `problems` says why."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = problems
