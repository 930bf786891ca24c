"""What a team may dial. An operator opens it, the team may narrow it."""

from dataclasses import dataclass, replace
from typing import TypeVar

from routing.outbound.destinations import ANY_COUNTRY, DestinationClass

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class OutboundPolicy:
    """What a team may dial. Closed unless `open`. The caps count calls of a local day of the team."""

    open: bool = False
    countries: tuple[str, ...] = ()
    """ISO 3166 alpha-2 codes; `*` stands for every country."""
    classes: tuple[DestinationClass, ...] = ()
    team_per_day: int = 0
    member_per_day: int = 0
    """Calls to the number that one member forwards to."""
    number_per_day: int = 0
    """Calls that came in by one of the team's numbers, and callbacks of these."""
    destination_per_day: int = 0
    """Calls to one destination."""
    alarm_calls: int = 0
    """More calls than this within ten minutes raise an alarm. 0: none does."""
    night: tuple[int, int] = (22, 6)
    """Local hours of the team, from and to, in which a call raises an alarm. Two equal hours: none does."""


CLOSED = OutboundPolicy()


@dataclass(frozen=True, slots=True)
class Limits:
    """A layer above or below a policy. None: as the layer above says."""

    open: bool | None = None
    countries: tuple[str, ...] | None = None
    classes: tuple[DestinationClass, ...] | None = None
    team_per_day: int | None = None
    member_per_day: int | None = None
    number_per_day: int | None = None
    destination_per_day: int | None = None


CAPS = ("team_per_day", "member_per_day", "number_per_day", "destination_per_day")


def replaced(policy: OutboundPolicy, by: Limits | None) -> OutboundPolicy:
    """Return the policy with what `by` says in place of its own: an operator decides."""
    if by is None:
        return policy
    said = {name: getattr(by, name) for name in ("open", "countries", "classes", *CAPS)}
    return replace(policy, **{name: value for name, value in said.items() if value is not None})


def narrowed(policy: OutboundPolicy, by: Limits | None) -> OutboundPolicy:
    """Return what both the policy and `by` allow: a team may only narrow."""
    if by is None:
        return policy
    caps = {name: min(getattr(policy, name), _or(getattr(by, name), getattr(policy, name))) for name in CAPS}
    return replace(
        policy,
        open=policy.open and _or(by.open, True),
        countries=_common_countries(policy.countries, by.countries),
        classes=tuple(it for it in policy.classes if by.classes is None or it in by.classes),
        **caps,
    )


def _common_countries(above: tuple[str, ...], below: tuple[str, ...] | None) -> tuple[str, ...]:
    if below is None or ANY_COUNTRY in below:
        return above
    return below if ANY_COUNTRY in above else tuple(country for country in above if country in below)


def _or(value: T | None, default: T) -> T:
    return default if value is None else value
