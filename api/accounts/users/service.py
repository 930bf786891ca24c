"""What is done with users."""

import secrets
from collections.abc import Collection

from sqlmodel import Session, col, select

from api.core.errors import Forbidden, NotFound, ValidationFailed
from api.core.scope import TEAMS, USER, Scope
from models import MemberStatus, Role, Team, TeamUser, User, UserStatus, utcnow
from switchroom.ids import parse_id
from switchroom.settings import Settings

COLORS = ("f864b1", "87b1c4", "fdd576", "8fd694", "b497e7", "f4a261")


def find_by_email(session: Session, email: str) -> User | None:
    """Return the user with this (lower-case) address."""
    return session.exec(select(User).where(col(User.email) == email)).first()


def users_by_id(session: Session, ids: Collection[str]) -> dict[str, User]:
    """Read these users with one statement."""
    return {user.id: user for user in session.exec(select(User).where(col(User.id).in_(ids)))}


NO_ACCOUNTS = "Only an operator makes accounts here (SWITCHROOM_SIGNUP)"


def require_invitable(settings: Settings) -> None:
    """Raise Forbidden where members make no accounts for others."""
    if settings.sign_up == "closed":
        raise Forbidden(NO_ACCOUNTS)


def invited_user(session: Session, settings: Settings, email: str) -> User:
    """Return the user with this (lower-case) address, and make a pending one if there is none. Raises Forbidden."""
    user = find_by_email(session, email)
    if user is None:
        require_invitable(settings)
        user = create_user(session, email=email, password_hash=None, first="", last="")
    return user


def create_user(session: Session, *, email: str, password_hash: str | None, first: str, last: str) -> User:
    """Create a user. They are pending while they have no password. Raises ValidationFailed if the address is taken."""
    if find_by_email(session, email) is not None:
        raise ValidationFailed({"email": "Email is already taken"})
    status = UserStatus.PENDING if password_hash is None else UserStatus.ACTIVE
    user = User(
        email=email,
        password_hash=password_hash,
        first_name=first,
        last_name=last,
        status=status.value,
        color=secrets.choice(COLORS),
        password_changed_at=utcnow() if password_hash else None,
    )
    session.add(user)
    session.flush()
    return user


VISIBLE = select(User).where(
    col(User.id).in_(
        select(TeamUser.user_id).where(
            col(TeamUser.team_id).in_(TEAMS),
            col(TeamUser.status) == MemberStatus.ACTIVE.value,
            col(TeamUser.role) != Role.GUEST.value,
        )
    )
)
"""The active users of the caller's teams, the caller included."""
OTHERS = VISIBLE.where(col(User.id) != USER)


def get_visible(scope: Scope, text: str) -> User:
    """Return a colleague or the caller, by the user's or a membership's id. Raises NotFound."""
    found = parse_id(text)
    if found == scope.user_id:
        return scope.user
    if found is not None:
        membership = scope.session.exec(scope.select(TeamUser).where(col(TeamUser.id) == found)).first()
        wanted = membership.user_id if membership else found
        user = scope.session.exec(VISIBLE.where(col(User.id) == wanted), params=scope.values).first()
        if user is not None:
            return user
    raise NotFound("user")


def own_memberships(scope: Scope) -> list[TeamUser]:
    """Return the caller's memberships, oldest first."""
    ids = [membership.id for membership in scope.memberships.values()]
    mine = select(TeamUser).where(col(TeamUser.id).in_(ids)).order_by(col(TeamUser.id))
    return list(scope.session.exec(mine))


def own_teams(scope: Scope) -> list[Team]:
    """Return the caller's teams, oldest first."""
    return list(
        scope.session.exec(select(Team).where(col(Team.id).in_(scope.team_ids)).order_by(col(Team.id)))
    )
