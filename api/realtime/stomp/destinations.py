"""Which destination has what events of the inbox, and what a message there says."""

import orjson

from api.realtime.change import Change
from switchroom.ids import dashed_id

NAMES = (
    "message/upsert",
    "unread-count/update",
    "channel/connected",
    "channel/disconnected",
    "channels/available",
    "conversation/update",
    "note/upsert",
    "contact/merged",
    "survey/answered",
    "conversation/typing",
    "conversation/reading",
    "conversation/offer",
)
DESTINATIONS = {f"{prefix}{name}": name for name in NAMES for prefix in ("/user/queue/airy/", "/queue/")}
"""What a client subscribes to -> what it gets."""
_OF = {
    ("inbox_message", "created"): "message/upsert",
    ("inbox_message", "updated"): "message/upsert",
    ("inbox_unread", "updated"): "unread-count/update",
    ("inbox_channel", "connected"): "channel/connected",
    ("inbox_channel", "disconnected"): "channel/disconnected",
    # Who waits for the channel is told why it is not there.
    ("inbox_channel", "failed"): "channel/disconnected",
    ("inbox_channels", "available"): "channels/available",
    ("inbox_conversation", "updated"): "conversation/update",
    ("inbox_conversation", "woken"): "conversation/update",
    ("inbox_note", "created"): "note/upsert",
    ("inbox_note", "destroyed"): "note/upsert",
    ("inbox_contact", "merged"): "contact/merged",
    ("inbox_survey", "answered"): "survey/answered",
    ("inbox_typing", "messaged"): "conversation/typing",
    ("inbox_reading", "messaged"): "conversation/reading",
    ("inbox_work", "offered"): "conversation/offer",
    ("inbox_work", "withdrawn"): "conversation/offer",
}


def name_of(change: Change) -> str | None:
    """Return the name of the destination that has this change; None: none has."""
    return _OF.get((change.model, change.verb))


def body_of(change: Change, user_id: str) -> bytes:
    """Return what this user is told, as JSON."""
    if change.model != "inbox_unread" or change.data is None:
        return change.data_json
    data = change.data
    seen = data.get("seen", {}).get(dashed_id(user_id), 0)
    return orjson.dumps(
        {
            "conversation_id": data["conversation_id"],
            "unread_message_count": max(0, data["inbound_count"] - seen),
            "timestamp": data["timestamp"],
        }
    )
