"""Guests: people outside of a team who are in some of its chats, and see nothing else of it."""

from sqlmodel import Session

from api.accounts.audit import actor_of, record
from api.accounts.auth.devices import DeviceDep
from api.accounts.guests import answers, joining, schemas, service
from api.accounts.teams import views
from api.conventions.resource import Shown
from api.conventions.router import v1_router
from api.core.deps import (
    AddressDep,
    ContextDep,
    IdentityDep,
    PossibleCallerDep,
    ScopeDep,
    SessionDep,
)
from api.core.scope import Scope
from models import User
from switchroom.ids import public_id

router = v1_router(tags=["guests"])


@router.get("/guest/{guest_id}", response_model=answers.GuestAnswer)
def get_guest(guest_id: str, scope: ScopeDep) -> Shown:
    """Show a guest of the caller's teams, or the caller as a guest."""
    return service.show(scope, service.get(scope, guest_id))


@router.post(
    "/guest/invite", response_model=list[answers.GuestInviteAnswer], status_code=201, responses={409: {}}
)
def invite_guests(body: schemas.GuestInvitation, scope: ScopeDep, context: ContextDep) -> list[Shown]:
    """Invite people to a chat by e-mail, all or none. The mail has a PIN that lets its receiver in once."""
    context.limiter.hit("30 per minute", "invite", scope.user_id)
    return service.invite_all(scope, context, body)


@router.post("/team/{team_id}/guest/exists", response_model=list[answers.GuestExistsAnswer])
def guest_exists(team_id: str, body: schemas.GuestEmails, scope: ScopeDep) -> list[Shown]:
    """Say for each address whether a guest of the team has it."""
    return service.exist(scope, team_id, body.emails)


@router.delete("/team/{team_id}/guest", response_model=answers.GuestAnswer)
def delete_guest(team_id: str, body: schemas.GuestRemoval, scope: ScopeDep, address: AddressDep) -> Shown:
    """Remove a guest from one chat, or from all chats of the team. Their sessions end with the last."""
    shown = service.remove(scope, team_id, body)
    if body.chat is None:
        record(
            scope.session,
            actor_of(scope, address),
            "guest removed",
            shown["id"][1:],
            team_id=shown["team"][1:],
        )
    return shown


@router.post(
    "/team/{team_id}/guest/join", response_model=answers.GuestSession, responses={401: {}, 403: {}, 409: {}}
)
def join_chat(
    team_id: str,
    body: schemas.ChatJoining,
    caller: PossibleCallerDep,
    context: ContextDep,
    device: DeviceDep,
) -> Shown:
    """Join a chat by a PIN. `team_id` may be the team's slug."""
    return joining.join(context, team_id, body, caller.user_id if caller else None, device)


@router.post("/guest/join", response_model=answers.GuestSession, responses={401: {}, 403: {}, 409: {}})
def join_chat_anywhere(
    body: schemas.ChatJoining, caller: PossibleCallerDep, context: ContextDep, device: DeviceDep
) -> Shown:
    """Join a chat by a PIN alone, if it is an invitation's, or by the PIN and the chat."""
    return joining.join(context, None, body, caller.user_id if caller else None, device)


@router.post(
    "/team/{team_id}/guest", response_model=answers.GuestSession, responses={401: {}, 403: {}, 409: {}}
)
def join_meeting(
    team_id: str,
    body: schemas.MeetingJoining,
    caller: PossibleCallerDep,
    context: ContextDep,
    device: DeviceDep,
) -> Shown:
    """Join the chat of a meeting by its id and a PIN. `team_id` may be the team's slug."""
    return joining.join(context, team_id, body, caller.user_id if caller else None, device)


@router.post(
    "/guest/join/meeting", response_model=answers.GuestSession, responses={401: {}, 403: {}, 409: {}}
)
def join_meeting_anywhere(
    body: schemas.MeetingJoining, caller: PossibleCallerDep, context: ContextDep, device: DeviceDep
) -> Shown:
    """Join the chat of a meeting by its id and a PIN, without naming the team."""
    return joining.join(context, None, body, caller.user_id if caller else None, device)


@router.patch(
    "/team/{team_id}/guest/{guest_id}/upgrade", response_model=answers.UpgradedAnswer, responses={409: {}}
)
def upgrade_guest(
    team_id: str,
    guest_id: str,
    body: schemas.Upgrade,
    scope: ScopeDep,
    context: ContextDep,
    address: AddressDep,
) -> Shown:
    """Make a guest a member of the team, with a role, a plan and an extension."""
    member = service.upgrade(scope, context.settings, team_id, guest_id, body)
    changed = {"role": member.role, "status": member.status}
    actor = actor_of(scope, address)
    record(scope.session, actor, "user changed", member.user_id, team_id=member.team_id, **changed)
    shown = views.show_member(member, scope.session.get_one(User, member.user_id))
    return {**shown, "plan": public_id(member.plan_id or "")}


@router.get(
    "/chat/{room_number}/conference", response_model=answers.ConferenceAnswer, responses={404: {}, 429: {}}
)
def get_conference(room_number: str, session: SessionDep, context: ContextDep, address: AddressDep) -> Shown:
    """Show how guests come into a chat by its room number, if it is open to guests."""
    context.limiter.hit("10 per minute", "conference", address)
    return joining.conference(session, room_number)


@router.get(
    "/chat/{chat_id}/generateUrl",
    response_model=answers.GuestUrlAnswer,
    responses={403: {}, 404: {}, 409: {}},
)
def generate_guest_url(chat_id: str, identity: IdentityDep, context: ContextDep) -> Shown:
    """Make a new URL and PIN for guests. The guests who are in the chat have to join again."""

    def generate(session: Session) -> Shown:
        return service.new_url(Scope(session, identity), context.settings, chat_id)

    return context.write(generate)
