"""What clients get of teams and their members."""

from typing import Any

from api.accounts.teams.schemas import MEMBER, TEAM
from api.accounts.users.answers import Profile, own_profile
from api.conventions.answers import Answer, PublicId, Time, answer, either, many

People = many(either(PublicId, Profile))

TeamSummary = answer("TeamSummary", TEAM)
TeamAnswer = answer(
    "Team", TEAM, "`users` and `owner` are ids, or objects where `populate` names them.",
    departments=dict[str, Any], users=People, owner=People,
)  # fmt: skip
Member = answer(
    "Member", MEMBER, "`id` and `user` are the user's id, `teamUserId` the membership's.",
    extension=list[str], last_login=Time | None,
    extensionSecret=(str | None, None), sipUsername=(str | None, None),
)  # fmt: skip
OwnProfile = own_profile(either(PublicId, TeamSummary))


class Accepted(Answer):
    """The team that was joined."""

    team: PublicId
    email: str


class Invited(Answer):
    """Who was invited. `token`: for admins only, and only if the person has no account yet."""

    email: str
    user_id: PublicId
    token: str | None = None
