"""Memberships: how they are added, changed and ended; the SIP account that goes with an extension."""

import secrets
from typing import Any

from sqlmodel import Session, col, select

from api.accounts.teams.dependents import settle
from api.accounts.teams.schemas import ADMIN_ONLY
from api.accounts.teams.views import show_member
from api.accounts.users.schemas import OwnChanges
from api.conventions.body import apply
from api.conventions.national import with_country
from api.conventions.told import tell
from api.core.errors import Conflict, Forbidden, NotFound, ValidationFailed
from api.core.scope import Scope
from models import (
    Agent,
    BrowserPhone,
    Mailbox,
    MemberStatus,
    Role,
    Team,
    TeamUser,
    User,
    sip_username,
    utcnow,
)
from models.browser_phone import end_browser_phones, forget_browser_phones
from models.outbox import emit_command
from models.team import lock_numbers, withdraw_invites
from routing.config import MAILBOX
from switchroom.ids import parse_id
from switchroom.messages.commands import ForgetPhone, ReloadConfig
from switchroom.messages.events import to_team
from switchroom.numbers import country_code, is_reserved

FIRST_EXTENSION = 101
LAST_EXTENSION = 999_999
LONGEST_EXTENSION = 6
SECRET_BYTES = 24
FORWARDING = ("forward_number", "forward_busy", "forward_no_answer", "forward_unregistered")

Account = tuple[str | None, str | None, str]
"""What Asterisk's look-up of a SIP account depends on: its name, its password, the membership's status."""


def add_member(session: Session, team: Team, user: User, role: Role, status: MemberStatus) -> TeamUser:
    """Add a membership with the next free extension and a SIP account. Guests have none."""
    member = TeamUser(team_id=team.id, user_id=user.id, role=role.value, status=status.value)
    if status is MemberStatus.ACTIVE:
        member.accepted_at = utcnow()
    fit_phone(session, member, team)
    session.add(member)
    session.flush()
    reload_agents(session, member)
    return member


def find_member(session: Session, team_id: str, user_id: str) -> TeamUser | None:
    """Return the user's membership of the team, whatever its status."""
    same = (col(TeamUser.team_id) == team_id, col(TeamUser.user_id) == user_id)
    return session.exec(select(TeamUser).where(*same)).first()


def fit_phone(session: Session, member: TeamUser, team: Team | None = None) -> None:
    """Give the member what fits their role: a guest has no extension and no SIP account, everybody else has both."""
    if member.role == Role.GUEST.value:
        set_extension(member, None)
        member.extension_secret = None
    elif member.extension is None:
        set_extension(member, free_extension(session, team or session.get_one(Team, member.team_id)))


def free_extension(session: Session, team: Team) -> str | None:
    """Return the lowest unused extension from 101 on, or None if there is none. It is no emergency number."""
    lock_numbers(session, team.id)
    extensions = select(TeamUser.extension).where(col(TeamUser.team_id) == team.id)
    used = set(
        session.scalars(extensions.union_all(select(Mailbox.number).where(col(Mailbox.team_id) == team.id)))
    )
    country = country_code(team.country)
    every = map(str, range(FIRST_EXTENSION, LAST_EXTENSION + 1))
    return next((one for one in every if one not in used and not is_reserved(one, country)), None)


def set_extension(member: TeamUser, extension: str | None) -> None:
    """Give the member this extension. Their SIP account is named after it."""
    member.extension = extension
    member.sip_username = sip_username(extension, member.team_id) if extension else None
    if extension and member.extension_secret is None:
        rotate_secret(member)


def rotate_secret(member: TeamUser) -> None:
    """Make a new SIP password of 192 bits."""
    member.extension_secret = secrets.token_hex(SECRET_BYTES)


