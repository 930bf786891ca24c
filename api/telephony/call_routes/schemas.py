"""What clients send about call routes. Blocks are checked by `routing.routes.document`, all problems at once, not
here."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from api.conventions.body import Body, optional
from api.conventions.fields import Id
from api.telephony.queues.schemas import Name


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


QueueState = Literal["answered", "timeout", "full", "empty", "closed"]
Text = Annotated[str, Field(max_length=1000)]
BlockKey = Annotated[str, Field(max_length=64)]
Texts = Annotated[dict[Annotated[str, Field(max_length=60)], Text], Field(max_length=100)]


class Figures(Body):
    """How a queue does: what isn't sent is not known."""

    waiting: float | None = Field(default=None, ge=0, le=1e9)
    available: float | None = Field(default=None, ge=0, le=1e9)
    staffed: float | None = Field(default=None, ge=0, le=1e9)
    ewt: float | None = Field(default=None, ge=0, le=1e9)

    def known(self) -> dict[str, float]:
        return {name: value for name, value in self.model_dump().items() if value is not None}


class DryRun(Body):
    """A call to imagine: when (without a zone in the team's), from whom to which number, what it presses, how the
    queues answer and do, whether the caller is a contact (its attributes), the variables, what the requests of
    `fetch` blocks bring (null: they fail), and the exits of blocks that depend on others."""

    at: datetime | None = None
    caller: str = Field(default="", max_length=40)
    did: str = Field(default="", max_length=40)
    contact: Texts | None = None
    variables: Texts = Field(default_factory=dict)
    figures: dict[Id, Figures] = Field(default_factory=dict, max_length=100)
    fetched: dict[BlockKey, Texts | None] = Field(default_factory=dict, max_length=100)
    exits: dict[BlockKey, Annotated[str, Field(max_length=40)]] = Field(default_factory=dict, max_length=500)
    digits: list[Annotated[str, Field(max_length=1)]] | Annotated[str, Field(max_length=200)] = ""
    queues: dict[Id, QueueState] = Field(default_factory=dict)
