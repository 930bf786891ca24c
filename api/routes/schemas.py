"""What clients send about call routes. Blocks are checked by `routing.route`, all problems at once, not
here."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from api.body import Body, optional
from api.queues.schemas import Name
from api.values import Id


class RouteDocument(Body):
    """A decision tree: `entry` names a block; `blocks`: id -> `{type, settings, exits}`."""

    name: Name
    entry: Any = ""
    blocks: Any = Field(default_factory=dict)


class RouteCreate(RouteDocument):
    """`team` may be left out if the query names it (`slug`) or the user is in one team only."""

    team: Id | None = None
    user: Id | None = None
    """Whose route it is; null: the team's."""


class RouteUpdate(Body):
    """Any subset; what isn't sent stays."""

    name: Name = optional()
    entry: Any = optional()
    blocks: Any = optional()


class RouteValidate(Body):
    """A document to check, in the light of a team's queues, sounds and users."""

    team: Id | None = None
    entry: Any = ""
    blocks: Any = Field(default_factory=dict)


QueueState = Literal["answered", "timeout", "full", "empty"]


class DryRun(Body):
    """A call to imagine: when (without a zone in the team's), from whom, what it presses, how the queues answer."""

    at: datetime | None = None
    caller: str = Field(default="", max_length=40)
    digits: list[Annotated[str, Field(max_length=1)]] | Annotated[str, Field(max_length=200)] = ""
    queues: dict[Id, QueueState] = Field(default_factory=dict)