def find_membership(scope: Scope, text: str, team: str | None) -> TeamUser:
    """Return the membership that `PATCH /user/:id` means: by its own id, or by the user's, in `team` if that is named.

    Raises NotFound, or ValidationFailed if the user is in several of the caller's teams and none is named.
    """
    found = parse_id(text)
    mine = scope.select(TeamUser).where((col(TeamUser.user_id) == found) | (col(TeamUser.id) == found))
    if team is not None:
        mine = mine.where(col(TeamUser.team_id) == team)
    members = list(scope.session.exec(mine)) if found else []
    if not members:
        raise NotFound("user")
    if len(members) > 1:
        raise ValidationFailed({"team": "Required: the user is in several of your teams"})
    return members[0]


def change_member(
    scope: Scope, member: TeamUser, changes: dict[str, Any], transfer: str | None = None
) -> None:
    """Assign what an admin, or the members themselves, change. Raises Forbidden, Conflict, ValidationFailed.

    `transfer` names who takes over what depends on a member who is deactivated or becomes a guest.
    """
    changes = _differences(member, _international(scope.session, member, changes))
    before = _account(member)
    own = member.user_id == scope.user_id
    if not scope.is_admin(member.team_id) and (not own or changes.keys() & ADMIN_ONLY):
        raise Forbidden("Only an admin of the team may do this")
    profile = {name: changes.pop(name) for name in changes.keys() & OwnChanges.model_fields.keys()}
    if own and profile:
        apply(scope.user, profile)
        _forget_names(scope.session, member.user_id)
    if changes.pop("rotate_secret", False) and member.extension:
        rotate_secret(member)
    _change_status(scope, member, changes.pop("status", None), transfer)
    if "role" in changes:
        member.role = _checked_role(scope, member, Role(changes.pop("role")))
        if member.role == Role.GUEST.value:
            settle(scope, member, transfer)
        fit_phone(scope.session, member)
    if member.role == Role.GUEST.value and changes.get("extension"):
        raise ValidationFailed({"extension": "A guest has none"})
    if "extension" in changes:
        _change_extension(scope.session, member, changes.pop("extension"))
    apply(member, changes)
    scope.session.flush()
    reload_agents(scope.session, member)
    forget_account(scope.session, member, before)
    if "caller_id_name" in changes and before == _account(member) and member.sip_username:
        _ask_again(scope.session, col(TeamUser.id) == member.id)


def deactivate(scope: Scope, member: TeamUser, transfer: str | None = None) -> None:
    """End the membership and keep everything. Open invitations become void.

    Raises Conflict for the owner, and if others depend on the member and no `transfer` names who takes over.
    """
    session = scope.session
    before = _account(member)
    if session.get_one(Team, member.team_id).owner_id == member.user_id:
        raise Conflict("The team's owner cannot be deactivated")
    settle(scope, member, transfer)
    member.status = MemberStatus.DEACTIVATED.value
    if member.extension_secret is not None:
        # The phone that knows it must not register again when the member comes back.
        rotate_secret(member)
    session.flush()
    withdraw_invites(session, member.team_id, member.user_id)
    reload_agents(session, member)
    forget_account(session, member, before)


def tell_of_member(session: Session, member: TeamUser, verb: str = "updated") -> None:
    """Tell the team of a membership, without what only the member themselves may see."""
    session.flush()
    shown = show_member(member, session.get_one(User, member.user_id))
    tell(session, "teamuser", verb, shown, to_team(member.team_id))


def reload_agents(session: Session, member: TeamUser) -> None:
    """Tell the engine that this member, and so their agents, changed: phone, forwarding or status."""
    emit_command(session, ReloadConfig(kind="user", id=member.id))
    agents = select(Agent.id).where(
        col(Agent.team_id) == member.team_id, col(Agent.user_id) == member.user_id
    )
    for agent in session.exec(agents):
        emit_command(session, ReloadConfig(kind="agent", id=agent))


