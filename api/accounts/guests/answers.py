"""What clients get of guests."""

from typing import Annotated

from pydantic import Field

from api.accounts.auth.answers import Tokens
from api.accounts.teams.answers import MemberAnswer
from api.chat.people import PersonAnswer
from api.conventions.answers import Answer, PublicId
from api.conventions.fields import Email


class GuestAnswer(PersonAnswer):
    """A guest of a team."""

    chats: list[PublicId]
    """The chats that the guest joined, as far as the caller is in them too."""


class GuestInviteAnswer(Answer):
    """Who was invited to which chat."""

    email: Email
    user_id: PublicId
    chat: PublicId
    mailed: bool
    """False: the installation has no mail server, so the invitation waits until an operator configures one."""


class GuestExistsAnswer(Answer):
    """Whether a guest of the team has this address."""

    email: Email
    exists: bool
    guest: PublicId | None


class GuestSession(Answer, of=Tokens):
    """A guest's session, and where it leads."""

    user: PublicId
    email: Email
    """With this and their password the guest signs in again."""
    team: PublicId
    chat: PublicId


class UpgradedAnswer(MemberAnswer):
    """The guest as a member."""

    plan: PublicId


class GuestUrlAnswer(Answer):
    """How guests come into the chat. What was answered before is void."""

    url: Annotated[str, Field(examples=["https://pbx.example.com/auth/join-chat?team=acme&chat=12425"])]
    pin: Annotated[int, Field(examples=[44215])]
    chat: PublicId


class ConferenceAnswer(Answer):
    """What everybody may know of a chat that is open to guests."""

    pin: Annotated[int, Field(examples=[45243])]
    slug: Annotated[str, Field(examples=["acme"])]
    """The team's."""
    room: PublicId
    """The chat's id."""
