"""Members of teams and invitations to teams."""

from typing import Annotated, Any

from fastapi import Depends, Query
from pydantic import Field
from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from api.accounts.audit import AUDIT, AuditAnswer, actor_of, record
from api.accounts.auth.service import require_length
from api.accounts.auth.verification import ask_for_verification
from api.accounts.teams import answers, imports, invites, members, schemas, views
from api.accounts.teams.resource import MEMBER
from api.accounts.users.answers import CreatedUser
from api.accounts.users.schemas import EmailOnly
from api.accounts.users.service import create_user, require_invitable, users_by_id
from api.accounts.users.views import show_created
from api.conventions.csv_import import DryRun, ImportAnswer, Imported, import_rows
from api.conventions.fields import Id
from api.conventions.lists import Listing, Lists
from api.conventions.resource import Shown, require_unchanged
from api.conventions.router import v1_router
from api.core.context import Context
from api.core.deps import AddressDep, ContextDep, IdentityDep, PossibleCallerDep, ScopeDep
from api.core.passwords import hash_password
from api.core.quotas import count_mail, require_room
from api.core.scope import Scope
from api.telephony.presence.service import states_if_known
from models import AuditEntry, MemberStatus, Role, Team, TeamUser, User
from switchroom.ids import parse_id, public_id
from switchroom.settings import Settings

router = v1_router(tags=["members"])

MemberListing = Annotated[Listing, Depends(Lists(MEMBER))]
AuditListing = Annotated[Listing, Depends(Lists(AUDIT))]
Status = Annotated[str, Query(pattern="^(active|pending|deactivated)$")]
Transfer = Annotated[
    Id | None,
    Query(description="The member who takes over what depends on one who is deactivated or becomes a guest."),
]
Invitations = Annotated[list[schemas.Invitation], Field(min_length=1, max_length=100)]


@router.get("/team/{team_id}/users", response_model=list[answers.MemberAnswer])
def list_team_users(
    team_id: str, scope: ScopeDep, listing: MemberListing, status: Status = "active"
) -> list[Shown]:
    """List the members of a team. `status` picks active (the default), pending or deactivated ones."""
    return _list(scope, listing, team_id, MemberStatus(status))


@router.get("/team/{team_id}/pendingusers", response_model=list[answers.MemberAnswer])
def list_pending_users(team_id: str, scope: ScopeDep, listing: MemberListing) -> list[Shown]:
    """List those who were invited and have not accepted."""
    return _list(scope, listing, team_id, MemberStatus.PENDING)


@router.get("/team/{team_id}/audit", response_model=list[AuditAnswer])
def list_team_audit_log(team_id: str, scope: ScopeDep, listing: AuditListing) -> list[Shown]:
    """List the administrative acts in a team, newest first. Only its admins may."""
    team = scope.team_id(team_id)
    scope.require_admin(team)
    return listing.show(scope, _ENTRIES, team=team)


_ENTRIES = select(AuditEntry).where(col(AuditEntry.team_id) == bindparam("team"))


@router.post("/team/{team_id}/add", response_model=CreatedUser, status_code=201, responses={409: {}})
def add_user(
    team_id: str, body: schemas.NewMember, identity: IdentityDep, context: ContextDep, address: AddressDep
) -> Shown:
    """Add a new user with a password. Whoever has an account already is invited instead."""
    password_hash = hash_password(body.password)

    def add(session: Session) -> Shown:
        scope = Scope(session, identity)
        return _add(scope, context, scope.team(team_id), body, password_hash, address)

    return context.write(add)


def _add(
    scope: Scope, context: Context, team: Team, body: schemas.NewMember, password_hash: str, address: str
) -> Shown:
    settings = context.settings
    scope.require_admin(team.id)
    require_invitable(settings)
    require_length(body.password, team.password_min_length)
    user = create_user(
        scope.session,
        email=body.email,
        password_hash=password_hash,
        first=body.first_name,
        last=body.last_name,
    )
    members.add_member(scope.session, team, user, body.role, MemberStatus.ACTIVE)
    require_room(scope.session, settings, team.id, "members")
    if settings.verifies_addresses:
        count_mail(context, team)
    ask_for_verification(scope.session, settings, user)
    _record(scope, address, "user added", team.id, user.id, role=body.role.value)
    members.tell_of_member(scope.session, scope.member(team.id, user.id), "created")
    return show_created(user)


