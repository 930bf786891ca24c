"""The one rule: whether a call may go out to the telephone network."""

from collections.abc import Iterator
from enum import StrEnum

from routing.enum_members import quick_members
from routing.frozen import dataclass
from routing.outbound.destinations import Destination, destination
from routing.outbound.policy import OutboundPolicy, within
from routing.outbound.prices import price
from routing.outbound.usage import NOTHING, Talked, Usage

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
    TEAM_AT_ONCE = "team-at-once"
    """The team has as many calls to the telephone network as it may have at the same time."""
    MEMBER_AT_ONCE = "member-at-once"
    TEAM_MINUTES = "team-minutes"
    """The team's calls to the telephone network have talked as long today as they may."""
    MEMBER_MINUTES = "member-minutes"
    TEAM_MONEY = "team-money"
    """They have cost as much today as they may, and this one costs too."""
    MEMBER_MONEY = "member-money"


CAPS_REACHED = frozenset(
    {
        *(Denial.TEAM_CAP, Denial.MEMBER_CAP, Denial.NUMBER_CAP, Denial.DESTINATION_CAP),
        *(Denial.TEAM_AT_ONCE, Denial.MEMBER_AT_ONCE),
        *(Denial.TEAM_MINUTES, Denial.MEMBER_MINUTES, Denial.TEAM_MONEY, Denial.MEMBER_MONEY),
    }
)
"""Reasons that end by themselves: with the day, or with another call."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A call that is to go out. `did` is the team's number by which the caller came, and empty if a member's phone
    calls. `member` is that member, or the one who forwards, or empty.

    `rounds` is how often it came back to us already, `tries` how many outside numbers it has rung. `team_has` and
    `member_has`: how many calls they have in the telephone network now; `team_talks` and `member_talks`: how long these
    have talked today.
    """

    number: str
    identity: str
    did: str = ""
    member: str = ""
    rounds: int = 0
    tries: int = 0
    team_has: int = 0
    member_has: int = 0
    team_talks: Talked = NOTHING
    member_talks: Talked = NOTHING


def where(policy: OutboundPolicy, to: Destination, home: str) -> Denial | None:
    """Return why the policy does not allow this destination; None: it does. `home` is the country of the number that
    is shown."""
    if not policy.open:
        return Denial.CLOSED
    layers = (policy.countries, *([] if policy.only is None else [policy.only]))
    if not all(within(countries, to.country, home) for countries in layers):
        return Denial.COUNTRY
    return None if set(to.classes) <= set(policy.classes) else Denial.CLASS


def endless(attempt: Attempt) -> Denial | None:
    """Return why not even a number of our own may be rung; None: it may."""
    checks = (
        (not attempt.identity, Denial.NO_IDENTITY),
        (attempt.rounds >= MOST_ROUNDS, Denial.LOOP),
        (attempt.tries >= MOST_TRIES, Denial.TRIES),
    )
    return next((reason for broken, reason in checks if broken), None)


def denial(policy: OutboundPolicy, to: Destination, used: Usage, attempt: Attempt) -> Denial | None:
    """Return why the call may not go out now; None: it may. `used` is of the present day."""
    if (reason := where(policy, to, destination(attempt.identity).country)) is not None:
        return reason
    if (reason := endless(attempt)) is not None:
        return reason
    checks = (
        (used.calls >= policy.team_per_day, Denial.TEAM_CAP),
        (
            bool(attempt.member) and used.members.get(attempt.member, 0) >= policy.member_per_day,
            Denial.MEMBER_CAP,
        ),
        (
            bool(attempt.did) and used.numbers.get(attempt.did, 0) >= policy.number_per_day,
            Denial.NUMBER_CAP,
        ),
        (used.destinations.get(attempt.number, 0) >= policy.destination_per_day, Denial.DESTINATION_CAP),
        (attempt.team_has >= policy.team_at_once, Denial.TEAM_AT_ONCE),
        (bool(attempt.member) and attempt.member_has >= policy.member_at_once, Denial.MEMBER_AT_ONCE),
        *_spent(policy, to, used, attempt),
    )
    return next((reason for broken, reason in checks if broken), None)


def _spent(
    policy: OutboundPolicy, to: Destination, used: Usage, attempt: Attempt
) -> Iterator[tuple[bool, Denial]]:
    """Yield whether the calls of today have talked as long, or cost as much, as they may. What costs nothing may go
    out however much was spent."""
    costs = price(policy.prices, to) > 0
    team = used.talked.plus(attempt.team_talks)
    yield team.seconds >= policy.team_minutes_per_day * 60, Denial.TEAM_MINUTES
    yield costs and team.money >= policy.team_money_per_day, Denial.TEAM_MONEY
    if attempt.member:
        member = used.member_talked.get(attempt.member, NOTHING).plus(attempt.member_talks)
        yield member.seconds >= policy.member_minutes_per_day * 60, Denial.MEMBER_MINUTES
        yield costs and member.money >= policy.member_money_per_day, Denial.MEMBER_MONEY
