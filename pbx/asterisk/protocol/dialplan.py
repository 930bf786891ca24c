"""What the dialplan and the engine name alike: contexts, roles, and the channels that the dialplan makes itself.

The other side is `asterisk-config/templates/extensions.conf`.
"""

import re
from enum import StrEnum


class Context(StrEnum):
    """A context that the engine redirects to, or finds a channel in."""

    OFFER = "offer"
    LATER = "later"
    DIALOUT = "dialout"
    CALLBACK = "callback"
    CONFERENCE = "conference"
    PHONE_CALL = "phone-call"
    PHONE_DIAL = "phone-dial"
    FALLBACK = "fallback"


class Role(StrEnum):
    """`SR_ROLE`: what a channel is to its call."""

    CALLER = "caller"
    PHONE = "phone"
    """A member's phone that calls."""
    LATER = "later"
    """The far half of a slot in a growing offer, which waits for a phone to dial."""
    NONE = ""


CALLERS = frozenset({Role.CALLER, Role.PHONE})
"""The roles of a call's own channel."""
_ROLES = {role.value: role for role in Role}

SLOT = "later@later"
"""What Dial rings, as a `Local` channel, to keep a slot in a growing offer; `DialString` begins with it."""


_PHONE = re.compile(r"PJSIP/(?P<name>.+)-[0-9a-f]{8}")


def role(text: str) -> Role:
    """Parse a value of `SR_ROLE`; one that we did not set says nothing."""
    return _ROLES.get(text, Role.NONE)


def endpoint_of(channel: str) -> str:
    """Return the SIP endpoint of a channel: a phone's account, a trunk, `node-<node>`; empty: it has none."""
    match = _PHONE.fullmatch(channel)
    return match["name"] if match else ""


def near_half(channel: str) -> str:
    """Return the name of the half of a `Local` channel that Dial rings: `;1`. `channel`: either half."""
    return f"{channel[:-1]}1"


def far_half(channel: str) -> str:
    """Return the name of the half of a `Local` channel that runs the dialplan: `;2`. `channel`: either half."""
    return f"{channel[:-1]}2"


def node_endpoint(node: str) -> str:
    """Return the SIP endpoint that leads to another node."""
    return f"node-{node}"