@router.post(
    "/team/{team_id}/invite", response_model=list[answers.InviteAnswer], status_code=201, responses={409: {}}
)
def invite_users(
    team_id: str, body: Invitations, scope: ScopeDep, context: ContextDep, address: AddressDep
) -> list[Shown]:
    """Invite people by e-mail, all or none."""
    context.limiter.hit("30 per minute", "invite", scope.user_id)
    team = scope.team(team_id)
    answers = invites.invite_all(scope, context.settings, team, body)
    require_room(scope.session, context.settings, team.id, "members")
    require_room(scope.session, context.settings, team.id, "guests")
    for item, answer in zip(body, answers, strict=True):
        count_mail(context, team)
        _record(scope, address, "user invited", team.id, answer["user_id"], role=item.role.value)
    return answers


@router.post("/team/{team_id}/import/users", response_model=ImportAnswer, responses={409: {}})
def import_users(
    team_id: str,
    body: imports.PeopleFile,
    scope: ScopeDep,
    context: ContextDep,
    address: AddressDep,
    dry_run: DryRun = False,
) -> Shown:
    """Import people and their extensions from a CSV file, all or none. Only admins may.

    The columns are `email` and any of `first_name`, `last_name`, `role`, `extension`, `position`, `caller_id_name`,
    `caller_id_number`, `work_number`, `home_number`, `mobile_number`. Who is no member is invited. What is wrong is
    named by its line: `line 3.extension`.
    """
    context.limiter.hit("30 per minute", "invite", scope.user_id)
    team, settings = scope.team(team_id), context.settings
    scope.require_admin(team.id)

    def one(item: imports.ImportedUser) -> Imported:
        done = outcome, user, _ = imports.import_user(scope, settings, team, item)
        if outcome != "unchanged":
            _record(scope, address, "user imported", team.id, user, outcome=outcome)
        return done

    def check() -> None:
        require_room(scope.session, settings, team.id, "members")
        require_room(scope.session, settings, team.id, "guests")

    found = import_rows(
        scope.session, body.csv, imports.ImportedUser, one, check, dry_run=dry_run, first="extension"
    )
    for _ in range(0 if dry_run else found["created"]):
        count_mail(context, team)
    return found


@router.post("/team/{team_id}/resendInvite", response_model=answers.InviteAnswer)
def resend_invite(
    team_id: str, body: EmailOnly, scope: ScopeDep, context: ContextDep, address: AddressDep
) -> Shown:
    """Mail an invitation again. The link of the earlier mail is void then."""
    context.limiter.hit("30 per minute", "invite", scope.user_id)
    team = scope.team(team_id)
    answer = invites.resend(scope, context.settings, team, body.email)
    count_mail(context, team)
    _record(scope, address, "user invited again", team.id, answer["user_id"])
    return answer


def _record(scope: Scope, address: str, action: str, team_id: str, user: str, **details: Any) -> None:
    actor = actor_of(scope, address)
    record(scope.session, actor, action, parse_id(user) or "", team_id=team_id, **details)


@router.post("/team/{team_id}/accept", response_model=answers.JoinedAnswer, responses={401: {}})
def accept_invite(
    team_id: str,
    body: schemas.Acceptance,
    caller: PossibleCallerDep,
    context: ContextDep,
    address: AddressDep,
) -> Shown:
    """Join a team by the token of an invitation. Who has an account signs in to it, or sends its password."""
    invite = invites.accept_mailed(context, team_id, body, caller.user_id if caller else None, address)
    return {"team": public_id(invite.team_id), "email": invite.email}


