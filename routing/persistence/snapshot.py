"""Convert all of the core's state to JSON-able data and back. The indices are not stored: they are built again."""

import random
from dataclasses import dataclass, field
from typing import Any

from routing.acd import agents, callbacks, matching, outside_calls, statistics, stays, work
from routing.config import (
    AgentConfig,
    DepartmentConfig,
    MailboxConfig,
    NumberConfig,
    QueueConfig,
    RouteConfig,
    TeamConfig,
    UserConfig,
)
from routing.errors import CodecError
from routing.figures import Stays
from routing.ids import MemberId, TeamId, TimerId, TimerPurpose
from routing.outbound.usage import Usage
from routing.persistence import codec
from routing.state import (
    Agent,
    Call,
    Callback,
    Counters,
    Day,
    LastTalk,
    Pace,
    Phone,
    Presence,
    Queue,
    Room,
    Stay,
    WorkItem,
    live_calls,
    route_versions,
)
from routing.state.phases import OFFERED, CallPhase
from routing.state.pins import PinTries
from routing.state.world import World

VERSION = 3
READABLE = (1, 2, VERSION)
"""A new release takes over the calls of those before it. Fields that they lack have a default.

1: the first release. 2: more fields. 3: stays in queues, in place of counters of today.
"""


@dataclass(slots=True)
class LineImage:
    """A queue's conversations. The fields are those of `QueueImage`."""

    counters: Counters
    last_talks: dict[str, LastTalk] = field(default_factory=dict)
    day: list[tuple[str, float, bool, int, float, float]] = field(default_factory=list)


@dataclass(slots=True)
class QueueImage:
    config: QueueConfig
    counters: Counters
    pace: Pace = field(default_factory=Pace)
    last_talks: dict[str, LastTalk] = field(default_factory=dict)
    day: list[tuple[str, float, bool, int, float, float]] = field(default_factory=list)
    """The stays that began today (`Day.stays`)."""
    work: LineImage | None = None


@dataclass(slots=True)
class PhoneImage:
    name: str
    phone: Phone


@dataclass(slots=True)
class PresenceImage:
    member: MemberId
    presence: Presence


@dataclass(slots=True)
class TimerImage:
    timer: TimerId
    at: float


@dataclass(slots=True)
class Image:
    """The shape of a snapshot. Everything is a list, so that any JSON tool keeps its order."""

    version: int
    now: float
    sequence: int
    rng: list[Any]
    teams: list[TeamConfig] = field(default_factory=list)
    routes: list[RouteConfig] = field(default_factory=list)
    old_routes: list[RouteConfig] = field(default_factory=list)
    numbers: list[NumberConfig] = field(default_factory=list)
    queues: list[QueueImage] = field(default_factory=list)
    agents: list[Agent] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    callbacks: list[Callback] = field(default_factory=list)
    work: list[WorkItem] = field(default_factory=list)
    users: list[UserConfig] = field(default_factory=list)
    departments: list[DepartmentConfig] = field(default_factory=list)
    mailboxes: list[MailboxConfig] = field(default_factory=list)
    usage: list[Usage] = field(default_factory=list)
    pin_tries: list[PinTries] = field(default_factory=list)
    rooms: list[Room] = field(default_factory=list)
    phones: list[PhoneImage] = field(default_factory=list)
    presence: list[PresenceImage] = field(default_factory=list)
    timers: list[TimerImage] = field(default_factory=list)


def take(world: World) -> dict[str, Any]:
    version, words, gauss = world.rng.getstate()
    image = Image(
        version=VERSION,
        now=world.now,
        sequence=world.sequence,
        rng=[version, list(words), gauss],
        teams=list(world.teams.values()),
        routes=list(world.routes.values()),
        old_routes=list(world.old_routes.values()),
        numbers=list(world.numbers.by_id.values()),
        queues=[
            QueueImage(q.config, q.counters, q.pace, q.last_talks, _rows(q.day), _line_image(q.work))
            for q in world.queues.values()
        ],
        agents=list(world.agents.values()),
        calls=list(world.calls.values()),
        callbacks=list(world.callbacks.values()),
        work=list(world.work.values()),
        users=list(world.users.by_id.values()),
        departments=list(world.departments.values()),
        mailboxes=list(world.mailboxes.by_id.values()),
        usage=list(world.usage.values()),
        pin_tries=list(world.pin_tries.values()),
        rooms=list(world.rooms.values()),
        phones=[PhoneImage(name, phone) for name, phone in world.phones.items()],
        presence=[PresenceImage(id, presence) for id, presence in world.presence.items()],
        timers=[TimerImage(timer, at) for timer, at in world.timers.items()],
    )
    data: dict[str, Any] = codec.encode(Image, image)
    return data


def _line_image(line: Queue | None) -> LineImage | None:
    return None if line is None else LineImage(line.counters, line.last_talks, _rows(line.day))


