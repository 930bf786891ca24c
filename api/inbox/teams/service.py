"""What is done with inbox teams."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import delete
from sqlmodel import SQLModel, col, select

from api.conventions.names import is_taken
from api.conventions.resource import Shown
from api.core.errors import NotFound, ValidationFailed
from api.core.scope import Scope
from api.inbox.conversations.schemas import SoughtState
from api.inbox.errors import NameTaken
from api.inbox.organization import administered, organization
from api.inbox.teams.schemas import InboxTeamChange, NewInboxTeam, TeamQuery
from models import (
    Contact,
    ConversationState,
    InboxChannel,
    InboxTag,
    InboxTeam,
    InboxTeamChannel,
    InboxTeamMember,
    MemberStatus,
    Role,
    TeamUser,
    User,
)
from switchroom.ids import dashed_id

_LISTS = ("channel_ids", "contact_ids", "contact_tag_ids")


def find(scope: Scope, team_id: str, id: str) -> InboxTeam:
    """Return an inbox team of the organization. Raises NotFound."""
    team = organization(scope, team_id)
    found = scope.get(InboxTeam, id, "team")
    if found.team_id != team:
        raise NotFound("team")
    return found


def find_for_change(scope: Scope, team_id: str, id: str) -> InboxTeam:
    """Return the same for an admin. Raises also Forbidden."""
    administered(scope, team_id)
    return find(scope, team_id, id)


def create(scope: Scope, body: NewInboxTeam) -> InboxTeam:
    """Create a team. Raises NotFound, Forbidden, NameTaken, ValidationFailed."""
    team = administered(scope, body.organization_id)
    _require_free(scope, team, body.name)
    made = InboxTeam(team_id=team, name=body.name, query=_query(scope, team, body.query))
    users = _members(scope, team, body.member_ids, "member_ids")
    scope.session.add(made)
    scope.session.flush()
    _listen(scope, made)
    scope.session.add_all(InboxTeamMember(inbox_team_id=made.id, user_id=user) for user in users)
    return made


def update(scope: Scope, body: InboxTeamChange) -> InboxTeam:
    """Give a team another name and filter. Raises NotFound, Forbidden, NameTaken, ValidationFailed."""
    found = find_for_change(scope, body.organization_id, body.team_id)
    _require_free(scope, found.team_id, body.name, but=found.id)
    found.name, found.query = body.name, _query(scope, found.team_id, body.query)
    _listen(scope, found)
    return found


def _require_free(scope: Scope, team: str, name: str, *, but: str = "") -> None:
    others = (col(InboxTeam.team_id) == team, col(InboxTeam.id) != but)
    if is_taken(scope.session, InboxTeam.name, name, *others):
        raise NameTaken("team")


def _query(scope: Scope, team: str, query: TeamQuery) -> dict[str, Any]:
    """Return the filter as it is stored. Raises ValidationFailed for what is not the organization's."""
    named: tuple[tuple[str, type[SQLModel], Sequence[str]], ...] = (
        ("channel_ids", InboxChannel, query.channel_ids),
        ("contact_ids", Contact, query.contact_ids or ()),
        ("contact_tag_ids", InboxTag, query.contact_tag_ids or ()),
    )
    for field, model, ids in named:
        _require_own(scope, team, model, ids, f"query.{field}")
    is_closed = query.state in (SoughtState.CLOSED, SoughtState.DONE)
    state = ConversationState.CLOSED if is_closed else ConversationState.OPEN
    return {
        "channel_ids": list(dict.fromkeys(query.channel_ids)),
        "contact_ids": query.contact_ids or [],
        "display_names": query.display_names or [],
        "min_unread_message_count": query.min_unread_message_count,
        "max_unread_message_count": query.max_unread_message_count,
        "state": None if query.state is None else state.value,
        "contact_tag_ids": query.contact_tag_ids or [],
    }


def _require_own(scope: Scope, team: str, model: Any, ids: Sequence[str], field: str) -> None:
    if not ids:
        return
    mine = select(model.id).where(col(model.team_id) == team, col(model.id).in_(ids))
    unknown = set(ids) - set(scope.session.exec(mine))
    if unknown:
        told = ", ".join(dashed_id(id) for id in sorted(unknown)[:5])
        raise ValidationFailed({field: f"Not of this organization: {told}"})


def _listen(scope: Scope, made: InboxTeam) -> None:
    """Let the team hear of new messages of its channels, and of no others."""
    scope.session.execute(delete(InboxTeamChannel).where(col(InboxTeamChannel.inbox_team_id) == made.id))
    scope.session.add_all(
        InboxTeamChannel(channel_id=channel, inbox_team_id=made.id) for channel in made.query["channel_ids"]
    )


def _members(scope: Scope, team: str, ids: Sequence[str], field: str) -> list[str]:
    """Return the ids of the users. Raises ValidationFailed, which names those who are no members."""
    if not ids:
        return []
    active = select(TeamUser.id, TeamUser.user_id).where(
        col(TeamUser.team_id) == team,
        col(TeamUser.status) == MemberStatus.ACTIVE.value,
        col(TeamUser.role) != Role.GUEST.value,
        col(TeamUser.user_id).in_(ids) | col(TeamUser.id).in_(ids),
    )
    rows = scope.session.exec(active).all()
    known = {user: user for _, user in rows} | dict(rows)
    unknown = [id for id in ids if id not in known]
    if unknown:
        told = ", ".join(dashed_id(id) for id in unknown[:5])
        raise ValidationFailed({field: f"No members of this organization: {told}"})
    return list(dict.fromkeys(known[id] for id in ids))


def add_users(scope: Scope, found: InboxTeam, ids: Sequence[str]) -> None:
    """Put users into the team, who may be in it already. Raises ValidationFailed."""
    for user in _members(scope, found.team_id, ids, "user_ids"):
        if scope.session.get(InboxTeamMember, (found.id, user)) is None:
            scope.session.add(InboxTeamMember(inbox_team_id=found.id, user_id=user))


def remove_users(scope: Scope, found: InboxTeam, ids: Sequence[str]) -> None:
    """Take users out of the team, who may not be in it."""
    theirs = (col(InboxTeamMember.inbox_team_id) == found.id, col(InboxTeamMember.user_id).in_(ids))
    scope.session.execute(delete(InboxTeamMember).where(*theirs))


def show_teams(scope: Scope, teams: Iterable[InboxTeam]) -> list[Shown]:
    """Return teams as clients see them. All members are one statement."""
    teams = list(teams)
    members: dict[str, list[Shown]] = {team.id: [] for team in teams}
    people = (
        select(InboxTeamMember.inbox_team_id, User)
        .join(User, col(User.id) == col(InboxTeamMember.user_id))
        .where(col(InboxTeamMember.inbox_team_id).in_(members))
        .order_by(col(User.id))
    )
    for team_id, user in scope.session.exec(people):
        shown = {"id": dashed_id(user.id), "first_name": user.first_name, "last_name": user.last_name}
        members[team_id].append(shown)
    return [{"id": dashed_id(team.id), "name": team.name, "members": members[team.id]} for team in teams]


def show_query(query: dict[str, Any]) -> Shown:
    """Return a filter as clients see it."""
    return {**query, **{name: [dashed_id(id) for id in query[name]] for name in _LISTS}}
