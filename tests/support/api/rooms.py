"""Chats that a test starts with, and guests who joined them."""

from dataclasses import dataclass
from typing import Any

from models import Chat, ChatType, Role, Team
from models.chat_user import add_to_chat, make_chat
from switchroom.ids import public_id
from tests.support.api.client import Person
from tests.support.api.mails import mails_to
from tests.support.api.world import World


def room(world: World, *people: Person, type: ChatType = ChatType.ROOM, **columns: Any) -> Chat:
    """Make a chat of these people, whose owner is the first."""
    ids = [person.user.id for person in people]
    with world.api.session() as session:
        return make_chat(session, world.team.id, type, ids, owner_id=ids[0], **{"name": "Sales", **columns})


def guest_in(world: World, *chats: Chat) -> Person:
    """Make a signed-in guest of the team who is in these chats."""
    guest = world.api.person(world.team, Role.GUEST)
    with world.api.session() as session:
        for chat in chats:
            add_to_chat(session, session.get_one(Chat, chat.id), guest.user.id)
    return guest


def mailed_pin(world: World, address: str) -> str:
    """Return the PIN in the last mail to this address."""
    return mails_to(world.api, address)[-1].split("Your PIN is ")[1].split(".")[0]


@dataclass(frozen=True)
class Joined:
    """Who joined by a PIN: what was answered, and the headers to send from now on."""

    answer: dict[str, Any]

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.answer['access_token']}"}


def slug_of(world: World) -> str:
    team: Team = world.api.get(Team, public_id(world.team.id))
    return team.slug
