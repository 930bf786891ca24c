"""Who may see an event. It is asked again for each delivery, so who lost the right to see is told nothing more."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from time import monotonic

from sqlalchemy import select
from sqlmodel import Session, col

from api.core.context import Context
from api.core.identities import Identity, read_identities
from api.realtime.change import Change
from api.realtime.reading import changes_of
from models import ChatUser, Role
from models.among import among
from switchroom.messages.events import Audience, Changed, Event

MEMBERS_SECONDS = 1.0
"""How long the members of a chat are used again. An event that says that they changed ends it at once."""
_CHANGE_MEMBERS = frozenset({"created", "destroyed", "addedTo", "removedFrom"})
_MEMBERS = select(col(ChatUser.chat_id), col(ChatUser.user_id)).where(among(col(ChatUser.chat_id), "chats"))
_NO_MEMBERS: frozenset[str] = frozenset()


@dataclass(slots=True)
class Facts:
    """What is known at the moment of a delivery. `identities`: by session id; a session that is over is not there."""

    changes: list[Change]
    identities: Mapping[str, Identity]
    members: Mapping[str, frozenset[str]]

    def sees(self, identity: Identity, audience: Audience) -> bool:
        """Say whether this caller is told of what has this audience."""
        user = identity.user_id
        if user == audience.but:
            return False
        if audience.team is None:
            return user in audience.users
        member = identity.memberships.get(audience.team)
        if member is None and audience.team not in identity.guest_team_ids:
            return False
        if audience.chat and user in self.members_of(audience.chat):
            return True
        if member is None:
            return user in audience.users and not (audience.members or audience.admins or audience.queues)
        return (
            user in audience.users
            or audience.members
            or (audience.admins and member.role == Role.ADMIN.value)
            or any(queue in identity.managed_queue_ids for queue in audience.queues)
        )

    def members_of(self, chat: str) -> frozenset[str]:
        """Return the users who are in this chat."""
        return self.members.get(chat, _NO_MEMBERS)


@dataclass(slots=True)
class Visibility:
    """Reads the facts of deliveries. One thread uses it at a time."""

    context: Context
    _members: dict[str, tuple[float, frozenset[str]]] = field(default_factory=dict)
    _calls: dict[str, Audience] = field(default_factory=dict)
    """Who was told of each live call last: its end has no view that says whom it concerns."""

    def facts(self, events: list[tuple[str, Event]], sessions: Collection[str]) -> Facts:
        """Read what decides who of these sessions is told of these events, which have their cursors.

        Raises SQLAlchemyError or Unavailable while a server is away.
        """
        for _, event in events:
            if isinstance(event, Changed) and event.model == "chat" and event.verb in _CHANGE_MEMBERS:
                self._members.pop(event.id, None)

        def read(session: Session) -> Facts:
            changes = changes_of(self.context, session, events, self._calls)
            chats = {change.audience.chat for change in changes if change.audience.chat}
            return Facts(changes, self._identities(session, sessions), self._members_of(session, chats))

        return self.context.read(read)

    def live_sessions(self, sessions: Collection[str]) -> Mapping[str, Identity]:
        """Return the identities of those of the sessions that are not over. Raises SQLAlchemyError."""
        return self.context.read(lambda session: self._identities(session, sessions))

    def _identities(self, session: Session, sessions: Collection[str]) -> Mapping[str, Identity]:
        known = self.context.identities
        generation, found = known.generation, known.get_all(sessions)
        if missing := [id for id in sessions if id not in found]:
            read = read_identities(session, missing)
            for identity in read.values():
                known.keep(identity, generation)
            found |= read
        return found

    def _members_of(self, session: Session, chats: set[str]) -> Mapping[str, frozenset[str]]:
        now = monotonic()
        if any(ends <= now for ends, _ in self._members.values()):
            self._members = {chat: found for chat, found in self._members.items() if found[0] > now}
        missing = {chat: set[str]() for chat in chats if chat not in self._members}
        if missing:
            for chat, user in session.execute(_MEMBERS, {"chats": list(missing)}):
                missing[chat].add(user)
            ends = now + MEMBERS_SECONDS
            self._members |= {chat: (ends, frozenset(users)) for chat, users in missing.items()}
        return {chat: self._members[chat][1] for chat in chats}
