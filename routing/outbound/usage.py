"""What a team dialled today, and what is known of its habits. It stands in snapshots."""

from dataclasses import dataclass, field

VELOCITY_SECONDS = 600.0
"""The span in which `OutboundPolicy.alarm_calls` counts."""


@dataclass(frozen=True, slots=True)
class Talked:
    """How long calls talked, in seconds, and what that cost."""

    seconds: float = 0.0
    money: float = 0.0

    def plus(self, other: "Talked") -> "Talked":
        return Talked(round(self.seconds + other.seconds, 3), round(self.money + other.money, 6))


NOTHING = Talked()


@dataclass(slots=True)
class Usage:
    """The calls that a team made to the telephone network on its local day `day` (`YYYY-MM-DD`)."""

    team: str
    day: str = ""
    calls: int = 0
    members: dict[str, int] = field(default_factory=dict)
    """By the membership whose phone called, or that forwarded."""
    numbers: dict[str, int] = field(default_factory=dict)
    """By the team's number (E.164) by which the caller came."""
    destinations: dict[str, int] = field(default_factory=dict)
    """By the number (E.164) that was dialled."""
    talked: Talked = NOTHING
    """Of the calls that are over. A talk counts in each day with its part of it."""
    member_talked: dict[str, Talked] = field(default_factory=dict)
    """The same by the membership."""
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
            self.talked, self.member_talked = NOTHING, {}

    def count(self, now: float, number: str, did: str, member: str) -> None:
        """Count a call to `number` that came in by `did`, or that `member`'s phone makes, or that `member` forwards.
        Both may be empty."""
        self.calls += 1
        _add(self.destinations, number)
        if did:
            _add(self.numbers, did)
        if member:
            _add(self.members, member)
        self.recent = [*(at for at in self.recent if at > now - VELOCITY_SECONDS), now]

    def add(self, talked: Talked, member: str) -> None:
        """Add what a call talked that `member` made, or that `member` forwarded. It may be empty."""
        self.talked = self.talked.plus(talked)
        if member:
            self.member_talked[member] = self.member_talked.get(member, NOTHING).plus(talked)

    def deny(self, reason: str) -> None:
        _add(self.denied, reason)


def _add(counts: dict[str, int], key: str) -> None:
    counts[key] = counts.get(key, 0) + 1
