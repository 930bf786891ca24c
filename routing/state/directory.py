"""What belongs to a number, to a user, and to a mailbox."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from routing.config import MailboxConfig, NumberConfig, UserConfig
from routing.enum_members import quick_members
from routing.ids import MailboxId, MemberId, NumberId, TeamId, UserId

K = TypeVar("K", bound=Hashable)


@quick_members
class Availability(StrEnum):
    """What a member does, as colleagues see it."""

    AVAILABLE = "available"
    RINGING = "ringing"
    ON_CALL = "on-call"
    DND = "dnd"
    """They do not want to be disturbed."""
    AWAY = "away"
    """An agent who set a status for queues that is neither `Available` nor `Offline`."""
    OFFLINE = "offline"
    """No telephone of theirs is registered."""


@dataclass(slots=True)
class Presence:
    """A member's state, and since when (POSIX seconds)."""

    state: Availability
    since: float


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


@dataclass(slots=True)
class Mailboxes:
    """Mailboxes by id, by whose they are, and by number."""

    by_id: dict[MailboxId, MailboxConfig] = field(default_factory=dict)
    by_owner: dict[tuple[TeamId, str, str], MailboxId] = field(default_factory=dict)
    by_number: dict[tuple[TeamId, str], MailboxId] = field(default_factory=dict)

    def put(self, mailbox: MailboxConfig) -> None:
        self.drop(mailbox.id)
        self.by_id[mailbox.id] = mailbox
        self.by_owner[mailbox.team, mailbox.kind, mailbox.owner] = mailbox.id
        if mailbox.number:
            self.by_number[mailbox.team, mailbox.number] = mailbox.id

    def drop(self, id: MailboxId) -> None:
        old = self.by_id.pop(id, None)
        if old is not None:
            _drop(self.by_owner, (old.team, old.kind, old.owner), id)
            _drop(self.by_number, (old.team, old.number), id)

    def of(self, team: TeamId | None, kind: str, owner: str) -> MailboxConfig | None:
        """Return what is set for the mailbox of an owner. None: nothing, or it is the default."""
        found = None if team is None else self.by_owner.get((team, kind, owner))
        return None if found is None else self.by_id[found]

    def numbered(self, team: TeamId, number: str) -> MailboxConfig | None:
        found = self.by_number.get((team, number))
        return None if found is None else self.by_id[found]


Id = TypeVar("Id", MemberId, MailboxId)


def _drop(index: dict[K, Id], key: K, id: Id) -> None:
    """Take the key out, unless another one has it by now."""
    if index.get(key) == id:
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
