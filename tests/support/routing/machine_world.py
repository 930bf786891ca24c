"""A small team for random traffic: every setting of a queue is drawn, and a route goes through the blocks that wait."""

import random
from dataclasses import replace
from typing import Any

from routing.config import (
    AgentConfig,
    ConfigItem,
    DepartmentConfig,
    NumberConfig,
    OpeningHours,
    Overflow,
    QueueConfig,
    QueueMember,
    RecordingPolicy,
    Relaxation,
    RingType,
    RouteConfig,
    SkillNeed,
    Strategy,
    TeamConfig,
    UserConfig,
)
from routing.ids import AgentId, CallId, MemberId, NumberId, QueueId, RouteId, UserId
from routing.routes.document import parse_route
from tests.routing.properties.test_blocks_traffic import DEPARTMENT, OTHER, routes
from tests.support.routing.outbound import OPEN
from tests.support.routing.story import TEAM, block, hex_id

AGENTS = [AgentId(hex_id(2, n)) for n in range(1, 5)]
QUEUES = [QueueId(hex_id(4, n)) for n in range(1, 4)]
CALLS = [CallId(hex_id(7, n)) for n in range(1, 7)]
ITEMS = [CallId(hex_id(11, n)) for n in range(1, 7)]
"""Conversations."""
DIDS = [f"+1416555010{n}" for n in range(9)]
ROUTE, ALL_BLOCKS, WITH_NEEDS = (RouteId(hex_id(6, n)) for n in (1, 3, 4))

EXTENSIONS = ["101", "102", "103"]
NUMBERS = [f"+1416555019{n}" for n in range(4)]
OPEN_FOR_A_WHILE = OpeningHours("UTC", {"mon": (("12:00", "12:02"), ("12:05", "12:30"))})
OVERFLOWS = [
    None,
    Overflow("queue", {"queue": QUEUES[1]}),
    Overflow("callback", {}),
    Overflow("block", {"block": "mail"}),
    Overflow("voicemail", {"mailbox": {"kind": "team", "id": TEAM}}),
    Overflow("department", {"department": DEPARTMENT}),
    Overflow("agent", {"agent": AGENTS[1]}),
    Overflow("route", {"route": OTHER}),
]


def agent_config(id: AgentId, phone: int, capacity: int = 1) -> AgentConfig:
    user = UserId(hex_id(3, int(id[-2:], 16)))
    return AgentConfig(id, TEAM, "x", user, f"phone{phone}", capacity=capacity)


def member(agent: AgentId, draw: random.Random) -> QueueMember:
    skills = tuple((skill, draw.randint(1, 100)) for skill in ("de", "fr") if draw.random() < 0.7)
    return QueueMember(agent, draw.randint(0, 2), skills, draw.choice([1, 5, 1000]))


def queue_config(id: QueueId, draw: random.Random) -> QueueConfig:
    return QueueConfig(
        id,
        TEAM,
        "q",
        strategy=draw.choice(list(Strategy)),
        members=tuple(member(agent, draw) for agent in AGENTS if draw.random() < 0.6),
        priority=draw.choice([0, 0, 5]),
        skills=draw.choice(
            [(), (), (SkillNeed("de", 20),), (SkillNeed("de", 50), SkillNeed("fr", 5, False))]
        ),
        relaxation=draw.choice([(), (Relaxation(5, 30), Relaxation(20, 100))]),
        sticky_wait=draw.choice([None, 5.0, 100.0]),
        agent_sounds=draw.choice([(), ("sales",)]),
        agent_wait=draw.random() < 0.3,
        ring_step=draw.choice([1.0, 10.0]),
        ring_timeout=draw.choice([5.0, 20.0]),
        wrap_up=draw.choice([0.0, 10.0]),
        max_wait=draw.choice([None, 30.0]),
        max_waiting=draw.choice([None, 2]),
        join_when_empty=draw.random() < 0.7,
        leave_when_empty=draw.random() < 0.3,
        ring_limit=draw.choice([1, 2, 20]),
        missed_limit=draw.choice([None, 2]),
        recording=draw.choice([None, *RecordingPolicy]),
        max_calls=draw.choice([None, None, 3]),
        hours=draw.choice([None, None, OPEN_FOR_A_WHILE]),
        overflow=draw.choice(OVERFLOWS),
        announce_position=draw.random() < 0.5,
        announce_wait=draw.random() < 0.5,
        announce_first=5.0,
        announce_every=20.0,
        comfort_sounds=draw.choice([(), ("one", "two")]),
        comfort_every=5.0,
        callback_attempts=draw.choice([1, 3]),
        callback_retry=draw.choice([5.0, 60.0]),
        callback_timeout=draw.choice([5.0, 30.0]),
        work_weight=draw.choice([0.33, 0.5, 1.0]),
    )


