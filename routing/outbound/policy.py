"""What a team may dial. An operator opens it, the team may narrow it."""

from dataclasses import dataclass, field, replace
from typing import TypeVar

from routing.outbound.destinations import ANY_COUNTRY, NO_COUNTRY, OWN_COUNTRY, DestinationClass

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class OutboundPolicy:
    """What a team may dial. Closed unless `open`. The caps count calls of a local day of the team, and
    how long these talk."""

    open: bool = False
    countries: tuple[str, ...] = ()
    """ISO 3166 alpha-2 codes. `own` stands for the country of the number that is shown, `*` for every country."""
    only: tuple[str, ...] | None = None
    """Countries to which the team has narrowed these; None: it has not."""
    classes: tuple[DestinationClass, ...] = ()
    team_per_day: int = 0
    member_per_day: int = 0
    """Calls that one member's phone makes, and calls to the number that the member forwards to."""
    number_per_day: int = 0
    """Calls that came in by one of the team's numbers, and callbacks of these."""
    destination_per_day: int = 0
    """Calls to one destination."""
    team_at_once: int = 0
    """Calls to the telephone network at the same time."""
    member_at_once: int = 0
    """The same of one member: those that their phone makes, and those to the number that they forward to."""
    team_minutes_per_day: int = 0
    """Minutes that these calls talk."""
    member_minutes_per_day: int = 0
    team_money_per_day: int = 0
    """What these minutes cost by `prices`."""
    member_money_per_day: int = 0
    prices: dict[str, float] = field(default_factory=dict)
    """What a minute costs, as `routing.outbound.prices` reads it."""
    alarm_calls: int = 0
    """More calls than this within ten minutes raise an alarm. 0: none does."""
    night: tuple[int, int] = (22, 6)
    """Local hours of the team, from and to, in which a call raises an alarm. Two equal hours: none does."""


CLOSED = OutboundPolicy()


def within(countries: tuple[str, ...], country: str, home: str) -> bool:
    """Return whether the country is among these. `home` is the country of the number that is shown."""
    if country in countries:
        return country != ""
    known = country not in ("", NO_COUNTRY)
    return known and (ANY_COUNTRY in countries or (OWN_COUNTRY in countries and country == home))


@dataclass(frozen=True, slots=True)
class Limits:
    """What an operator or a team says of a policy. None: as it was."""

    open: bool | None = None
    countries: tuple[str, ...] | None = None
    classes: tuple[DestinationClass, ...] | None = None
    team_per_day: int | None = None
    member_per_day: int | None = None
    number_per_day: int | None = None
    destination_per_day: int | None = None
    team_at_once: int | None = None
    member_at_once: int | None = None
    team_minutes_per_day: int | None = None
    member_minutes_per_day: int | None = None
    team_money_per_day: int | None = None
    member_money_per_day: int | None = None


CAPS = (
    *("team_per_day", "member_per_day", "number_per_day", "destination_per_day"),
    *("team_at_once", "member_at_once"),
    *("team_minutes_per_day", "member_minutes_per_day", "team_money_per_day", "member_money_per_day"),
)


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
        only=by.countries,
        classes=tuple(it for it in policy.classes if by.classes is None or it in by.classes),
        **caps,
    )


@dataclass(frozen=True, slots=True)
class OutboundDefaults:
    """The settings of the installation; `switchroom.settings.Settings` says what each means."""

    outbound: str = "closed"
    outbound_classes: tuple[DestinationClass, ...] = ()
    outbound_team_per_day: int = 0
    outbound_member_per_day: int = 0
    outbound_number_per_day: int = 0
    outbound_destination_per_day: int = 0
    outbound_team_at_once: int = 0
    outbound_member_at_once: int = 0
    outbound_team_minutes_per_day: int = 0
    outbound_member_minutes_per_day: int = 0
    outbound_team_money_per_day: int = 0
    outbound_member_money_per_day: int = 0
    outbound_prices: dict[str, float] = field(default_factory=dict)
    outbound_alarm_calls: int = 0
    outbound_night: str = "0-0"


def effective(defaults: OutboundDefaults, operator: Limits | None, team: Limits | None) -> OutboundPolicy:
    """Return what a team may dial: the settings, what an operator decided for the team, what the team narrowed."""
    begin, end = defaults.outbound_night.split("-")
    policy = OutboundPolicy(
        open=defaults.outbound == "own-country",
        countries=(OWN_COUNTRY,),
        classes=defaults.outbound_classes,
        team_per_day=defaults.outbound_team_per_day,
        member_per_day=defaults.outbound_member_per_day,
        number_per_day=defaults.outbound_number_per_day,
        destination_per_day=defaults.outbound_destination_per_day,
        team_at_once=defaults.outbound_team_at_once,
        member_at_once=defaults.outbound_member_at_once,
        team_minutes_per_day=defaults.outbound_team_minutes_per_day,
        member_minutes_per_day=defaults.outbound_member_minutes_per_day,
        team_money_per_day=defaults.outbound_team_money_per_day,
        member_money_per_day=defaults.outbound_member_money_per_day,
        prices=dict(defaults.outbound_prices),
        alarm_calls=defaults.outbound_alarm_calls,
        night=(int(begin), int(end)),
    )
    policy = narrowed(replaced(policy, operator), team)
    return replace(policy, open=False) if defaults.outbound == "off" else policy


def _or(value: T | None, default: T) -> T:
    return default if value is None else value
