"""What the dialplan and the engine name alike: contexts, roles, and the channels that the dialplan makes itself.

The other side is `asterisk-config/templates/extensions.conf`.
"""

import re
from enum import StrEnum

from switchroom.sip_accounts import phone_of


class Context(StrEnum):
    """A context that the engine redirects to, or finds a channel in."""

    OFFER = "offer"
    LATER = "later"
    DIALOUT = "dialout"
    CONTROL = "control"
    CALLBACK = "callback"
    PLACED = "placed"
    CONFERENCE = "conference"
    CONFERENCE_KEY = "conference-key"
    """In a conference still: the caller hears what became of a key that they pressed."""
    CONFERENCE_TELL = "conference-tell"
    PHONE_CALL = "phone-call"
    PHONE_DIAL = "phone-dial"
    PHONE_OUT = "phone-out"
    PHONE_REFUSED = "phone-refused"
    EMERGENCY = "emergency"
    HELD = "held"
    TALK = "talk"
    PICKUP = "pickup"
    CONSULT = "consult"
    SUPERVISE = "supervise"
    TRANSFER = "transfer"
    FALLBACK = "fallback"


class Role(StrEnum):
    """`SR_ROLE`: what a channel is to its call."""

    CALLER = "caller"
    PHONE = "phone"
    """A member's phone that calls."""
    EMERGENCY = "emergency"
    """A member's phone that calls the police, the fire brigade or an ambulance."""
    LATER = "later"
    """The far half of a slot in a growing offer, which waits for a phone to dial."""
    AGENT = "agent"
    """The other side of a talk that was held: an agent."""
    RUNG = "rung"
    """A member's phone that we rang for a call that the member asked for, and the far half that rings it."""
    CALLED = "called"
    """The other side of a talk that was held: the called party."""
    CONSULT = "consult"
    """A side of a held talk that calls someone else meanwhile. `SR_CALL` is that call's, `SR_DID` the held call's."""
    NONE = ""


PHONES = frozenset({Role.PHONE, Role.EMERGENCY})
"""The roles of a member's phone that calls."""
CALLERS = PHONES | {Role.CALLER, Role.CONSULT}
"""The roles of a call's own channel."""
_ROLES = {role.value: role for role in Role}

OWN_NUMBER = "OWN"
"""What `SR_TRUNKS` has instead of a trunk's name if the number is one of ours."""
SLOT = "later@later"
"""What Dial rings, as a `Local` channel, to keep a slot in a growing offer; `DialString` begins with it."""


_PHONE = re.compile(r"(?:PJSIP/(?P<name>.+)|Local/(?P<placed>.+)@ring-member)-[0-9a-f]{8}(?:;1)?")


def role(text: str) -> Role:
    """Parse a value of `SR_ROLE`; one that we did not set says nothing."""
    return _ROLES.get(text, Role.NONE)


def endpoint_of(channel: str) -> str:
    """Return the SIP endpoint of a channel: a phone's account, a trunk, `node-<node>`; empty: it has none.

    A browser's account stands for the phone of its member. So does the near half of a `Local` channel of a call that a
    member asked for.
    """
    match = _PHONE.fullmatch(channel)
    return phone_of(match["name"] or match["placed"]) if match else ""


def near_half(channel: str) -> str:
    """Return the name of the half of a `Local` channel that Dial rings: `;1`. `channel`: either half."""
    return f"{channel[:-1]}1"


def far_half(channel: str) -> str:
    """Return the name of the half of a `Local` channel that runs the dialplan: `;2`. `channel`: either half."""
    return f"{channel[:-1]}2"


def node_endpoint(node: str) -> str:
    """Return the SIP endpoint that leads to another node."""
    return f"node-{node}"