def route_config() -> Any:
    blocks = {
        "menu": block(
            "menu",
            {"1": "queue", "2": "mail", "3": "out", "4": "user", "timeout": "hours", "5": "menu"},
            sound="demo-congrats",
            retries=1,
        ),
        "hours": block(
            "hours", {"open": "queue", "closed": "mail"}, timezone="UTC", weekly={"mon": [["00:00", "23:00"]]}
        ),
        "queue": block(
            "queue", {"timeout": "second", "full": "mail", "1": "back"}, queue=QUEUES[0], timeout=40
        ),
        "second": block("queue", {"empty": "mail", "1": "back", "2": "mail"}, queue=QUEUES[1], priority=2),
        "back": block("callback", {"next": "bye", "failed": "queue"}, sound="vm-saved"),
        "mail": block("voicemail", {"next": "bye"}, mailbox={"kind": "team", "id": TEAM}),
        "out": block("number", {"failed": "play"}, number="+14165550177"),
        "user": block("user", {"failed": "mail"}, user=hex_id(3, 1)),
        "play": block("play", {"next": "menu"}, sound=["sorry", "beep"]),
        "bye": block("hangup", sound="vm-goodbye"),
    }
    return parse_route({"name": "r", "entry": "menu", "blocks": blocks}, id=ROUTE, team=TEAM, version=3)


def route_with_needs(draw: random.Random) -> RouteConfig:
    """Return a route whose callers need skills, are urgent, or want a certain agent."""
    blocks = {"menu": block("menu", {"1": "one", "2": "two", "timeout": "three"}, sound="x", retries=0)}
    for name in ("one", "two", "three"):
        skills = [
            {"skill": skill, "level": draw.randint(1, 60), "required": draw.random() < 0.7}
            for skill in draw.sample(["de", "fr"], draw.randint(1, 2))
        ]
        wants: dict[str, Any] = {"skills": skills, "priority": draw.choice([0, 0, 1, 5])}
        if draw.random() < 0.5:
            wants["preferred_agent"] = draw.choice(AGENTS)
        blocks[name] = block("set", {"next": f"queue-{name}"}, **wants)
        blocks[f"queue-{name}"] = block("queue", queue=draw.choice(QUEUES[:2]))
    document = {"name": "r", "entry": "menu", "blocks": blocks}
    return parse_route(document, id=WITH_NEEDS, team=TEAM, version=draw.randint(1, 9))


def all_routes(draw: random.Random) -> list[RouteConfig]:
    every_block, other = routes(draw)
    assert isinstance(every_block, RouteConfig)
    assert isinstance(other, RouteConfig)
    return [route_config(), route_with_needs(draw), replace(every_block, id=ALL_BLOCKS), other]


def people(draw: random.Random) -> list[ConfigItem]:
    users = [UserId(hex_id(3, n)) for n in range(1, 5)]
    forward = draw.choice(["", "", "+14165550144"])
    return [
        DepartmentConfig(DEPARTMENT, TEAM, "d", draw.choice(list(RingType)), tuple(users)),
        UserConfig(MemberId(hex_id(9, 1)), TEAM, users[1], "B", forward, voicemail=draw.random() < 0.5),
        *(
            UserConfig(MemberId(hex_id(9, n)), TEAM, user, "x", extension=extension, phone=f"phone{n - 2}")
            for n, (user, extension) in enumerate(zip(users, EXTENSIONS, strict=False), 2)
        ),
    ]


def everything(draw: random.Random) -> tuple[ConfigItem, ...]:
    """Return the team as a day begins."""
    numbers = [
        NumberConfig(NumberId(hex_id(5, 0)), TEAM, DIDS[0], route=ROUTE),
        *(NumberConfig(NumberId(hex_id(5, n)), TEAM, DIDS[n], queue=QUEUES[n - 1]) for n in (1, 2, 3)),
        NumberConfig(NumberId(hex_id(5, 4)), TEAM, DIDS[4], user=UserId(hex_id(3, 2))),
        NumberConfig(NumberId(hex_id(5, 5)), TEAM, DIDS[5]),
    ]
    numbers += [
        NumberConfig(NumberId(hex_id(5, 6)), TEAM, DIDS[6], route=ALL_BLOCKS),
        NumberConfig(NumberId(hex_id(5, 7)), TEAM, DIDS[7], route=OTHER),
        NumberConfig(NumberId(hex_id(5, 8)), TEAM, DIDS[8], route=WITH_NEEDS),
    ]
    agents = [agent_config(id, n, draw.choice([1, 1, 1, 2])) for n, id in enumerate(AGENTS)]
    queues = [queue_config(id, draw) for id in QUEUES]
    return (
        TeamConfig(TEAM, "t", outbound=OPEN),
        *agents,
        *queues,
        *all_routes(draw),
        *people(draw),
        *numbers,
    )
