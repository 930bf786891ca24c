"""The queues and routes of a made-up contact center: every strategy, skills, callbacks, overflows, opening hours."""

import random

from routing.config import (
    OpeningHours,
    Overflow,
    QueueConfig,
    QueueMember,
    Relaxation,
    RouteConfig,
    SkillNeed,
    Strategy,
)
from routing.ids import AgentId, QueueId, RouteId
from routing.routes.document import parse_route
from tests.support.routing.story import TEAM, block, hex_id

SKILLS = ("german", "billing", "expert")


def queue_config(number: int, agents: list[AgentId], draw: random.Random) -> QueueConfig:
    members = tuple(
        QueueMember(
            agent,
            draw.randrange(3),
            tuple((skill, draw.randrange(1, 10)) for skill in SKILLS if draw.random() < 0.6),
            draw.randrange(1, 10),
        )
        for agent in agents
    )
    return QueueConfig(
        QueueId(hex_id(4, number)),
        TEAM,
        f"Q{number}",
        strategy=list(Strategy)[number % len(Strategy)],
        members=members,
        priority=draw.choice([0, 0, 1]),
        ring_timeout=15.0,
        ring_step=5.0,
        wrap_up=draw.choice([0.0, 10.0, 30.0]),
        max_wait=draw.choice([None, 300.0]),
        max_waiting=draw.choice([None, 40]),
        leave_when_empty=draw.random() < 0.2,
        skills=draw.choice([(), (), (SkillNeed("billing", 2),), (SkillNeed("german", 3, required=False),)]),
        relaxation=(Relaxation(30.0, 2), Relaxation(90.0, 9)),
        sticky_wait=draw.choice([None, 20.0]),
        hours=draw.choice([None, OpeningHours("Europe/Berlin", {"mon": (("07:00", "20:00"),)})]),
        overflow=draw.choice([None, Overflow("callback", {}), Overflow("queue", {"queue": hex_id(4, 1)})]),
        announce_position=draw.random() < 0.5,
        announce_wait=True,
        announce_first=15.0,
        announce_every=45.0,
        comfort_sounds=draw.choice([(), ("thanks", "soon")]),
        agent_sounds=("sales",),
        agent_wait=draw.random() < 0.3,
        callback_retry=300.0,
    )


def route(number: int, queues: list[QueueId], draw: random.Random) -> RouteConfig:
    first, second = draw.sample(queues, 2)
    needs = [{"skill": skill, "level": draw.randrange(1, 8)} for skill in draw.sample(SKILLS, 1)]
    blocks = {
        "hello": block(
            "menu", {"1": "skilled", "2": "share", "3": "back", "timeout": "share"}, sound="welcome"
        ),
        "skilled": block("set", {"next": "who"}, skills=needs, variables={"kind": "skilled {caller}"}),
        "who": block(
            "caller",
            {"vip": "urgent", "else": "first"},
            cases=[{"name": "vip", "attributes": {"vip": "yes"}}],
        ),
        "urgent": block("set", {"next": "first"}, priority=draw.choice([1, 3])),
        "share": block(
            "percent", {"a": "fetch", "b": "second", "c": "people"}, branches={"a": 3, "b": 6, "c": 1}
        ),
        "fetch": block(
            "fetch",
            {"next": "first", "failed": "second"},
            url="https://example.com/{caller}",
            variables={"x": "a"},
        ),
        "first": block("queue", {"timeout": "second", "full": "mail", "9": "back"}, queue=first, timeout=120),
        "second": block("queue", {"empty": "mail", "9": "back"}, queue=second),
        "people": block("department", {"failed": "mail"}, department=hex_id(8, 1), timeout=10),
        "back": block("callback", {"next": "bye", "failed": "mail"}, queue=first, sound="saved"),
        "mail": block("voicemail", {"next": "bye"}, mailbox={"kind": "team", "id": TEAM}),
        "bye": block("hangup", sound="vm-goodbye"),
    }
    document = {"name": "r", "entry": "hello", "blocks": blocks}
    return parse_route(document, id=RouteId(hex_id(6, number)), team=TEAM, version=1)