def _rows(day: Day) -> list[tuple[str, float, bool, int, float, float]]:
    return [
        (str(outcome), wait, callback, *amounts) for (outcome, wait, callback), amounts in day.alike.items()
    ]


def restore(data: dict[str, Any]) -> World:
    """Return the world of a snapshot. Raises `CodecError` if `data` is no snapshot of a version that can be read."""
    if not isinstance(data, dict) or data.get("version") not in READABLE:
        raise CodecError("not a snapshot of this version")
    older = data["version"] < 3
    image: Image = codec.decode(Image, _without_counters(data) if older else data)
    rng = random.Random()  # noqa: S311 - its state comes from the snapshot
    version, words, gauss = image.rng
    rng.setstate((version, tuple(words), gauss))
    world = World(rng, image.now, image.sequence)
    world.teams = {team.id: team for team in image.teams}
    world.routes = {route.id: route for route in image.routes}
    world.old_routes = {(route.id, route.version): route for route in image.old_routes}
    for number in image.numbers:
        world.numbers.put(number)
    world.phones = {item.name: item.phone for item in image.phones}
    world.presence = {item.member: item.presence for item in image.presence}
    for item in image.timers:
        world.resume_timer(item.timer, item.at)
    world.calls = {call.id: call for call in image.calls}
    live_calls.recount(world)
    route_versions.recount(world)
    world.usage = {TeamId(used.team): used for used in image.usage}
    outside_calls.restore(world)
    world.pin_tries = {tries.mailbox: tries for tries in image.pin_tries}
    world.rooms = {room.id: room for room in image.rooms}
    world.callbacks = {callback.id: callback for callback in image.callbacks}
    world.work = {item.id: item for item in image.work}
    for user in image.users:
        world.users.put(user)
    world.departments = {department.id: department for department in image.departments}
    for mailbox in image.mailboxes:
        world.mailboxes.put(mailbox)
    world.queues = {item.config.id: _queue(item, world, complete=not older) for item in image.queues}
    for agent in image.agents:
        _list_agent(world, agent)
    if older:
        _begin_stays(world)
    _flush_silently(world)
    return world


def _queue(image: QueueImage, world: World, *, complete: bool) -> Queue:
    config = image.config
    queue = Queue(config, image.counters, pace=image.pace, last_talks=image.last_talks)
    queue.day.complete = complete
    for group in image.day:
        queue.day.add(Stays(*group))
    queue.members = {member.agent: member for member in config.members}
    for call in world.calls.values():
        if call.queue == config.id:
            queue.calls[call.id] = matching.rank(world, queue, call)
            if call.phase in OFFERED:
                queue.offered[call.id] = None
            if call.phase is CallPhase.QUEUED and not world.runs(call.id, TimerPurpose.RETRY):
                matching.stand(world, queue, call)
    callbacks.restore(world, queue)
    if image.work is not None:
        work.restore(world, queue, _line(image.work, queue))
    for member in config.members:
        agents.enlist(world, member.agent, config.id)
    return queue


def _line(image: LineImage, queue: Queue) -> Queue:
    line = Queue(
        queue.config, image.counters, last_talks=image.last_talks, members=queue.members, of_work=True
    )
    for group in image.day:
        line.day.add(Stays(*group))
    return line


OLD_COUNTERS = {"offered", "answered", "abandoned", "answered_in_threshold", "wait_sum"}


def _without_counters(data: dict[str, Any]) -> dict[str, Any]:
    """Return a snapshot of a version before 3 without its figures of today: they do not tell of stays."""
    queues = [
        {**queue, "counters": {k: v for k, v in queue["counters"].items() if k not in OLD_COUNTERS}}
        for queue in data["queues"]
    ]
    return {**data, "queues": queues}


def _begin_stays(world: World) -> None:
    """Let those who wait, in a snapshot of a version before 3, have stays."""
    for queue in world.queues.values():
        statistics.date(world, queue)
    for call in world.calls.values():
        if call.queue is not None:
            stays.begin(world, call, call.queue, at=call.waits_since())
    for callback in world.callbacks.values():
        callback.stay = Stay(
            callback.asked_in, 1, callback.queue, callback.joined_at, callback.asked_in, callback=callback.id
        )


def _list_agent(world: World, agent: Agent) -> None:
    config: AgentConfig = agent.config
    world.agents[config.id] = agent
    if agent.removed:
        world.memberships.pop(config.id, None)
    else:
        world.agents_by_phone.setdefault(config.phone, {})[config.id] = None
        world.agents_by_user.setdefault(config.user, {})[config.id] = None
    agents.sync(world, agent)


def _flush_silently(world: World) -> None:
    """Drop the commands: clients need not hear that the indices were built again."""
    world.flush()
    world.dirty.clear()
    world.leaving.clear()
