"""What a team dialled today, and what is known of its habits. It stands in snapshots."""

from dataclasses import dataclass, field

VELOCITY_SECONDS = 600.0
"""The span in which `OutboundPolicy.alarm_calls` counts."""


@dataclass(slots=True)
class Usage:
    """The calls that a team made to the telephone network on its local day `day` (`YYYY-MM-DD`)."""

    team: str
    day: str = ""
    calls: int = 0
    members: dict[str, int] = field(default_factory=dict)
    """By the membership that forwarded."""
    numbers: dict[str, int] = field(default_factory=dict)
    """By the team's number (E.164) by which the caller came."""
    destinations: dict[str, int] = field(default_factory=dict)
    """By the number (E.164) that was dialled."""
    denied: dict[str, int] = field(default_factory=dict)
    """By reason."""
    told: list[str] = field(default_factory=list)
    """Alarms that were raised today: each is raised once a day."""
    recent: list[float] = field(default_factory=list)
    """When the calls of the last ten minutes began. This and what follows outlives the day."""
    velocity_until: float = 0.0
    """Until then no other alarm about velocity is raised."""
    countries: list[str] = field(default_factory=list)
    """Every country that the team ever dialled."""

    def begin(self, day: str) -> None:
        """Begin the day, unless it is under way. A day before the present one is never begun again."""
        if day > self.day:
            self.day, self.calls, self.told = day, 0, []
            self.members, self.numbers, self.destinations, self.denied = {}, {}, {}, {}

    def count(self, now: float, number: str, did: str, member: str) -> None:
        """Count a call to `number` that came in by `did`; `member` forwarded it, or is empty."""
        self.calls += 1
        _add(self.destinations, number)
        _add(self.numbers, did)
        if member:
            _add(self.members, member)
        self.recent = [*(at for at in self.recent if at > now - VELOCITY_SECONDS), now]

    def deny(self, reason: str) -> None:
        _add(self.denied, reason)


def _add(counts: dict[str, int], key: str) -> None:
    counts[key] = counts.get(key, 0) + 1
