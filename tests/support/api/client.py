"""An api under test: its HTTP client, its database, and people who can sign in."""

import secrets
from dataclasses import dataclass
from typing import Any

from fastapi.testclient import TestClient
from httpx import Response
from sqlmodel import Session, SQLModel

from api.core.context import Context
from api.core.tokens import make_access_token
from models import AuthSession, Role, Team, TeamUser, User, sip_username, utcnow
from switchroom import database
from switchroom.ids import public_id
from tests.contract.document import OPERATIONS


@dataclass
class Person:
    """A signed-in user. `id` and `team` are as the api shows them. `headers` are those to send."""

    user: User
    member: TeamUser | None
    headers: dict[str, str]

    @property
    def id(self) -> str:
        return public_id(self.user.id)

    @property
    def team(self) -> str:
        assert self.member is not None
        return public_id(self.member.team_id)


PRIVATE = ("/metrics", "/asterisk/")
"""Paths of the private listener. Only there they are asked for."""


class RelayedClient(TestClient):
    """An HTTP client that returns after the request's messages in the outbox have been relayed.

    It also checks that the OpenAPI document has the answer's status.
    """

    def request(self, method: str, url: Any, **options: Any) -> Response:
        if str(url).lower().startswith(PRIVATE):
            url = self.private(str(url))
        answer: Response = super().request(method, url, **options)
        context: Context = self.app.state.context  # type: ignore[attr-defined]
        assert context.relay.flush()
        _check_status(answer)
        return answer

    def private(self, path: str) -> str:
        """Return the URL of a path at the private listener."""
        settings = self.app.state.context.settings  # type: ignore[attr-defined]
        return f"http://testserver:{settings.private_port}{path}"


def _check_status(answer: Response) -> None:
    """Fail the test if the OpenAPI document does not have this status for the operation."""
    for operation in OPERATIONS:
        route, asked = operation.route, answer.request
        if operation.method == asked.method and route.path_regex.match(asked.url.path):
            statuses = operation.said["responses"]
            assert str(answer.status_code) in statuses, (
                f"{operation.name} does not document the status {answer.status_code}"
            )
            return


@dataclass
class Api:
    """The app under test, its HTTP client, and shortcuts for what a test starts with."""

    client: TestClient
    context: Context

    def session(self) -> Any:
        """Open a transaction of the test's own: `with api.session() as session`."""
        return database.session(self.context.engine)

    def add(self, *rows: SQLModel) -> None:
        """Store rows. Parents come first."""
        with self.session() as session:
            for row in rows:
                session.add(row)
                session.flush()

    def team(self, name: str = "", *, country: str = "") -> Team:
        """Make a team with its own owner, who is an admin."""
        name = name or f"Team {secrets.token_hex(4)}"
        owner = User(
            email=f"owner-{secrets.token_hex(4)}@example.com", first_name="Olive", verified_at=utcnow()
        )
        team = Team(
            team_name=name,
            slug=name.lower().replace(" ", "-"),
            owner_id=owner.id,
            country=country,
            billing_id=secrets.randbelow(10**9),
            number=secrets.randbelow(10**9),
        )
        admin = TeamUser(team_id=team.id, user_id=owner.id, role=Role.ADMIN.value, accepted_at=utcnow())
        self.add(owner, team, admin)
        return team

    def person(
        self, team: Team | None = None, role: Role = Role.MEMBER, extension: str | None = None
    ) -> Person:
        """Make a signed-in person. If a team is given, they are a member of it."""
        email = f"user-{secrets.token_hex(4)}@example.com"
        user = User(email=email, first_name="Jane", last_name="Doe", verified_at=utcnow())
        sign_in = AuthSession(user_id=user.id, expires_at=utcnow().replace(year=utcnow().year + 1))
        rows: list[SQLModel] = [user, sign_in]
        member = None
        if team is not None:
            member = TeamUser(
                team_id=team.id, user_id=user.id, role=role.value, extension=extension, accepted_at=utcnow()
            )
            if extension:
                member.sip_username = sip_username(extension, team.id)
                member.extension_secret = secrets.token_hex(16)
            rows.append(member)
        self.add(*rows)
        token = make_access_token(self.context.settings, user.id, sign_in.id)
        return Person(user, member, {"Authorization": f"Bearer {token}"})

    def get(self, model: type[SQLModel], id_: str) -> Any:
        """Return a row as it is in the database now."""
        with Session(self.context.engine) as session:
            return session.get(model, id_.removeprefix("a") if len(id_) == 33 else id_)
