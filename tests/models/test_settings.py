"""Each setting of a table is declared in several places. These tests name the place that lacks it or differs.

The places are the table, the core's configuration, what a client sends, what a client gets, and a page of docs.
`routing.persistence.rows` copies values between them by name, so types and defaults must be the same.
"""

import types
from collections.abc import Iterable, Iterator
from dataclasses import MISSING, dataclass, field, fields
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest
from pydantic import BaseModel
from pydantic_core import PydanticUndefined, to_jsonable_python
from sqlmodel import SQLModel

from api.accounts.teams.resource import TEAM
from api.accounts.teams.schemas import MemberChanges, TeamChanges
from api.conventions.resource import Resource
from api.telephony.agents.resource import AGENT
from api.telephony.agents.schemas import AgentCreate, AgentUpdate
from api.telephony.departments.resource import DEPARTMENT
from api.telephony.departments.schemas import DepartmentCreate, DepartmentUpdate
from api.telephony.numbers.resource import NUMBER
from api.telephony.numbers.schemas import NumberCreate, NumberUpdate
from api.telephony.queues.resource import QUEUE
from api.telephony.queues.schemas import Place, QueueCreate, QueueUpdate
from models import Agent, CallRoute, Department, DidNumber, Queue, QueueAgent, Team, TeamUser
from routing.config import (
    AgentConfig,
    DepartmentConfig,
    NumberConfig,
    QueueConfig,
    QueueMember,
    RouteConfig,
    TeamConfig,
    UserConfig,
)
from routing.persistence import codec

pytestmark = pytest.mark.unit

DOCS = Path(__file__).parents[2] / "docs"
UNSET = object()


def kind(annotation: Any) -> str:
    """What a value of this type is in JSON, whatever the type's own name is."""
    annotation = getattr(annotation, "__supertype__", annotation)
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return kind(args[0])
    if origin in (Union, types.UnionType):
        return next(kind(arg) for arg in args if arg is not types.NoneType)
    base = origin or annotation
    if base is Literal:
        return kind(type(args[0]))
    names = {
        bool: "boolean",
        int: "integer",
        float: "number",
        str: "text",
        list: "list",
        tuple: "list",
        dict: "object",
    }
    if base in names:
        return names[base]
    return "text" if isinstance(base, type) and issubclass(base, Enum) else "object"


def nullable(annotation: Any) -> bool:
    return types.NoneType in get_args(annotation)


@dataclass(frozen=True)
class Stated:
    """A setting as one place states it; UNSET: the place does not say it."""

    kind: Any = UNSET
    nullable: Any = UNSET
    default: Any = UNSET


def in_model(model: type[BaseModel], name: str) -> Stated | None:
    """In a table or a body."""
    if (info := model.model_fields.get(name)) is None:
        return None
    default = info.get_default(call_default_factory=True, validated_data={})
    told = UNSET if default is PydanticUndefined else to_jsonable_python(default)
    return Stated(kind(info.annotation), nullable(info.annotation), told)


def in_core(config: type[Any], name: str) -> Stated | None:
    found = next((it for it in fields(config) if it.name == name), None)
    if found is None:
        return None
    hint = get_type_hints(config)[name]
    default = found.default if found.default_factory is MISSING else found.default_factory()
    return Stated(kind(hint), nullable(hint), UNSET if default is MISSING else codec.encode(hint, default))


