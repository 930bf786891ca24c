"""The call routes of the demo team, as `POST /v1/callroute` takes them."""

from typing import Any

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MENU = ["vm-enter-num-to-call", "vm-press", "digits/1", "vm-press", "digits/2", "vm-press", "digits/3"]


def welcome_route(team: str, queues: dict[str, str]) -> dict[str, Any]:
    """Return a route with opening hours, then a menu: 1 sales, 2 support, 3 voicemail.

    It is open day and night, so that the demo always works.
    """
    always = {day: [["00:00", "24:00"]] for day in _WEEKDAYS}
    blocks = {
        "hours": {
            "type": "hours",
            "settings": {"timezone": "America/Toronto", "weekly": always},
            "exits": {"open": "menu", "closed": "voicemail"},
        },
        "menu": {
            "type": "menu",
            "settings": {"sound": _MENU, "timeout": 5, "retries": 2},
            "exits": {
                "1": "sales",
                "2": "support",
                "3": "voicemail",
                "timeout": "support",
                "invalid": "support",
            },
        },
        "sales": _queue(queues["Sales"]),
        "support": _queue(queues["Support"]),
        "voicemail": _voicemail(team),
    }
    return {"name": "Welcome", "team": team, "entry": "hours", "blocks": blocks}


def after_hours_route(team: str) -> dict[str, Any]:
    """Return a route that is never open: every caller leaves a message."""
    blocks = {
        "hours": {
            "type": "hours",
            "settings": {"timezone": "America/Toronto", "weekly": {}},
            "exits": {"open": "voicemail", "closed": "voicemail"},
        },
        "voicemail": _voicemail(team),
    }
    return {"name": "After hours", "team": team, "entry": "hours", "blocks": blocks}


def _queue(queue: str) -> dict[str, Any]:
    exits = {"timeout": "voicemail", "full": "voicemail", "empty": "voicemail"}
    return {"type": "queue", "settings": {"queue": queue}, "exits": exits}


def _voicemail(team: str) -> dict[str, Any]:
    return {"type": "voicemail", "settings": {"mailbox": {"kind": "team", "id": team}}}
