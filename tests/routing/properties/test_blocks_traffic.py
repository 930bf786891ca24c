"""Random events on routes made of every block. Some events fit the call's state and some do not.

No event raises, no call is lost or left without a holder, no state is left behind, and a hang-up at any step
leads to a record.
"""

import json
import random
from dataclasses import replace
from typing import Any

import pytest

from routing import commands as c
from routing import events as e
from routing.blocks import BLOCK_TYPES
from routing.config import (
    AgentConfig,
    ConfigItem,
    DepartmentConfig,
    NumberConfig,
    QueueConfig,
    QueueMember,
    RingType,
    TeamConfig,
    UserConfig,
)
from routing.engine import Engine
from routing.events import AgentStatus, LegFailure, LivePhase
from routing.ids import AgentId, CallId, ChatId, DepartmentId, MemberId, NumberId, QueueId, RouteId, UserId
from routing.rooms import RoomAction, RoomEntry, RoomOptions, room_of
from routing.routes.document import parse_route
from routing.state.phases import CallPhase
from tests.support.routing.outbound import OPEN
from tests.support.routing.story import DID, MONDAY_NOON, TEAM, block, hex_id

pytestmark = [pytest.mark.unit, pytest.mark.long]

ROUTE, OTHER = RouteId(hex_id(6, 1)), RouteId(hex_id(6, 2))
AGENTS = [AgentId(hex_id(2, n)) for n in range(1, 4)]
USERS = [UserId(hex_id(3, n)) for n in range(1, 4)]
QUEUE = QueueId(hex_id(4, 1))
DEPARTMENT = DepartmentId(hex_id(8, 1))
MAILBOX = {"kind": "team", "id": TEAM}
ROOM = RoomEntry(
    room_of(ChatId(hex_id(11, 1))), ChatId(hex_id(11, 1)), "11820", options=RoomOptions(record=True)
)
WHEN = [{"variable": "pin", "is": "greater", "value": 3}]
EXITS_FREE = {CallPhase.CONNECTED, CallPhase.TALKING, CallPhase.CONFERENCE, CallPhase.QUEUED}

SETTINGS: dict[str, dict[str, Any]] = {
    "play": {"sound": ["beep", {"say": "{pin}"}]},
    "say": {"text": "Hello {caller} {pin}"},
    "menu": {"sound": "hello", "retries": 1, "speech": {"one": "1", "two": "2"}},
    "collect": {"sound": "hello", "variable": "pin", "retries": 1, "min": 2, "max": 3},
    "record": {"sound": "hello", "variable": "file"},
    "hours": {"timezone": "UTC", "weekly": {"mon": [["00:00", "12:30"]]}},
    "caller": {"cases": [{"name": "a", "contact": True}, {"name": "b", "prefixes": ["+1"]}]},
    "match": {"cases": [{"name": "a", "when": WHEN}]},
    "percent": {"branches": {"a": 1, "b": 2}},
    "queue-state": {
        "queue": QUEUE,
        "cases": [{"name": "a", "when": [{"figure": "ewt", "is": "less", "value": 9}]}],
    },
    "set": {"variables": {"x": "{pin}{x}"}, "priority": 2, "skills": [{"skill": "a"}], "tags": ["t"]},
    "fetch": {"url": "https://example.com/{x}", "variables": {"x": "x"}},
    "notify": {"kind": "webhook", "to": "https://example.com/told", "text": "{x}"},
    "queue": {"queue": QUEUE, "timeout": 20},
    "callback": {"queue": QUEUE},
    "agent": {"agent": AGENTS[0], "any_status": True},
    "user": {"user": USERS[1]},
    "department": {"department": DEPARTMENT, "step": 5},
    "directory": {},
    "number": {"number": "+14165550177"},
    "conference": {"number": "11820", "max_members": 2},
    "voicemail": {"mailbox": MAILBOX},
    "route": {"route": OTHER},
    "hangup": {"sound": "vm-goodbye"},
}


