"""What is done with DID numbers. Each change reaches the engine as `config` in the transaction that makes it."""

from typing import Any

from sqlmodel import Session

from api.accounts.teams.attendant import take_number
from api.accounts.teams.members import forget_accounts
from api.accounts.teams.places import state_code
from api.conventions.body import apply
from api.conventions.resource import Shown
from api.core.errors import NotFound, ValidationFailed
from api.core.scope import Scope
from api.telephony.numbers.resource import NUMBER
from api.telephony.numbers.schemas import NumberCreate, NumberSettings, NumberUpdate
from models import CallRoute, DidNumber, Queue, Team
from models.number_inventory import Criteria, Inventory
from models.outbox import emit_command
from switchroom.messages.commands import ReloadConfig
from switchroom.numbers import country_code

CRITERIA = frozenset({"country", "state", "city", "area_code", "contains", "number"})
TARGETS = ("route", "queue", "user")


def buy(scope: Scope, inventory: Inventory, body: NumberCreate) -> DidNumber:
    """Buy a number that matches, for the team. Raises ValidationFailed, Forbidden, NotFound if none matches."""
    team_id = scope.team_for(body.team)
    scope.require_admin(team_id)
    wanted = body.model_dump(include=set(CRITERIA))
    if all(value is None for value in wanted.values()):
        raise ValidationFailed(
            {"number": f"Say which to buy by one or more of: {', '.join(sorted(CRITERIA))}"}
        )
    if wanted["country"]:
        wanted["country"], wanted["state"] = _place(wanted["country"], wanted["state"])
    columns = _columns(scope, team_id, body)
    found = inventory.buy(scope.session, Criteria(**wanted))
    if found is None:
        raise NotFound("number in the inventory")
    number = DidNumber(
        team_id=team_id,
        e164=found.e164,
        country=found.country,
        state=found.state,
        city=found.city,
        area_code=found.area_code,
    )
    scope.session.add(apply(number, columns))
    scope.session.flush()
    if not body.model_fields_set & set(TARGETS):
        take_number(scope.session, scope.session.get_one(Team, team_id), number)
    changed(scope.session, number.id)
    return number


def update(scope: Scope, number: DidNumber, body: NumberUpdate) -> Shown:
    """Write what was sent and return the number. Raises ValidationFailed.

    A new route, queue or user takes the place of the one before.
    """
    shown = NUMBER.change(scope, number, _columns(scope, number.team_id, body, number.user_id))
    changed(scope.session, number.id)
    return shown


def release(scope: Scope, inventory: Inventory, number: DidNumber) -> None:
    """Give the number back to the inventory. Callers hear that it is not in service."""
    team = scope.session.get_one(Team, number.team_id)
    if team.main_number == number.e164:
        team.main_number = None
        forget_accounts(scope.session, team.id)
        emit_command(scope.session, ReloadConfig(kind="team", id=team.id))
    scope.session.delete(number)
    scope.session.flush()
    inventory.release(scope.session, number.e164)
    changed(scope.session, number.id)


def _place(country: str, state: str | None) -> tuple[str, str | None]:
    """Return the codes of a country and a state, which are sent as names or codes. Raises ValidationFailed."""
    code = country_code(country)
    if not code:
        raise ValidationFailed({"country": "No such country"})
    return code, state_code(code, state) if state else state


def changed(session: Session, number_id: str) -> None:
    """Tell the engine to load the number again."""
    emit_command(session, ReloadConfig(kind="number", id=number_id))


def _columns(
    scope: Scope, team_id: str, body: NumberSettings | NumberUpdate, present_user: str | None = None
) -> dict[str, Any]:
    """Return what was sent, as columns. The user to whom the number leads now may stay, whoever they are."""
    settings = {name: value for name, value in body.changes().items() if name in NumberSettings.model_fields}
    targets = {name: settings.pop(name) for name in TARGETS if name in settings}
    chosen = [name for name, value in targets.items() if value is not None]
    if len(chosen) > 1:
        raise ValidationFailed(dict.fromkeys(chosen, "A number leads to one of route, queue and user"))
    if chosen:
        targets = {**dict.fromkeys(TARGETS), chosen[0]: targets[chosen[0]]}
    for name, value in targets.items():
        unchanged = value is None or (name == "user" and value == present_user)
        settings[f"{name}_id"] = value if unchanged else _target(scope, team_id, name, value)
    return settings


def _target(scope: Scope, team_id: str, name: str, value: str) -> str:
    if name == "route":
        return scope.named(CallRoute, value, name, team_id=team_id).id
    if name == "queue":
        return scope.named(Queue, value, name, team_id=team_id).id
    return scope.member_named(team_id, value, name).user_id
