"""What the provider's event of a meeting says about how to join, after the notes that people wrote."""

import re

from switchroom.ids import parse_id, public_id

_START = "Join the meeting: "
_JOIN = re.compile(rf"\s*{_START}https?://\S+.*\Z", re.DOTALL)
_CHAT = re.compile(r"/auth/join-chat\?\S*chat=(a[0-9a-f]{32})")


def join_link(public_url: str, team_slug: str, event_id: str) -> str:
    """Return the address where people join the meeting's chat."""
    return f"{public_url}/auth/join-chat?team={team_slug}&chat={public_id(event_id)}"


def with_join(notes: str, link: str, pin: int) -> str:
    """Return the notes with the address and the PIN of the meeting."""
    return f"{notes}\n\n{_START}{link}\nPIN: {pin}".strip()


def without_join(text: str) -> str:
    """Return the notes that people wrote."""
    return _JOIN.sub("", text)


def event_named(*texts: str) -> str | None:
    """Return the id of the event whose address one of the texts has."""
    for text in texts:
        if found := _CHAT.search(text):
            return parse_id(found[1])
    return None
