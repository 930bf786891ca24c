"""The query parameters `userid` and `slug` of the document: whose objects a telephony operation is about."""

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Query
from sqlalchemy import BindParameter, ColumnElement, bindparam
from sqlmodel import SQLModel
from sqlmodel.sql.expression import SelectOfScalar

from api.accounts.users.service import get_visible
from api.core.deps import ScopeDep
from api.core.errors import NotFound
from api.core.scope import Scope

Table = TypeVar("Table", bound=SQLModel)


TEAM: BindParameter[Any] = bindparam("owner_team")
USER: BindParameter[Any] = bindparam("owner_user")


class Owner:
    """Whose objects the client asks for. Looked up when the operation asks, inside of its transaction."""

    def __init__(self, scope: Scope, slug: str | None, userid: str | None) -> None:
        self._scope, self._slug, self._userid = scope, slug, userid

    def team(self) -> str | None:
        """Return the id of the team that the operation is narrowed to, or None. Raises NotFound."""
        return None if self._slug is None else self._scope.team(self._slug).id

    def user(self) -> str | None:
        """Return the id of the user that the operation is narrowed to, or None. Raises NotFound."""
        return None if self._userid is None else get_visible(self._scope, self._userid).id

    def require(self, what: str, team_id: str | None, user_id: str | None) -> None:
        """Raise NotFound(what) for an object of another team or user than the operation is narrowed to."""
        if self.team() not in (None, team_id) or self.user() not in (None, user_id):
            raise NotFound(what)


def by_owner(
    statement: SelectOfScalar[Table], team: ColumnElement[bool], user: ColumnElement[bool]
) -> Callable[[Owner], tuple[SelectOfScalar[Table], dict[str, str]]]:
    """Return what narrows a constant statement to a team (`team`, of `TEAM`), a user (`user`, of `USER`) or both.

    It returns the statement, which is a constant too, and its parameters.
    """
    narrowed = {
        (): statement,
        ("owner_team",): statement.where(team),
        ("owner_user",): statement.where(user),
        ("owner_team", "owner_user"): statement.where(team, user),
    }

    def of(owner: Owner) -> tuple[SelectOfScalar[Table], dict[str, str]]:
        asked = {"owner_team": owner.team(), "owner_user": owner.user()}
        values = {name: value for name, value in asked.items() if value is not None}
        return narrowed[tuple(values)], values

    return of


async def owner(
    scope: ScopeDep,
    userid: Annotated[str | None, Query(max_length=40)] = None,
    slug: Annotated[str | None, Query(max_length=100)] = None,
) -> Owner:
    """Return whose objects are asked for. `userid` is a user's or a membership's id, `slug` a team's slug or id."""
    return Owner(scope, slug, userid)


OwnerDep = Annotated[Owner, Depends(owner)]
