"""What belongs to a number, and to a user."""

from dataclasses import dataclass, field

from routing.config import NumberConfig, UserConfig
from routing.ids import MemberId, NumberId, TeamId, UserId


@dataclass(slots=True)
class Users:
    """Members of teams, by membership and by user."""

    by_id: dict[MemberId, UserConfig] = field(default_factory=dict)
    by_user: dict[tuple[TeamId, UserId], MemberId] = field(default_factory=dict)

    def put(self, user: UserConfig) -> None:
        self.drop(user.id)
        self.by_id[user.id] = user
        self.by_user[user.team, user.user] = user.id

    def drop(self, member: MemberId) -> None:
        old = self.by_id.pop(member, None)
        if old is not None and self.by_user.get((old.team, old.user)) == member:
            del self.by_user[old.team, old.user]

    def find(self, team: TeamId, user: UserId) -> UserConfig | None:
        found = self.by_user.get((team, user))
        return None if found is None else self.by_id[found]


@dataclass(slots=True)
class Numbers:
    """DIDs by number, so that a look-up costs the same whatever their count."""

    by_id: dict[NumberId, NumberConfig] = field(default_factory=dict)
    by_e164: dict[str, NumberId] = field(default_factory=dict)

    def put(self, number: NumberConfig) -> None:
        self.drop(number.id)
        self.by_id[number.id] = number
        self.by_e164[number.e164] = number.id

    def drop(self, number: NumberId) -> None:
        old = self.by_id.pop(number, None)
        if old is not None and self.by_e164.get(old.e164) == number:
            del self.by_e164[old.e164]

    def find(self, did: str) -> NumberConfig | None:
        found = self.by_e164.get(did) or self.by_e164.get("+" + did)
        return None if found is None else self.by_id[found]