@router.delete("/team/{team_id}/users/{user_id}", response_model=answers.MemberAnswer, responses={409: {}})
def deactivate_user(
    team_id: str,
    user_id: str,
    scope: ScopeDep,
    context: ContextDep,
    address: AddressDep,
    transfer: Transfer = None,
) -> Shown:
    """End a membership. Everything that belongs to it is kept.

    If queues, routes, departments or numbers depend on the member, the answer is 409 and lists them, unless `transfer`
    names the member who takes over. Members may end their own membership.
    """
    team = scope.team(team_id)
    member = scope.member(team.id, user_id)
    if member.user_id != scope.user_id:
        scope.require_admin(team.id)
    _require_unchanged(scope, member)
    members.deactivate(scope, member, transfer)
    _record(scope, address, "user deactivated", team.id, member.user_id)
    members.tell_of_member(scope.session, member)
    return _show(scope, member, context.settings)


@router.patch("/team/{team_id}/users/{user_id}", response_model=answers.MemberAnswer, responses={409: {}})
def update_team_user(
    team_id: str,
    user_id: str,
    body: schemas.UserChanges,
    scope: ScopeDep,
    context: ContextDep,
    address: AddressDep,
    transfer: Transfer = None,
) -> Shown:
    """Change a membership: role, status, extension, caller id, forwarding. `status` `active` brings it back."""
    member = scope.member(scope.team_id(team_id), user_id)
    _require_unchanged(scope, member)
    return _change(scope, member, body, transfer, context.settings, address)


@router.patch("/user/{user_id}", response_model=answers.MemberAnswer, responses={409: {}})
def update_user(
    user_id: str,
    body: schemas.UserChanges,
    scope: ScopeDep,
    context: ContextDep,
    address: AddressDep,
    transfer: Transfer = None,
) -> Shown:
    """Change a membership, by the user's or the membership's id alone."""
    member = members.find_membership(scope, user_id, body.team)
    _require_unchanged(scope, member)
    return _change(scope, member, body, transfer, context.settings, address)


def _change(
    scope: Scope,
    member: TeamUser,
    body: schemas.UserChanges,
    transfer: str | None,
    settings: Settings,
    address: str,
) -> Shown:
    before = (member.role, member.status)
    members.change_member(scope, member, body.changes(), transfer)
    if before != (member.role, member.status):
        changed = {"role": member.role, "status": member.status}
        _record(scope, address, "user changed", member.team_id, member.user_id, **changed)
    members.tell_of_member(scope.session, member)
    return _show(scope, member, settings)


def _require_unchanged(scope: Scope, member: TeamUser) -> None:
    require_unchanged(scope, member, scope.session.get_one(User, member.user_id))


def _show(scope: Scope, member: TeamUser, settings: Settings) -> Shown:
    user = scope.session.get_one(User, member.user_id)
    own = settings if user.id == scope.user_id else None
    return views.show_member(member, user, own=own, place=scope.is_admin(member.team_id))


_MEMBERS = (
    select(TeamUser)
    .join(User, col(User.id) == col(TeamUser.user_id))
    .where(
        col(TeamUser.team_id) == bindparam("team"),
        col(TeamUser.status) == bindparam("status"),
        col(TeamUser.role) != Role.GUEST.value,
    )
)


def _list(scope: Scope, listing: Listing, team_id: str, status: MemberStatus) -> list[Shown]:
    members = listing.fetch(scope, _MEMBERS, team=scope.team_id(team_id), status=status.value)
    users = users_by_id(scope.session, [member.user_id for member in members])
    context, place = listing.work.context, scope.is_admin(scope.team_id(team_id))
    shown = [
        views.show_member(
            member,
            users[member.user_id],
            own=context.settings if member.user_id == scope.user_id else None,
            place=place,
        )
        for member in members
    ]
    states = states_if_known(context, [member.id for member in members])
    for member, answer in zip(members, shown, strict=True):
        answer["state"] = states.get(member.id, answer["state"])
    return shown
