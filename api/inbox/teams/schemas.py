"""What clients send about inbox teams, and what they get."""

from typing import Annotated

from pydantic import Field

from api.conventions.answers import Answer
from api.conventions.fields import OneOf
from api.inbox.conversations.schemas import Count, SoughtState
from api.inbox.fields import MOST_NAMED, DashedId, Filter, InboxId, InboxIds, Name, Names, OfOrganization
from models import ConversationState


class TeamQuery(Filter):
    """Which conversations the team gets. They meet all that is sent; of a list, one value."""

    channel_ids: Annotated[list[InboxId], Field(min_length=1, max_length=MOST_NAMED)]
    contact_ids: InboxIds | None = None
    display_names: Names | None = None
    min_unread_message_count: Count | None = None
    """How many messages none of the team's members has read."""
    max_unread_message_count: Count | None = None
    state: OneOf[SoughtState] | None = None
    contact_tag_ids: InboxIds | None = None


class NewInboxTeam(OfOrganization):
    """A filter, and who gets what meets it."""

    name: Name
    query: TeamQuery
    member_ids: InboxIds
    """Ids of users."""


class OfInboxTeam(OfOrganization):
    """What names an inbox team."""

    team_id: InboxId


class InboxTeamChange(OfInboxTeam):
    """What a team is from now on."""

    name: Name
    query: TeamQuery


class UsersOfInboxTeam(OfInboxTeam):
    """Users who join or leave a team."""

    user_ids: Annotated[list[InboxId], Field(min_length=1, max_length=MOST_NAMED)]


class InboxTeamMemberAnswer(Answer):
    """A user in an inbox team."""

    id: DashedId
    first_name: str
    last_name: str


class InboxTeamSummary(Answer):
    """An inbox team."""

    id: DashedId
    name: str
    members: list[InboxTeamMemberAnswer]


class TeamQueryAnswer(Answer):
    """Which conversations the team gets."""

    channel_ids: list[DashedId]
    contact_ids: list[DashedId]
    display_names: list[str]
    min_unread_message_count: int | None
    max_unread_message_count: int | None
    state: ConversationState | None
    contact_tag_ids: list[DashedId]


class InboxTeamAnswer(InboxTeamSummary):
    """An inbox team with its filter."""

    query: TeamQueryAnswer


class InboxTeams(Answer):
    """The inbox teams of an organization, by name."""

    teams: list[InboxTeamSummary]
