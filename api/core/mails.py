"""The mails that the api sends, through the outbox."""

from urllib.parse import urlencode

from sqlmodel import Session

from models import Chat, Invite, OutboxKind, Team, User
from models.outbox import emit
from switchroom.ids import public_id
from switchroom.messages.outbox import Mail
from switchroom.settings import Settings


def _mail(session: Session, to: str, subject: str, text: str) -> None:
    emit(session, OutboxKind.MAIL, Mail(to=to, subject=subject, text=text).model_dump())


def mail_reset(session: Session, settings: Settings, user: User, token: str) -> None:
    """The link to choose a new password."""
    link = f"{settings.public_url}/auth/reset-password?{urlencode({'token': token})}"
    _mail(
        session,
        user.email,
        "Choose a new password",
        f"Someone asked for a new password for {user.email}. If it was you, choose one within the hour:\n\n"
        f"{link}\n\nIf it was not, do nothing: the present password stays.\n",
    )


def mail_verification(session: Session, settings: Settings, user: User, token: str) -> None:
    """The link to verify the user's address."""
    link = f"{settings.public_url}/auth/verify-email?{urlencode({'token': token})}"
    _mail(
        session,
        user.email,
        "Verify your e-mail address",
        f"An account was made for {user.email}. If it is yours, verify the address within three days:\n\n"
        f"{link}\n\nIf it is not, do nothing. You can take the account over by asking for a new password.\n",
    )


def mail_password_changed(session: Session, user: User) -> None:
    """Notice of a change, to the account's owner."""
    _mail(
        session,
        user.email,
        "Your password was changed",
        f"The password of {user.email} was changed just now, and all other sessions were ended.\n\n"
        "If that was not you, ask for a new password at once.\n",
    )


def mail_invite(session: Session, settings: Settings, team: Team, invite: Invite, token: str) -> None:
    """The link to join a team."""
    query = urlencode({"team": public_id(team.id), "token": token})
    _mail(
        session,
        invite.email,
        f"You are invited to {team.team_name}",
        f"You are invited to join {team.team_name}. Accept within two weeks:\n\n"
        f"{settings.public_url}/auth/accept-invite?{query}\n",
    )


def mail_guest_invite(
    session: Session, settings: Settings, team: Team, chat: Chat, email: str, pin: str
) -> None:
    """The PIN and the link to join a chat as a guest."""
    query = urlencode({"team": team.slug, "pin": pin})
    name = chat.name or f"a chat of {team.team_name}"
    _mail(
        session,
        email,
        f"You are invited to {name}",
        f"You are invited to {name} at {team.team_name} as a guest. Join within two weeks:\n\n"
        f"{settings.public_url}/auth/join-chat?{query}\n\nYour PIN is {pin}. It can be used once.\n",
    )