def forget_account(session: Session, member: TeamUser, before: Account) -> None:
    """Tell the engine which SIP accounts Asterisk must no longer use as it remembers them."""
    after = _account(member)
    if before != after:
        for name in sorted({name for name, *_ in (before, after) if name}):
            emit_command(session, ForgetPhone(id=name, sign_out=True))
        end_browser_phones(session, col(BrowserPhone.member_id) == member.id)


def forget_accounts(session: Session, team_id: str) -> None:
    """Tell the engine that Asterisk must ask again for the SIP accounts of the team: what is in all of them changed."""
    _ask_again(session, col(TeamUser.team_id) == team_id)


def _forget_names(session: Session, user: str) -> None:
    """Tell the engine that Asterisk must ask again for the user's SIP accounts: colleagues see their name."""
    _ask_again(session, col(TeamUser.user_id) == user)


def _ask_again(session: Session, which: Any) -> None:
    """Let Asterisk ask again for the SIP accounts of these memberships, the browsers' too."""
    names = session.exec(select(TeamUser.sip_username).where(which))
    for name in sorted(name for name in names if name):
        emit_command(session, ForgetPhone(id=name))
    forget_browser_phones(session, select(TeamUser.id).where(which))


def _account(member: TeamUser) -> Account:
    return member.sip_username, member.extension_secret, member.status


def _differences(member: TeamUser, changes: dict[str, Any]) -> dict[str, Any]:
    """Return what really changes, as the document's examples send whole objects. `caller_id` is a number or a name."""
    changes = {name: value for name, value in changes.items() if name != "team"}
    if "caller_id" in changes:
        value = changes.pop("caller_id")
        changes["caller_id_number" if value and value.startswith("+") else "caller_id_name"] = value
    return {name: value for name, value in changes.items() if getattr(member, name, None) != value}


def _international(session: Session, member: TeamUser, changes: dict[str, Any]) -> dict[str, Any]:
    """Return the changes with their numbers in E.164. A number to forward to may be an extension."""
    names = ["caller_id_number", "work_number", "home_number", "mobile_number"]
    names += [
        name
        for name in FORWARDING
        if (changes.get(name) or "")[LONGEST_EXTENSION:] and changes[name] != MAILBOX
    ]
    if not changes.keys() & {*names}:
        return changes
    return with_country(changes, names, session.get_one(Team, member.team_id).country)


def _change_status(scope: Scope, member: TeamUser, status: str | None, transfer: str | None) -> None:
    if status == MemberStatus.DEACTIVATED.value:
        deactivate(scope, member, transfer)
    elif status == MemberStatus.PENDING.value:
        raise ValidationFailed({"status": "active or deactivated"})
    elif status == MemberStatus.ACTIVE.value:
        if member.accepted_at is None:
            raise Conflict("The user has not accepted the invitation yet")
        member.status = status


def _checked_role(scope: Scope, member: TeamUser, role: Role) -> str:
    if role is not Role.ADMIN and scope.session.get_one(Team, member.team_id).owner_id == member.user_id:
        raise Conflict("The team's owner is an admin")
    return role.value


def _change_extension(session: Session, member: TeamUser, extension: str | None) -> None:
    lock_numbers(session, member.team_id)
    same = select(TeamUser.id).where(
        col(TeamUser.team_id) == member.team_id,
        col(TeamUser.extension) == extension,
        col(TeamUser.id) != member.id,
    )
    if extension is not None and session.exec(same).first() is not None:
        raise ValidationFailed({"extension": "Extension is already taken"})
    mailbox = select(Mailbox.id).where(
        col(Mailbox.team_id) == member.team_id, col(Mailbox.number) == extension
    )
    if extension is not None and session.exec(mailbox).first() is not None:
        raise ValidationFailed({"extension": "A mailbox of the team has this number"})
    if extension is not None and is_reserved(extension, _country(session, member)):
        raise ValidationFailed({"extension": "An emergency or service number of the team's country"})
    set_extension(member, extension)


def _country(session: Session, member: TeamUser) -> str:
    return country_code(session.get_one(Team, member.team_id).country)
