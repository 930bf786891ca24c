"""The document's query parameters `userid` and `slug`: whose objects a telephony operation is about."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query

from api.accounts.users.service import get_visible
from api.core.deps import ScopeDep


@dataclass(frozen=True, slots=True)
class Owner:
    """None: not narrowed."""

    team_id: str | None
    user_id: str | None


def owner(
    scope: ScopeDep,
    userid: Annotated[str | None, Query(max_length=40)] = None,
    slug: Annotated[str | None, Query(max_length=100)] = None,
) -> Owner:
    """`userid`: a user's or a membership's id; `slug`: a team's slug or id. Raises NotFound."""
    return Owner(
        team_id=scope.team(slug).id if slug is not None else None,
        user_id=get_visible(scope, userid).id if userid is not None else None,
    )


OwnerDep = Annotated[Owner, Depends(owner)]
