"""A group chat under test, as its members use it over HTTP."""

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, select

from models import Outbox, OutboxKind
from tests.support.api.client import Person
from tests.support.api.world import World


@dataclass
class Group:
    """A room of the world's admin, who owns it, and the world's member."""

    world: World
    id: str

    @classmethod
    def make(cls, world: World) -> "Group":
        body = {"type": "room", "name": "Group", "team": world.admin.team, "users": [world.member.id]}
        answer = world.call(world.admin, "POST", "/chat", json=body)
        assert answer.status_code == 201, answer.text
        return cls(world, answer.json()["id"])

    @property
    def path(self) -> str:
        return f"/chat/{self.id}"

    def send(self, body: str, person: Person | None = None, **more: Any) -> dict[str, Any]:
        """Send a message, as the admin or another person."""
        path = f"{self.path}/messages"
        answer = self.world.call(person or self.world.admin, "POST", path, json={"body": body, **more})
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def unread(self, person: Person) -> int:
        """Return how many messages the person has not read."""
        return int(self.world.call(person, "GET", self.path).json()["unread"])

    def events(self, model: str = "") -> list[dict[str, Any]]:
        """Return what clients were told, oldest first."""
        with Session(self.world.api.context.engine) as session:
            of_kind = select(Outbox).where(Outbox.kind == OutboxKind.EVENT.value).order_by(Outbox.id)
            found = [row.payload for row in session.exec(of_kind)]
        return [event for event in found if model in ("", event.get("model"))]
