"""What clients send about call routes. Blocks are checked by `routing.routes.document`, all problems at once, not
here."""

from typing import Annotated, Any, Literal

from pydantic import Field

from api.conventions.body import Body, Patch
from api.conventions.fields import Id, Moment
from api.telephony.queues.schemas import Name

_ENTRY = "menu"
_BLOCKS = {
    "menu": {"type": "menu", "settings": {"sound": "team/welcome"}, "exits": {"1": "sales"}},
    "sales": {"type": "queue", "settings": {"queue": "a0192f3c4d5e67890a1b2c3d4e5f60718"}, "exits": {}},
}
Entry = Annotated[Any, Field(examples=[_ENTRY], json_schema_extra={"type": "string"})]
Blocks = Annotated[Any, Field(examples=[_BLOCKS], json_schema_extra={"type": "object"})]


class RouteCreate(Body):
    """A new route: a decision tree of blocks."""

    name: Name
    entry: Entry = ""
    """The id of the first block."""
    blocks: Blocks = Field(default_factory=dict)
    """Block id -> `{type, settings, exits}`."""
    team: Id | None = None
    """May be left out if the query names it (`slug`) or the user is in one team only."""
    user: Id | None = None
    """Whose route it is; null: the team's."""


class RouteUpdate(Patch):
    """What changes in a route."""

    name: Name
    entry: Entry
    """The id of the first block."""
    blocks: Blocks
    """Block id -> `{type, settings, exits}`: all of them."""


class RouteValidate(Body):
    """A document to check against a team's queues, sounds and users."""

    route: Id | None = None
    """The route that the document would change: its hidden values stand for the placeholders."""
    team: Id | None = None
    """May be left out if the query names it (`slug`) or the user is in one team only."""
    entry: Entry = ""
    """The id of the first block."""
    blocks: Blocks = Field(default_factory=dict)
    """Block id -> `{type, settings, exits}`."""


QueueState = Literal["answered", "timeout", "full", "empty", "closed"]
Text = Annotated[str, Field(max_length=1000)]
BlockKey = Annotated[str, Field(max_length=64)]
Texts = Annotated[
    dict[Annotated[str, Field(max_length=60)], Text], Field(max_length=100, examples=[{"language": "de"}])
]
Figure = Annotated[float, Field(ge=0, le=1e9)]


class Figures(Body):
    """How a queue does. What isn't sent is not known."""

    waiting: Figure | None = None
    """How many callers wait."""
    available: Figure | None = None
    """How many agents are free."""
    staffed: Figure | None = None
    """How many agents are at work."""
    ewt: Figure | None = None
    """The estimated wait in seconds."""

    def known(self) -> dict[str, float]:
        return {name: value for name, value in self.model_dump().items() if value is not None}


class DryRun(Body):
    """A call to imagine. With `entry` and `blocks` it goes through this document, which changes nothing."""

    entry: Entry | None = None
    """The id of the first block; null: the stored one."""
    blocks: Blocks | None = None
    """Block id -> `{type, settings, exits}`; null: the stored ones."""
    at: Moment | None = None
    """When the call comes. Without a zone the time is in the team's."""
    caller: str = Field(default="", max_length=40, examples=["+14165550199"])
    did: str = Field(default="", max_length=40, examples=["+14165550100"])
    """The number that was called."""
    contact: Texts | None = None
    """The attributes of the contact who calls; null: the caller is no contact."""
    variables: Texts = Field(default_factory=dict)
    figures: dict[Id, Figures] = Field(default_factory=dict, max_length=100, examples=[{}])
    """Queue -> how it does."""
    fetched: dict[BlockKey, Texts | None] = Field(default_factory=dict, max_length=100, examples=[{}])
    """`fetch` block -> what its request brings; null: it fails."""
    exits: dict[BlockKey, Annotated[str, Field(max_length=40)]] = Field(
        default_factory=dict, max_length=500, examples=[{}]
    )
    """Block -> the exit that is taken, for blocks that depend on others."""
    digits: list[Annotated[str, Field(max_length=1)]] | Annotated[str, Field(max_length=200)] = Field(
        default="", examples=["1"]
    )
    """What the caller presses."""
    queues: dict[Id, QueueState] = Field(default_factory=dict, examples=[{}])
    """Queue -> what becomes of a call in it."""
