"""The core's whole contract: events in, commands out."""

import random
from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType

from routing import views
from routing.acd import agents, dispatch, queues, stays, work
from routing.calls.flow import leave_queue
from routing.commands import Command, Prompt
from routing.config import MailboxConfig, RouteConfig
from routing.errors import HandlerFailed, UnknownEvent
from routing.expressions import prompts
from routing.handlers.events import HANDLERS
from routing.ids import AgentId, CallId, ChatId, MemberId, QueueId, TeamId, TimerId
from routing.persistence import snapshot
from routing.records import StayRecord
from routing.state import Queue, Waiter
from routing.state.groups import Group
from routing.state.world import World


class Engine:
    """Decide what happens to every call. The engine owns all state. It reads no clock, and no randomness but `rng`.

    Events that Asterisk sends late or twice are legal and change nothing. `handle` raises `RoutingError` only for
    something that is no event, or for a fault of the core itself.
    """

    def __init__(self, rng: random.Random, world: World | None = None) -> None:
        """Make an engine without calls. `world`: an empty one of another kind (`routing.simulation.silent_world`)."""
        self._world = World(rng) if world is None else world

    def handle(self, event: object, now: float) -> list[Command]:
        """Return what to do about `event` (of `routing.events`), in order. `now` is POSIX seconds. A clock that steps
        back is held.

        Raises `UnknownEvent` (nothing changed) or `HandlerFailed` (a fault of the core; see its `commands`).
        """
        handler = HANDLERS.get(type(event))
        if handler is None:
            raise UnknownEvent(f"{type(event).__name__} is no event")
        world = self._world
        if now > world.now:
            world.now = float(now)
        try:
            handler(world, event)
            if world.dirty or world.leaving or world.recalled:
                _settle(world)
            if world.without_music:
                queues.play_music(world)
        except Exception as error:
            raise HandlerFailed(f"{type(event).__name__}: {error!r}", world.flush()) from error
        return world.flush()

    @property
    def now(self) -> float:
        """The newest time that `handle` was given (POSIX seconds)."""
        return self._world.now

    @property
    def timers(self) -> Mapping[TimerId, float]:
        """Every pending timer and when it is due (POSIX seconds)."""
        return MappingProxyType(self._world.timers)

    def snapshot(self) -> dict[str, object]:
        """Return all state as JSON-able data. The same state gives the same data."""
        return snapshot.take(self._world)

    @classmethod
    def restore(cls, data: dict[str, object]) -> "Engine":
        """Return the engine that `snapshot` saw. Raises `CodecError` if the data is no snapshot."""
        engine = cls(random.Random(0))  # noqa: S311 - its state is overwritten
        engine._world = snapshot.restore(data)
        return engine

    def watch(self, witness: Callable[[World, Queue, Group, Waiter, list[AgentId]], None]) -> None:
        """Tell `witness` of each decision; see `World.witness`. The witness must change nothing."""
        self._world.witness = witness

    # -- what clients see -----------------------------------------------------------------------------------

    def agent_ids(self) -> list[AgentId]:
        return list(self._world.agents)

    def queue_ids(self) -> list[QueueId]:
        return list(self._world.queues)

    def call_ids(self) -> list[CallId]:
        return list(self._world.calls)

    def outbound_ids(self) -> list[TeamId]:
        """Return the teams that dialled in the telephone network, or tried to."""
        return list(self._world.usage)

    def member_ids(self) -> list[MemberId]:
        return list(self._world.presence)

    def presence(self, id: MemberId) -> views.PresenceView | None:
        return views.presence(self._world, id)

    def lamps(self) -> dict[str, str]:
        """Return what colleagues' telephones show of each member: SIP account -> state."""
        users = self._world.users.by_id
        shown = ((users.get(id), found) for id, found in self._world.presence.items())
        return {
            member.phone: str(found.state) for member, found in shown if member is not None and member.phone
        }

    def agents_by_phone(self) -> dict[str, AgentId]:
        """Return the agent that uses each SIP account; one of them if several share it."""
        found = ((phone, agents.of_phone(self._world, phone)) for phone in self._world.agents_by_phone)
        return {phone: id for phone, id in found if id is not None}

    def dids(self) -> Collection[str]:
        """Return the numbers of all teams, E.164."""
        return self._world.numbers.by_e164.keys()

    def country_of(self, phone: str) -> str:
        """Return the country (ISO 3166 alpha-2) of the team whose member has this SIP account; empty: not known."""
        member = self._world.users.of_phone(phone)
        team = None if member is None else self._world.teams.get(member.team)
        return "" if team is None else team.country

    def constant_prompts(self, item: RouteConfig | MailboxConfig) -> list[Prompt]:
        """Return the texts of the route, or the mailbox's greetings, that are the same for every caller, in the team's
        language."""
        team = self._world.teams.get(item.team)
        language = "en" if team is None else team.language
        if isinstance(item, MailboxConfig):
            return list(prompts.constant(item.greetings, language))
        # The block `say` is itself what others have as an item.
        said = [
            {**block.settings, "say": block.settings.get("text")} if block.type == "say" else block.settings
            for block in item.blocks.values()
        ]
        return [text for settings in said for text in prompts.constant(settings, language)]

    def agent(self, id: AgentId) -> views.AgentView | None:
        return views.agent(self._world, id)

    def queue(self, id: QueueId, now: float) -> views.QueueView | None:
        """Return a view of the queue. `now` tells whether today's figures are still today's."""
        return views.queue(self._world, id, now)

    def outbound(self, id: TeamId) -> views.OutboundView | None:
        return views.outbound(self._world, id)

    def conference_ids(self) -> list[ChatId]:
        """Return the chats whose conferences go on."""
        return [room.chat for room in self._world.rooms.values() if room.chat is not None]

    def conference(self, id: ChatId) -> views.ConferenceView | None:
        return views.conference(self._world, id)

    def stays(self, id: CallId) -> list[StayRecord]:
        """Return the stays of a live call in queues, in the order in which they began."""
        call = self._world.calls.get(id)
        return [] if call is None else stays.records(self._world, call)

    def call(self, id: CallId) -> views.CallView | None:
        return views.call(self._world, id)


def _settle(world: World) -> None:
    """Carry out what the event brought about elsewhere, until nothing is left to do."""
    while world.leaving or world.dirty or world.recalled:
        while world.recalled:
            work.recall(world, world.recalled.pop(0))
        while world.leaving:
            id, exit = world.leaving.pop(0)
            call = world.calls.get(id)
            if call is not None:
                leave_queue(world, call, exit)
        dispatch.dispatch(world)
