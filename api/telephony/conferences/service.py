"""What is done with conferences, and who may do it."""

from typing import Any

from sqlmodel import Session, col, select

from api.chat.chats.service import require_owner
from api.conventions.body import apply
from api.conventions.resource import Shown
from api.core.errors import Conflict, Forbidden, ValidationFailed
from api.core.scope import VISIBLE_CHATS, Scope
from api.telephony.conferences.schemas import RoomChange, RoomUpdate
from api.telephony.conferences.views import show_live
from api.telephony.live_views import Live
from models import CallRoute, Chat, ConferenceSettings, DidNumber, Team
from routing.config import RecordingPolicy
from routing.rooms import RoomAction
from switchroom.ids import public_id
from switchroom.messages.commands import ChangeRoom
from switchroom.messages.live import LiveConference

SETTINGS = tuple(RoomUpdate.model_fields)
_ABOUT_ONE = (RoomAction.MUTE, RoomAction.UNMUTE, RoomAction.KICK)
_OWN = (RoomAction.MUTE, RoomAction.UNMUTE)
"""What everybody may ask of themselves."""


def show_room(scope: Scope, chat: Chat, live: LiveConference | None) -> Shown:
    """Show the conference of a chat that the caller is in."""
    settings = scope.session.get(ConferenceSettings, chat.id) or ConferenceSettings(chat_id=chat.id)
    number = str(chat.room_number)
    return {
        "chat": public_id(chat.id),
        "roomNumber": chat.room_number,
        "conf_pin": chat.conf_pin,
        "dial": {"extension": number, "numbers": _numbers(scope.session, chat.team_id, number)},
        "moderator": _moderates(scope, chat),
        **{name: getattr(settings, name) for name in SETTINGS},
        "live": None if live is None else show_live(live, numbers=not scope.is_guest(chat.team_id)),
    }


def _numbers(session: Session, team_id: str, room: str) -> list[str]:
    """Return the team's numbers whose route asks for a room number, or for the PIN of this room."""
    known = (
        select(DidNumber.e164, CallRoute.blocks)
        .join(CallRoute, col(CallRoute.id) == col(DidNumber.route_id))
        .where(col(DidNumber.team_id) == team_id)
        .order_by(col(DidNumber.e164))
    )
    return [e164 for e164, blocks in session.exec(known) if any(_leads(b, room) for b in blocks.values())]


def _leads(block: dict[str, Any], room: str) -> bool:
    settings = block.get("settings") or {}
    asks = block.get("type") == "conference" and settings.get("room") is None
    return asks and settings.get("number") in (None, room)


def in_chats(scope: Scope, team_id: str) -> list[str]:
    """Return the ids of the team's chats that the caller is in."""
    mine = VISIBLE_CHATS.where(col(Chat.team_id) == team_id, col(Chat.archived_at).is_(None))
    found = scope.session.execute(mine.with_only_columns(col(Chat.id)), scope.values)
    return list(found.scalars())


def update(scope: Scope, chat: Chat, body: RoomUpdate) -> None:
    """Assign what was sent. Raises Forbidden unless the caller owns the chat or administers its team."""
    require_owner(scope, chat)
    settings = scope.session.get(ConferenceSettings, chat.id) or ConferenceSettings(chat_id=chat.id)
    scope.session.add(apply(settings, body.changes()))
    scope.session.flush()


def change(scope: Scope, chat: Chat, body: RoomChange, views: Live) -> None:
    """Ask the engine to do it. Raises Forbidden, ValidationFailed, Conflict if nobody is in the conference."""
    live = views.conferences([chat.id]).get(chat.id)
    if body.participant is None and body.action is RoomAction.KICK:
        raise ValidationFailed({"participant": "Required: the call of a participant"})
    if body.participant is not None and body.action not in _ABOUT_ONE:
        raise ValidationFailed({"participant": "Only with mute, unmute and kick"})
    who = _participant(live, body.participant)
    itself = who is not None and who.user == scope.user_id and body.action in _OWN
    if not itself and not _moderates(scope, chat):
        raise Forbidden("Only the owner of the chat or an admin of the team may do this")
    if live is None:
        raise Conflict("Nobody is in the conference")
    if body.participant is not None and who is None:
        raise ValidationFailed({"participant": "Not in the conference"})
    if body.action is RoomAction.RECORD and _records_nothing(scope.session, chat.team_id):
        raise Conflict("The team records no calls")
    views.ask(
        ChangeRoom(
            team=chat.team_id,
            chat=chat.id,
            action=body.action.value,
            participant=body.participant,
            by=scope.user_id,
        ),
    )


def _participant(live: LiveConference | None, call: str | None) -> Any:
    there = live.participants if live is not None else []
    return next((who for who in there if who.call == call), None)


def _moderates(scope: Scope, chat: Chat) -> bool:
    if scope.is_guest(chat.team_id):
        return False
    return chat.owner_id == scope.user_id or scope.is_admin(chat.team_id)


def _records_nothing(session: Session, team_id: str) -> bool:
    return session.get_one(Team, team_id).recording == RecordingPolicy.NONE.value
