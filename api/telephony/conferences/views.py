"""Conferences as clients see them."""

from typing import Any

from api.telephony.live_views import show_posix
from switchroom.ids import public_id
from switchroom.messages.live import LiveConference, LiveParticipant


def show_live(conference: LiveConference, *, numbers: bool = False) -> dict[str, Any]:
    """Show a conference that goes on. `numbers`: also the numbers of those who called."""
    return {
        "id": public_id(conference.conference),
        "team": public_id(conference.team),
        "roomNumber": int(conference.number or 0),
        "locked": conference.locked,
        "recording": conference.recording,
        "started_at": show_posix(conference.started_at),
        "participants": [_participant(who, numbers) for who in conference.participants],
    }


def _participant(who: LiveParticipant, numbers: bool) -> dict[str, Any]:
    return {
        "call": public_id(who.call),
        "user": None if who.user is None else public_id(who.user),
        "name": who.name,
        "from": who.caller if numbers else "",
        "moderator": who.moderator,
        "muted": who.muted,
        "talking": who.talking,
        "joined_at": show_posix(who.joined_at),
    }
