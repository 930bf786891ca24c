"""The one rule: whether a call may go out to the telephone network."""

from enum import StrEnum

from routing.enum_members import quick_members
from routing.frozen import dataclass
from routing.outbound.destinations import Destination, destination
from routing.outbound.policy import OutboundPolicy, within
from routing.outbound.usage import Usage

MOST_ROUNDS = 3
"""How often a call may come back to us over the telephone network and go out again."""
MOST_TRIES = 10
"""How many outside numbers one call may ring, one after the other."""


@quick_members
class Denial(StrEnum):
    """Why a call may not go out."""

    CLOSED = "closed"
    """No operator has opened the telephone network for the team, or the team has closed it."""
    COUNTRY = "country"
    CLASS = "class"
    NO_IDENTITY = "no-identity"
    """The team has no number of its own that could be shown."""
    OWN_NUMBER = "own-number"
    """The callback would ring one of our own numbers."""
    LOOP = "loop"
    """The call has gone out and come back too often."""
    TRIES = "tries"
    """The call has rung too many outside numbers."""
    TEAM_CAP = "team-cap"
    MEMBER_CAP = "member-cap"
    NUMBER_CAP = "number-cap"
    DESTINATION_CAP = "destination-cap"


CAPS_REACHED = frozenset({Denial.TEAM_CAP, Denial.MEMBER_CAP, Denial.NUMBER_CAP, Denial.DESTINATION_CAP})
"""Reasons that end with the day."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A call that is to go out. `did` is the team's number by which the caller came; `member` forwards, or is empty.

    `rounds` is how often it came back to us already, `tries` how many outside numbers it has rung.
    """

    number: str
    identity: str
    did: str = ""
    member: str = ""
    rounds: int = 0
    tries: int = 0


def where(policy: OutboundPolicy, to: Destination, home: str) -> Denial | None:
    """Return why the policy does not allow this destination; None: it does. `home` is the country of the number that
    is shown."""
    if not policy.open:
        return Denial.CLOSED
    layers = (policy.countries, *([] if policy.only is None else [policy.only]))
    if not all(within(countries, to.country, home) for countries in layers):
        return Denial.COUNTRY
    return None if set(to.classes) <= set(policy.classes) else Denial.CLASS


def denial(policy: OutboundPolicy, to: Destination, used: Usage, attempt: Attempt) -> Denial | None:
    """Return why the call may not go out now; None: it may. `used` is of the present day."""
    if (reason := where(policy, to, destination(attempt.identity).country)) is not None:
        return reason
    checks = (
        (not attempt.identity, Denial.NO_IDENTITY),
        (attempt.rounds >= MOST_ROUNDS, Denial.LOOP),
        (attempt.tries >= MOST_TRIES, Denial.TRIES),
        (used.calls >= policy.team_per_day, Denial.TEAM_CAP),
        (
            bool(attempt.member) and used.members.get(attempt.member, 0) >= policy.member_per_day,
            Denial.MEMBER_CAP,
        ),
        (used.numbers.get(attempt.did, 0) >= policy.number_per_day, Denial.NUMBER_CAP),
        (used.destinations.get(attempt.number, 0) >= policy.destination_per_day, Denial.DESTINATION_CAP),
    )
    return next((reason for broken, reason in checks if broken), None)
