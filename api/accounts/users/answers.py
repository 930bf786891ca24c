"""What clients get of users."""

from typing import Any

from api.accounts.users.schemas import CREATED, OWN, PROFILE
from api.conventions.answers import Answer, answer, many, only

Profile = answer("Profile", PROFILE, "A user as colleagues see them.")
OwnUser = answer("OwnUser", OWN)
CreatedUser = only("CreatedUser", OwnUser, *CREATED)


class Exists(Answer):
    exists: bool


def own_profile(team: Any) -> type[Answer]:
    """Make the model of the caller's own profile; `teams` are ids, or objects where the client asks for them."""
    account = {"extensionSecret": str | None, "sipUsername": str | None}
    return answer(
        "OwnProfile", OWN, "The caller's own profile.", **account, teams=many(team), devices=list[Any]
    )