@dataclass(frozen=True)
class Twins:
    """A table and its counterpart in the core, with the other places that state the same settings.

    The settings are the core's fields, but for `derived`, and the columns of `beside`, which the core does not need.
    `absent`: setting -> places that rightly lack it. `names`: setting -> its name in the table and the api, if that is
    another one.
    """

    table: type[SQLModel]
    core: type[Any]
    derived: frozenset[str]
    beside: frozenset[str] = frozenset()
    create: type[BaseModel] | None = None
    update: type[BaseModel] | None = None
    answer: Resource | None = None
    page: str | None = None
    absent: dict[str, set[str]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def settings(self) -> list[str]:
        return sorted({it.name for it in fields(self.core)} - self.derived | self.beside)

    def places(self, setting: str) -> Iterator[tuple[str, Stated | None]]:
        """Each place that has to state the setting, with what it says there; None: nothing."""
        name = self.names.get(setting, setting)
        yield self.table.__name__, in_model(self.table, name) or in_model(self.table, f"{name}_id")
        if setting not in self.beside:
            yield self.core.__name__, in_core(self.core, setting)
        if self.create is not None:
            yield self.create.__name__, in_model(self.create, name)
        if self.update is not None:
            told = in_model(self.update, name)
            # What is not sent stays, so an update has no defaults, and whether it takes null is its own.
            yield self.update.__name__, told and Stated(told.kind)
        if self.answer is not None:
            yield "the answer", Stated() if name in self.answer.fields else None
        if self.page is not None:
            yield f"docs/{self.page}", Stated() if f"`{name}`" in (DOCS / self.page).read_text() else None


TWINS = [
    Twins(
        Queue,
        QueueConfig,
        derived=frozenset({"id", "team", "members"}),
        beside=frozenset({"retention_days"}),
        create=QueueCreate,
        update=QueueUpdate,
        answer=QUEUE,
        page="queues.md",
        absent={"name": {"docs/queues.md"}},
    ),
    Twins(
        QueueAgent,
        QueueMember,
        derived=frozenset(),
        update=Place,
        absent={"agent": {"Place"}},
    ),
    Twins(
        Agent,
        AgentConfig,
        derived=frozenset({"id", "team", "phone", "extension"}),
        create=AgentCreate,
        update=AgentUpdate,
        answer=AGENT,
        absent={"user": {"AgentUpdate"}},
    ),
    Twins(
        DidNumber,
        NumberConfig,
        derived=frozenset({"id", "team", "e164"}),
        beside=frozenset({"name", "retention_days"}),
        create=NumberCreate,
        update=NumberUpdate,
        answer=NUMBER,
    ),
    Twins(
        Team,
        TeamConfig,
        derived=frozenset(
            {"id", "max_calls", "notice_sound", "outbound", "suspended", "trunks", "main_number", "country"}
        ),
        beside=frozenset({"retention_days"}),
        update=TeamChanges,
        answer=TEAM,
        names={"name": "team_name"},
    ),
    Twins(
        TeamUser,
        UserConfig,
        derived=frozenset(
            {"id", "team", "user", "name", "forward", "suspended", "extension", "phone", "caller_id"}
            | {"forward_busy", "forward_no_answer", "forward_unregistered", "keypad"}
        ),
        beside=frozenset({"in_directory"}),
        update=MemberChanges,
    ),
    Twins(
        Department,
        DepartmentConfig,
        derived=frozenset({"id", "team", "users"}),
        create=DepartmentCreate,
        update=DepartmentUpdate,
        answer=DEPARTMENT,
    ),
    Twins(CallRoute, RouteConfig, derived=frozenset({"id", "team"})),
]


EACH = [
    pytest.param(twins, setting, id=f"{twins.table.__name__}.{setting}")
    for twins in TWINS
    for setting in twins.settings()
]


@pytest.mark.parametrize(("twins", "setting"), EACH)
def test_every_place_states_the_setting_alike(twins: Twins, setting: str) -> None:
    found = dict(twins.places(setting))
    lacking = {place for place, told in found.items() if told is None}
    absent = twins.absent.get(setting, set())
    assert not lacking - absent, f"no {setting} in {', '.join(sorted(lacking - absent))}"
    assert not absent - lacking, f"{setting} is in {absent - lacking}, though it is named as absent there"
    stated = {place: told for place, told in found.items() if told is not None}
    for what in ("kind", "nullable", "default"):
        values = {place: getattr(told, what) for place, told in stated.items()}
        known = {place: value for place, value in values.items() if value is not UNSET}
        first = next(iter(known.values()), None)
        assert all(value == first for value in known.values()), f"{setting} differs in its {what}: {known}"


@pytest.mark.parametrize(
    ("place", "names", "others"),
    [
        ("the table", Queue.model_fields, {"id", "team_id", "created_at", "updated_at"}),
        ("QueueCreate", QueueCreate.model_fields, {"team", "managers", "agents"}),
        ("QueueUpdate", QueueUpdate.model_fields, {"managers"}),
        ("the answer", QUEUE.fields, {"id", "team", "created_at", "updated_at"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_no_place_of_a_queue_has_a_setting_that_the_others_lack(
    place: str, names: Iterable[str], others: set[str]
) -> None:
    more = sorted(set(names) - others - set(TWINS[0].settings()))
    assert not more, f"{place} has {more}, and QueueConfig does not"
