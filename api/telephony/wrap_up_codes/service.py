"""What is done with wrap-up codes."""

from sqlmodel import col, or_, select

from api.core.errors import Conflict, NotFound
from api.core.scope import Scope
from api.telephony.wrap_up_codes.schemas import WrapUpCodeCreate
from models import WrapUpCode
from switchroom.ids import parse_id


def add(scope: Scope, team_id: str, body: WrapUpCodeCreate) -> WrapUpCode:
    """Add a code to a team that the caller administers. Raises Forbidden, Conflict."""
    scope.require_admin(team_id)
    if _find(scope, team_id, body.code) is not None:
        raise Conflict("The team has this wrap-up code", code=body.code)
    row = WrapUpCode(team_id=team_id, code=body.code, name=body.name)
    scope.session.add(row)
    scope.session.flush()
    return row


def find_for_change(scope: Scope, team_id: str, text: str) -> WrapUpCode:
    """Return a code of a team that the caller administers, by id or code. Raises NotFound, Forbidden."""
    row = _find(scope, team_id, text)
    if row is None:
        raise NotFound("wrap-up code")
    scope.require_admin(team_id)
    return row


def _find(scope: Scope, team_id: str, text: str) -> WrapUpCode | None:
    either = or_(col(WrapUpCode.id) == parse_id(text), col(WrapUpCode.code) == text)
    return scope.session.exec(select(WrapUpCode).where(col(WrapUpCode.team_id) == team_id, either)).first()