def routes(draw: random.Random) -> list[ConfigItem]:
    """Every block; each exit leads anywhere, behind a block that speaks, so that no cycle waits on nothing."""
    found: list[ConfigItem] = []
    for id, kinds in ((ROUTE, list(SETTINGS)), (OTHER, draw.sample(list(SETTINGS), 8))):
        blocks: dict[str, Any] = {}
        for kind in kinds:
            known = BLOCK_TYPES[kind].exits_of(SETTINGS[kind])
            needed = BLOCK_TYPES[kind].required_of(SETTINGS[kind]) | ({"1", "2"} if kind == "menu" else set())
            needed = needed | ({"timeout"} if kind == "queue" else set())
            exits = {exit for exit in known if exit in needed or draw.random() < 0.6}
            blocks[kind] = block(
                kind, {exit: f"to-{draw.choice(kinds)}" for exit in sorted(exits)}, **SETTINGS[kind]
            )
        for kind in kinds:
            blocks[f"to-{kind}"] = block("play", {"next": kind}, sound="beep")
        menu = {str(n): f"to-{kind}" for n, kind in enumerate(kinds[:10])}
        blocks["top"] = block(
            "menu", {**menu, "*": "more", "timeout": "more", "invalid": "more"}, sound="x", retries=0
        )
        blocks["more"] = block("percent", {k: f"to-{k}" for k in kinds}, branches=dict.fromkeys(kinds, 1))
        document = {"name": "r", "entry": "top", "blocks": blocks}
        found.append(parse_route(document, id=id, team=TEAM, version=draw.randrange(1, 99)))
    return found


