"""Conferences of chats: how to dial in, who is there, and what moderators do."""

from api.conventions.answers import Nothing
from api.conventions.resource import Shown
from api.conventions.router import v1_router
from api.core.deps import ContextDep, ScopeDep
from api.core.route import reads
from api.telephony.conferences import service
from api.telephony.conferences.answers import LiveConferenceAnswer, RoomAnswer
from api.telephony.conferences.schemas import RoomChange, RoomUpdate
from api.telephony.conferences.views import show_live
from api.telephony.live_views import Live
from switchroom.ids import parse_id
from switchroom.messages.live import LiveConference

router = v1_router(tags=["conferences"])


@router.get("/team/{team_id}/conferences", response_model=list[LiveConferenceAnswer])
def list_conferences(team_id: str, scope: ScopeDep, context: ContextDep) -> list[Shown]:
    """List the conferences that go on now in the caller's chats of a team, oldest first."""
    team = scope.team_id(team_id)
    live = Live(context).conferences(service.in_chats(scope, team))
    there = sorted(live.values(), key=lambda it: (it.started_at, it.conference))
    return [show_live(conference, numbers=True) for conference in there]


@router.get("/chat/{chat_id}/room", response_model=RoomAnswer)
def get_room(chat_id: str, scope: ScopeDep, context: ContextDep) -> Shown:
    """Show the conference of a chat: how to get in, its settings, and who is there."""
    live = _live(context, chat_id)
    return service.show_room(scope, scope.chat(chat_id), live)


@router.patch("/chat/{chat_id}/room", response_model=RoomAnswer)
def update_room(chat_id: str, body: RoomUpdate, scope: ScopeDep, context: ContextDep) -> Shown:
    """Change how the conference of a chat is held. Its owner or an admin may."""
    live = _live(context, chat_id)
    chat = scope.chat(chat_id)
    service.update(scope, chat, body)
    return service.show_room(scope, chat, live)


@router.post("/chat/{chat_id}/room/change", response_model=Nothing, status_code=202, responses={409: {}})
@reads
def change_room(chat_id: str, body: RoomChange, scope: ScopeDep, context: ContextDep) -> Shown:
    """Ask the engine to change a conference that goes on.

    The chat's owner and admins moderate: they lock and record it, mute participants and take them out. Everybody may
    mute themselves. The live conference shows that it was done.
    """
    service.change(scope, scope.chat(chat_id), body, Live(context))
    return {}


def _live(context: ContextDep, chat_id: str) -> LiveConference | None:
    """Read the view before the transaction begins: a silent Redis must not hold up writers."""
    found = parse_id(chat_id)
    return Live(context).conferences([found]).get(found) if found else None
