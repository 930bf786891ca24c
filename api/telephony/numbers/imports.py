"""Numbers of a CSV file: those that are free are bought, those of the team are changed."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from sqlmodel import Session, SQLModel, col, select

from api.conventions.body import Body
from api.conventions.csv_import import CsvFile, CsvText, Imported
from api.conventions.fields import E164, Email, Line, OneOf
from api.core.errors import ValidationFailed
from api.core.scope import Scope
from api.telephony.numbers import service
from api.telephony.numbers.schemas import NumberCreate, NumberUpdate
from models import CallRoute, DidNumber, Queue, User
from models.number_inventory import Inventory
from routing.config import RecordingPolicy
from switchroom.ids import public_id


class NumbersFile(CsvFile):
    """Numbers to buy, or to change."""

    csv: Annotated[CsvText, Field(examples=["number,queue\n+14165550100,Sales\n"])]


def _days(value: object) -> object:
    return int(value) if isinstance(value, str) and value.isdecimal() else value


class ImportedNumber(Body):
    """A row of the file. `route` and `queue` are names, `user` is an e-mail address."""

    number: E164
    name: Line = ""
    route: Line | None = None
    queue: Line | None = None
    user: Email | None = None
    recording: OneOf[RecordingPolicy] | None = None
    retention_days: Annotated[Annotated[int, Field(ge=1, le=36500)] | None, BeforeValidator(_days)] = None


def import_number(scope: Scope, inventory: Inventory, team_id: str, item: ImportedNumber) -> Imported:
    """Buy the number for the team, or change what it has. Raises ValidationFailed, NotFound."""
    session = scope.session
    changes = _with_ids(session, team_id, item.changes())
    del changes["number"]
    mine = select(DidNumber).where(col(DidNumber.e164) == item.number, col(DidNumber.team_id) == team_id)
    number = session.exec(mine).first()
    if number is None:
        made = service.buy(
            scope, inventory, NumberCreate(number=item.number, team=public_id(team_id), **changes)
        )
        return "created", public_id(made.id), item.number
    before = number.model_dump(exclude={"updated_at"})
    service.update(scope, number, NumberUpdate(**changes))
    session.refresh(number)
    same = number.model_dump(exclude={"updated_at"}) == before
    return "unchanged" if same else "changed", public_id(number.id), item.number


def _with_ids(session: Session, team_id: str, changes: dict[str, Any]) -> dict[str, Any]:
    """Return the changes with ids instead of names. Raises ValidationFailed for a name that the team does not have."""
    found = dict(changes)
    named: tuple[tuple[str, type[SQLModel], Any], ...] = (
        ("route", CallRoute, CallRoute.name),
        ("queue", Queue, Queue.name),
    )
    for field, model, name in named:
        if changes.get(field):
            table: Any = model
            ids = session.exec(
                select(table.id).where(table.team_id == team_id, col(name) == changes[field])
            ).all()
            if len(ids) != 1:
                problem = (
                    f"The team has no {field} of this name" if not ids else f"Several {field}s have this name"
                )
                raise ValidationFailed({field: problem})
            found[field] = public_id(ids[0])
    if changes.get("user"):
        user = session.exec(select(User.id).where(col(User.email) == changes["user"])).first()
        if user is None:
            raise ValidationFailed({"user": "No such user in this team"})
        found["user"] = public_id(user)
    return found
