"""`/user`."""

from typing import Annotated, Any

from fastapi import Depends
from sqlmodel import Session

from api.accounts.auth.verification import ask_for_verification
from api.accounts.devices.service import own_devices
from api.accounts.teams.views import show_summary
from api.accounts.users import answers, schemas, service, views
from api.accounts.users.resource import PROFILE, ProfileAnswer
from api.conventions.body import apply
from api.conventions.lists import Listing, Lists
from api.conventions.populate import Populate, populates
from api.conventions.resource import Shown, require_unchanged
from api.conventions.router import v1_router
from api.conventions.told import tell
from api.core.deps import AddressDep, ContextDep, PossibleCallerDep, ScopeDep, SessionDep
from api.core.errors import Forbidden
from api.core.passwords import hash_password
from api.core.route import reads
from api.core.scope import Scope
from models import User
from switchroom.ids import public_id
from switchroom.messages.events import to_team
from switchroom.settings import Settings

router = v1_router(tags=["users"])

UserListing = Annotated[Listing, Depends(Lists(PROFILE))]
OwnPopulate = Annotated[Populate, Depends(populates("teams"))]


@router.get("/user/me", response_model=answers.OwnAnswer)
def get_me(scope: ScopeDep, populate: OwnPopulate, context: ContextDep) -> Shown:
    """Show the caller's own profile."""
    return own_profile(scope, populate, context.settings)


@router.patch("/user/me", response_model=answers.OwnAnswer)
def update_me(body: schemas.OwnChanges, scope: ScopeDep, populate: OwnPopulate, context: ContextDep) -> Shown:
    """Change the caller's own profile."""
    require_unchanged(scope, scope.user)
    apply(scope.user, body.changes())
    scope.session.flush()
    shown = PROFILE.show(scope.user)
    for team in scope.team_ids:
        tell(scope.session, "user", "updated", shown, to_team(team))
    return own_profile(scope, populate, context.settings)


@router.post("/user/exist", response_model=answers.EmailTaken)
@reads
def user_exists(
    body: schemas.EmailOnly, context: ContextDep, session: SessionDep, address: AddressDep
) -> Shown:
    """Say whether a user has this e-mail address."""
    context.limiter.hit("20 per minute", "user-exist", address)
    return {"exists": service.find_by_email(session, body.email) is not None}


@router.post(
    "/user", response_model=answers.CreatedUser, status_code=201, responses={401: {}, 403: {}, 409: {}}
)
def create_owner(
    body: schemas.NewOwner, caller: PossibleCallerDep, context: ContextDep, address: AddressDep
) -> Shown:
    """Create a user, who may then create a team. Where sign-up is not open, only operators may."""
    context.limiter.hit("10 per minute", "create-owner", address)
    if context.settings.sign_up != "open" and not (
        caller and context.read(lambda session: session.get_one(User, caller.user_id)).operator
    ):
        raise Forbidden(service.NO_ACCOUNTS)
    password_hash = hash_password(body.password)
    names = {"first": body.first_name, "last": body.last_name}

    def create(session: Session) -> User:
        user = service.create_user(session, email=body.email, password_hash=password_hash, **names)
        ask_for_verification(session, context.settings, user)
        return user

    return views.show_created(context.write(create))


@router.get("/user", response_model=list[ProfileAnswer])
def list_users(scope: ScopeDep, listing: UserListing) -> list[Shown]:
    """List the other users of the caller's teams."""
    return listing.show(scope, service.OTHERS)


@router.get("/user/{user_id}", response_model=ProfileAnswer)
def get_user(user_id: str, scope: ScopeDep) -> Shown:
    """Show a user of the caller's teams, by the user's or the membership's id."""
    return PROFILE.show(service.get_visible(scope, user_id))


def own_profile(scope: Scope, populate: Populate, settings: Settings) -> Shown:
    teams = service.own_teams(scope)
    shown: list[Any] = [show_summary(team) if "teams" in populate else public_id(team.id) for team in teams]
    members, devices = service.own_memberships(scope), own_devices(scope)
    return views.show_own(scope.user, members, shown, devices, settings)
