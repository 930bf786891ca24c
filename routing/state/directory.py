"""What belongs to a number, and to a user."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import TypeVar

from routing.config import NumberConfig, UserConfig
from routing.ids import MemberId, NumberId, TeamId, UserId

K = TypeVar("K", bound=Hashable)


@dataclass(slots=True)
class Users:
    """Members of teams, by membership and by user."""

    by_id: dict[MemberId, UserConfig] = field(default_factory=dict)
    by_user: dict[tuple[TeamId, UserId], MemberId] = field(default_factory=dict)
    by_extension: dict[tuple[TeamId, str], MemberId] = field(default_factory=dict)
    by_phone: dict[str, MemberId] = field(default_factory=dict)

    def put(self, user: UserConfig) -> None:
        self.drop(user.id)
        self.by_id[user.id] = user
        self.by_user[user.team, user.user] = user.id
        if user.extension:
            self.by_extension[user.team, user.extension] = user.id
        if user.phone:
            self.by_phone[user.phone] = user.id

    def drop(self, member: MemberId) -> None:
        old = self.by_id.pop(member, None)
        if old is None:
            return
        _drop(self.by_user, (old.team, old.user), member)
        _drop(self.by_extension, (old.team, old.extension), member)
        _drop(self.by_phone, old.phone, member)

    def find(self, team: TeamId, user: UserId) -> UserConfig | None:
        found = self.by_user.get((team, user))
        return None if found is None else self.by_id[found]

    def at_extension(self, team: TeamId, extension: str) -> UserConfig | None:
        found = self.by_extension.get((team, extension))
        return None if found is None else self.by_id[found]

    def of_phone(self, phone: str) -> UserConfig | None:
        found = self.by_phone.get(phone)
        return None if found is None else self.by_id[found]


def _drop(index: dict[K, MemberId], key: K, member: MemberId) -> None:
    """Take the key out, unless another member has it by now."""
    if index.get(key) == member:
        del index[key]


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
