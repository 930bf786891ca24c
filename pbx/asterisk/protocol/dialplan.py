"""What the dialplan and the engine name alike: contexts, roles, and the channels that the dialplan makes itself.

The other side is `asterisk-config/templates/extensions.conf`.
"""

from enum import StrEnum


class Context(StrEnum):
    """A context that the engine redirects to, or finds a channel in."""

    OFFER = "offer"
    LATER = "later"
    DIALOUT = "dialout"
    CALLBACK = "callback"
    CONFERENCE = "conference"
    FALLBACK = "fallback"


class Role(StrEnum):
    """`SR_ROLE`: what a channel is to its call."""

    CALLER = "caller"
    LATER = "later"
    """The far half of a slot in a growing offer, which waits for a phone to dial."""
    NONE = ""


_ROLES = {role.value: role for role in Role}

SLOT = "later@later"
"""What Dial rings, as a `Local` channel, to keep a slot in a growing offer; `DialString` begins with it."""


def role(text: str) -> Role:
    """Parse a value of `SR_ROLE`; one that we did not set says nothing."""
    return _ROLES.get(text, Role.NONE)


def near_half(channel: str) -> str:
    """Return the name of the half of a `Local` channel that Dial rings: `;1`. `channel`: either half."""
    return f"{channel[:-1]}1"


def far_half(channel: str) -> str:
    """Return the name of the half of a `Local` channel that runs the dialplan: `;2`. `channel`: either half."""
    return f"{channel[:-1]}2"


def node_endpoint(node: str) -> str:
    """Return the SIP endpoint that leads to another node."""
    return f"node-{node}"
