"""What an operator should hear of at once. An alarm does not stop a call."""

from enum import StrEnum

from routing.enum_members import quick_members
from routing.outbound.destinations import Destination
from routing.outbound.policy import OutboundPolicy
from routing.outbound.rule import CAPS_REACHED, Denial
from routing.outbound.usage import VELOCITY_SECONDS, Usage


@quick_members
class Alarm(StrEnum):
    """What was noticed. `denied` and `cap` are told once a day for each reason, `night` once a day."""

    NEW_COUNTRY = "new-country"
    """The first call of a team to a country, apart from the country of its own number."""
    VELOCITY = "velocity"
    """More calls within ten minutes than `alarm_calls`."""
    NIGHT = "night"
    CAP = "cap"
    DENIED = "denied"
    EMERGENCY = "emergency"
    """A member called the police, the fire brigade or an ambulance. It is told each time."""


def of_call(
    policy: OutboundPolicy, to: Destination, home: str, used: Usage, *, now: float, hour: int
) -> list[Alarm]:
    """Return the alarms about a call that was counted, and note them. `home` is the country of the team's own number,
    `hour` the local hour."""
    alarms = []
    if to.country not in used.countries:
        used.countries.append(to.country)
        if to.country != home:
            alarms.append(Alarm.NEW_COUNTRY)
    if 0 < policy.alarm_calls < len(used.recent) and now >= used.velocity_until:
        used.velocity_until = now + VELOCITY_SECONDS
        alarms.append(Alarm.VELOCITY)
    if _at_night(policy.night, hour) and _first(used, Alarm.NIGHT):
        alarms.append(Alarm.NIGHT)
    return alarms


def of_denial(reason: Denial, used: Usage) -> list[Alarm]:
    """Return the alarm about a call that was denied, if it was not raised today."""
    alarm = Alarm.CAP if reason in CAPS_REACHED else Alarm.DENIED
    return [alarm] if _first(used, f"{alarm}:{reason}") else []


def _first(used: Usage, what: str) -> bool:
    if what in used.told:
        return False
    used.told.append(str(what))
    return True


def _at_night(night: tuple[int, int], hour: int) -> bool:
    """Return whether the hour lies in the span, which may go over midnight."""
    begin, end = night
    return begin <= hour < end if begin <= end else hour >= begin or hour < end