class Day:
    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.engine, self.now = Engine(random.Random(seed)), MONDAY_NOON
        self.entered, self.logged, self.tokens = 0, 0, 0
        self.seen: set[str] = set()
        members = [
            UserConfig(
                MemberId(hex_id(9, 1)), TEAM, USERS[1], "B", forward=self.draw.choice(["", "+14165550144"])
            )
        ]
        agents = [AgentConfig(id, TEAM, "x", USERS[n], f"phone{n}") for n, id in enumerate(AGENTS)]
        queue = QueueConfig(QUEUE, TEAM, "q", members=tuple(QueueMember(id) for id in AGENTS))
        kind = self.draw.choice(list(RingType))
        department = DepartmentConfig(DEPARTMENT, TEAM, "d", kind, tuple(USERS))
        number = NumberConfig(NumberId(hex_id(5, 1)), TEAM, DID, route=ROUTE)
        self.feed(
            e.ConfigChanged(
                (
                    TeamConfig(TEAM, "t", outbound=OPEN),
                    *agents,
                    *members,
                    queue,
                    department,
                    number,
                    *routes(self.draw),
                )
            )
        )
        for n, id in enumerate(AGENTS):
            self.feed(e.PhoneStateChanged(f"phone{n}", True))
            self.feed(e.AgentStatusSet(id, AgentStatus.AVAILABLE))

    def feed(self, event: e.Event) -> None:
        known = set(self.engine.call_ids())
        commands = self.engine.handle(event, self.now)
        gone = [command.record["id"] for command in commands if isinstance(command, c.LogCall)]
        self.logged += len(gone)
        self.entered += len({*self.engine.call_ids(), *gone} - known)
        self.seen |= {type(command).__name__ for command in commands}

    def step(self) -> None:
        calls = self.engine.call_ids()
        if len(calls) < 3:
            call = CallId(hex_id(7, self.draw.randrange(1, 10**9)))
            self.feed(e.CallEntered(call, DID, self.draw.choice(["", "+14165550199", "+4930123"])))
            return
        pick = self.draw.random()
        if pick < 0.15:
            self.pass_time(self.draw.choice([1.0, 6.0, 30.0]))
        elif pick < 0.2:
            image = json.loads(json.dumps(self.engine.snapshot()))
            self.engine = Engine.restore(image)
            assert self.engine.snapshot() == image
        elif pick < 0.23:
            self.feed(e.ConfigChanged(tuple(routes(self.draw))))
        else:
            self.feed(self.event(self.draw.choice(calls)))
        self.holds()

    def pass_time(self, seconds: float) -> None:
        until = self.now + seconds
        while due := sorted((at, timer) for timer, at in self.engine.timers.items() if at <= until):
            self.now = max(self.now, due[0][0])
            self.feed(e.TimerFired(due[0][1]))
        self.now = until

    def event(self, id: CallId) -> e.Event:
        call = self.engine._world.calls[id]
        token = (
            call.awaiting
            if call.awaiting is not None and self.draw.random() < 0.8
            else self.draw.randrange(9)
        )
        agent = self.draw.choice([*call.rung(), call.agent or AGENTS[0], self.draw.choice(AGENTS)])
        fitting: dict[CallPhase, list[e.Event]] = {
            CallPhase.PLAYING: [e.PlaybackFinished(id, token), e.DigitPressed(id, "1")],
            CallPhase.COLLECTING: [e.DigitPressed(id, self.draw.choice("0123456789*#"))],
            CallPhase.RECORDING: [e.MessageRecorded(id, token, "x", 3.0)],
            CallPhase.LISTENING: [
                e.SpeechHeard(id, token, self.draw.choice(["one", "", "x"])),
                e.DigitPressed(id, "2"),
            ],
            CallPhase.FETCHING: [
                e.UrlFetched(id, token, self.draw.random() < 0.5, values={"x": "y"}),
                e.ContactFound(id, token, self.draw.choice([None, {"a": "b"}])),
                e.RoomFound(id, token, self.draw.choice([None, ROOM, replace(ROOM, moderator=True)])),
            ],
            CallPhase.CONFERENCE: [
                e.ConferenceJoined(id),
                e.CallReturned(id),
                e.RoomKeyPressed(id, self.draw.choice("*234")),
                e.ParticipantMuted(id, self.draw.random() < 0.5),
                e.RoomChangeRequested(
                    TEAM, ROOM.room, self.draw.choice(list(RoomAction)), self.draw.choice([None, id])
                ),
            ],
        }
        others: list[e.Event] = [
            e.CallHungUp(id),
            e.CallReturned(id),
            e.AgentAnswered(id, agent),
            e.OfferFailed(id, agent, self.draw.choice(list(LegFailure))),
            e.AgentLegEnded(id, agent),
            e.PartyAnswered(id),
            e.PartyFailed(id, LegFailure.BUSY),
            e.PartyLegEnded(id),
            e.CommandFailed(
                id,
                self.draw.choice(
                    [
                        "Play",
                        "Listen",
                        "FetchUrl",
                        "FindContact",
                        "FindRoom",
                        "JoinConference",
                        "OfferCall",
                        "AddToOffer",
                        "RecordMessage",
                        "DialOut",
                        "Notify",
                    ]
                ),
                "no",
            ),
            e.StateResynced(
                (e.LiveCall(id, self.draw.choice(list(LivePhase)), DID, ""),),
                lost_calls=(),
                phones=tuple(e.PhoneStateChanged(f"phone{n}", True) for n in range(3)),
            ),
        ]
        likely = fitting.get(call.phase, [])
        return self.draw.choice(likely if likely and self.draw.random() < 0.8 else others)

    def holds(self) -> None:
        world = self.engine._world
        for call in world.calls.values():
            timers = [timer for timer in world.timers if timer.startswith(call.id)]
            assert call.phase is not CallPhase.ROUTING
            assert timers or call.phase in EXITS_FREE, call.phase
            assert len(call.variables) <= 100
        followed = {(call.route, call.route_version) for call in world.calls.values()}
        assert set(world.old_routes) <= followed
        assert set(world.route_calls) == followed - {(None, None)}
        assert self.entered == self.logged + len(world.calls)
        there = {id for room in world.rooms.values() for id in room.participants}
        assert there == {call.id for call in world.calls.values() if call.room is not None}
        assert all(room.participants for room in world.rooms.values())

    def ends(self) -> None:
        for agent in AGENTS:
            self.feed(e.AgentStatusSet(agent, AgentStatus.OFFLINE))
        for id in self.engine.call_ids():
            self.feed(e.CallHungUp(id))
        self.pass_time(100.0)
        assert not self.engine.call_ids()
        assert self.entered == self.logged
        assert not self.engine._world.old_routes
        assert not self.engine._world.route_calls


def live(seed: int) -> set[str]:
    """A day of 400 events. Returns the commands that were seen."""
    day = Day(seed)
    for _ in range(400):
        day.step()
    day.ends()
    return day.seen


@pytest.mark.parametrize("seed", range(5))
def test_any_order_of_events(seed: int) -> None:
    assert {"Play", "LogCall"} <= live(seed)


def test_the_traffic_comes_everywhere() -> None:
    seen = set().union(*(live(seed) for seed in range(100, 116)))
    assert {
        "AddToOffer",
        "DialOut",
        "FetchUrl",
        "FindContact",
        "FindRoom",
        "JoinConference",
        "Listen",
        "Notify",
        "OfferCall",
        "RecordMessage",
    } <= seen


def test_every_block_is_in_the_traffic() -> None:
    assert set(SETTINGS) == set(BLOCK_TYPES), "SETTINGS holds one of each block"
