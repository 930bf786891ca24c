"""A team in a database: one queue, agents with SIP accounts `phone0` ..., a route, and a number that leads to it."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from models import Agent, CallRoute, DidNumber, Queue, QueueAgent, Team, TeamUser, User
from switchroom.database import make_engine, session
from tests.support.servers import new_sqlite_database


@dataclass(frozen=True)
class Ids:
    team: str
    queue: str
    route: str
    number: str
    agents: tuple[str, ...]


def migrated(folder: Path) -> tuple[str, Engine]:
    """Return a new SQLite database with all tables."""
    url = new_sqlite_database(folder / "switchroom.db")
    return url, make_engine(url)


def seed(engine: Engine, *, agents: int = 2, status: str = "Available", wrap_up: float = 0.0) -> Ids:
    with session(engine) as db:
        users = [User(email=f"agent{number}@example.com") for number in range(agents)]
        db.add_all(users)
        db.flush()
        team = Team(team_name="team", slug="team", owner_id=users[0].id, billing_id=1, number=1)
        db.add(team)
        db.flush()
        queue = Queue(team_id=team.id, name="sales", wrap_up=wrap_up)
        exits = dict.fromkeys(("timeout", "full", "empty"), "bye")
        blocks = {
            "sales": {"type": "queue", "settings": {"queue": queue.id}, "exits": exits},
            "bye": {"type": "hangup", "settings": {}, "exits": {}},
        }
        route = CallRoute(team_id=team.id, name="main", entry="sales", blocks=blocks)
        db.add_all([queue, route])
        db.flush()
        number = DidNumber(team_id=team.id, e164="+14165550100", route_id=route.id)
        db.add(number)
        made = []
        for place, user in enumerate(users):
            account = TeamUser(
                team_id=team.id, user_id=user.id, extension=f"10{place}", sip_username=f"phone{place}"
            )
            agent = Agent(team_id=team.id, user_id=user.id, name=f"agent{place}", status=status)
            db.add_all([account, agent])
            db.flush()
            db.add(QueueAgent(queue_id=queue.id, agent_id=agent.id, order=place, skills=[["english", 3]]))
            made.append(agent.id)
        return Ids(team.id, queue.id, route.id, number.id, tuple(made))
