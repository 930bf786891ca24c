"""Twilio's words for what became of a message.

https://www.twilio.com/docs/messaging/api/message-resource#message-status-values
"""

from switchroom.inbox import DeliveryState

_STATES = {
    "sent": DeliveryState.DELIVERED,
    "delivered": DeliveryState.DELIVERED,
    "read": DeliveryState.DELIVERED,
    "undelivered": DeliveryState.FAILED,
    "failed": DeliveryState.FAILED,
    "canceled": DeliveryState.FAILED,
}


def state_of(status: str) -> DeliveryState:
    """Return our state. A carrier that tells no more than `sent` counts as a delivery."""
    return _STATES.get(status, DeliveryState.PENDING)
