"""What a recorded run shows about each queue: its callers, their talks and patience, and who served when."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from analysis.replay.replayer import Replay, Step
from routing import commands as c
from routing import events as e
from routing.config import QueueConfig, SkillNeed
from routing.engine import Engine
from routing.figures import Outcome, Stays, figures
from routing.ids import AgentId, CallId, QueueId
from routing.persistence import codec
from routing.records import StayRecord
from routing.simulation.history import Arrival
from routing.simulation.shifts import Shift
from routing.simulation.stats import Result
from routing.simulation.trace import Trace
from routing.views import AgentView

Span = tuple[AgentId, float, float]
"""An agent's time at a queue: from, until (POSIX seconds)."""


StayKey = tuple[str, int]
"""The call in which a stay began, and the stay's number in it."""


@dataclass(slots=True)
class Visit:
    """One caller's stay in one queue, with what its record does not tell."""

    joined: float
    at_once: bool
    """Whether the call was offered to a free agent at the moment when it joined."""
    stay: StayRecord
    """As it was when the caller joined; once its call has ended, as it was then."""
    needs: tuple[SkillNeed, ...] = ()
    ring: float = 0.0

    @property
    def talk(self) -> float | None:
        """Seconds; None: no agent of the queue answered, or the talk had not ended."""
        return self.stay["talk"] if self.stay["outcome"] == Outcome.ANSWERED else None

    def waited(self, now: float) -> float:
        """Return the seconds of waiting, for one who still waits until `now`."""
        if self.stay["left_at"] is None and self.stay["callback"] is None:
            return now - self.joined
        return self.stay["wait"]

    def counted(self) -> Stays:
        """Return the stay as it counts in the queue's figures."""
        stay = self.stay
        return Stays(stay["outcome"], stay["wait"], stay["callback"] is not None, 1, stay["talk"])


@dataclass(slots=True)
class QueueHistory:
    """A queue's part of a run from `began` to `ended` (POSIX seconds)."""

    config: QueueConfig
    began: float = 0.0
    ended: float = 0.0
    visits: list[Visit] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    wrap_ups: list[float] = field(default_factory=list)
    turned_away: int = 0

    @property
    def agents(self) -> list[AgentId]:
        """Return the agents who served the queue. The one who served longest is first."""
        seconds: dict[AgentId, float] = {}
        for agent, begin, end in self.spans:
            seconds[agent] = seconds.get(agent, 0.0) + end - begin
        return sorted(seconds, key=lambda agent: (-seconds[agent], agent))

    def trace(self) -> Trace:
        """Return the trace. Agents who served at the end stay for the callers who still waited."""
        visits = sorted(self.visits, key=lambda visit: visit.joined)
        talks = sum(visit.talk is not None for visit in self.visits)
        return Trace(
            arrivals=tuple(self._arrival(visit) for visit in visits),
            threshold=self.config.call_service_good,
            wrap_up=math.fsum(self.wrap_ups) / talks if talks else self.config.wrap_up,
            agents=self.shifts(),
            queue=self.config,
            start=self.began,
            rings=tuple(visit.ring for visit in visits if visit.talk is not None),
            skills=self._skills(),
            needs=tuple(visit.needs for visit in visits) or ((),),
        )

    def shifts(self) -> tuple[Shift, ...]:
        numbers = {agent: number for number, agent in enumerate(self.agents)}
        return tuple(
            Shift(numbers[agent], begin - self.began, math.inf if end >= self.ended else end - self.began)
            for agent, begin, end in self.spans
        )

    def _skills(self) -> tuple[tuple[tuple[str, int], ...], ...] | None:
        """Return the skills of the agents in the order of `agents`; None if no call needs a skill."""
        if not self.config.skills and not any(visit.needs for visit in self.visits):
            return None
        skills = {member.agent: member.skills for member in self.config.members}
        return tuple(skills.get(agent, ()) for agent in self.agents)

    def _arrival(self, visit: Visit) -> Arrival:
        waited = visit.waited(self.ended)
        return Arrival(
            at=max(0.0, visit.joined - self.began),
            talk_seconds=visit.talk,
            patience=waited if visit.stay["outcome"] == Outcome.ABANDONED else None,
            waited=waited,
        )

    def recorded(self) -> Result:
        """Return the real figures. They are defined like those of a simulation."""
        good, short = self.config.call_service_good, self.config.short_abandon
        turned_away = Stays(Outcome.TURNED_AWAY, 0.0, calls=self.turned_away)
        wrap_up = Stays(Outcome.ANSWERED, 0.0, calls=0, wrap_up=math.fsum(self.wrap_ups))
        stays = [visit.counted() for visit in self.visits]
        found = figures([*stays, turned_away, wrap_up], good=good, short=short)
        busy = math.fsum(visit.talk or 0.0 for visit in self.visits) + math.fsum(self.wrap_ups)
        staffed = math.fsum(end - begin for _, begin, end in self.spans)
        return Result(
            calls=len(self.visits) + self.turned_away,
            queue=found,
            p_wait=sum(not visit.at_once for visit in self.visits) / len(self.visits)
            if self.visits
            else None,
            occupancy=busy / staffed if staffed else None,
            threshold=good,
            short_abandon=short,
            seconds=self.ended - self.began,
        )


class Observer:
    """Follow a replay and keep a history of each queue."""

    def __init__(self) -> None:
        self.histories: dict[QueueId, QueueHistory] = {}
        self.now = 0.0
        self._visits: dict[StayKey, tuple[QueueId, Visit]] = {}
        self._wrapping: dict[tuple[str, str | None], QueueId] = {}
        """The queues whose agents answered calls that are over: the wrap-ups belong to them."""
        self._busy_for: dict[AgentId, QueueId | None] = {}
        self._serving: dict[tuple[QueueId, AgentId], float] = {}

    def begin(self, engine: Engine, at: float, queues: Iterable[QueueConfig]) -> None:
        """Begin a segment: take over the calls and agents in its snapshot."""
        self.now = max(self.now, at)
        for config in queues:
            self._configure(config)
        for call in engine.call_ids():
            self._call(engine, call, found=True)
        self._all_agents(engine)

    def saw(self, engine: Engine, step: Step) -> None:
        self.now = max(self.now, step.at)
        changed = [command for command in step.commands if isinstance(command, c.Publish)]
        for change in changed:
            if change.kind == "call":
                self._call(engine, CallId(change.id))
        for command in step.commands:
            if isinstance(command, c.LogCall):
                self._logged(command.record)
            elif isinstance(command, c.LogStay):
                self._ended(command.record["stay"])
            elif isinstance(command, c.LogWrapUp):
                self._wrapped_up(command)
        self._agents(engine, step.event, changed)

    def finish(self) -> None:
        """End the run: the spans of agents who still serve end here."""
        for queue, agent in list(self._serving):
            self._stops(queue, agent)
        for history in self.histories.values():
            history.ended = self.now

    # -- callers -----------------------------------------------------------------------------------------------

    def _call(self, engine: Engine, id: CallId, *, found: bool = False) -> None:
        """Note whether the call has entered a queue. `found`: the snapshot has it there."""
        view = engine.call(id)
        for stay in engine.stays(id):
            known = self._visits.get(_key(stay))
            if known is not None:
                known[1].stay = stay
                if stay["outcome"] == Outcome.ANSWERED:
                    self._wrapping[id, stay["agent"]] = known[0]
            elif view is not None and stay["outcome"] == Outcome.WAITING and stay["queue"] in self.histories:
                visit = Visit(stay["joined_at"], bool(view.ringing) and not found, stay, needs=view.needs)
                self._keep(QueueId(stay["queue"]), visit)

    def _keep(self, queue: QueueId, visit: Visit) -> None:
        self.histories[queue].visits.append(visit)
        self._visits[_key(visit.stay)] = (queue, visit)

    def _logged(self, record: Mapping[str, Any]) -> None:
        """Note what the record of a call says of its stays."""
        for stay in record["stays"]:
            self._ended(stay)
            if stay["outcome"] == Outcome.ANSWERED and _key(stay) in self._visits:
                visit = self._visits[_key(stay)][1]
                legs = [leg for leg in record["legs"] if leg["answered_at"] == stay["left_at"]]
                visit.ring = legs[0]["answered_at"] - legs[0]["offered_at"] if legs else 0.0

    def _ended(self, stay: StayRecord) -> None:
        known = self._visits.get(_key(stay))
        if known is not None:
            known[1].stay = stay
        elif stay["outcome"] == Outcome.TURNED_AWAY and stay["queue"] in self.histories:
            self.histories[QueueId(stay["queue"])].turned_away += 1

    def _wrapped_up(self, command: c.LogWrapUp) -> None:
        queue = self._wrapping.get((command.record["call"], command.record["agent"]))
        if queue is not None:
            self.histories[queue].wrap_ups.append(command.record["seconds"])

    # -- agents ------------------------------------------------------------------------------------------------

    def _agents(self, engine: Engine, event: e.Event, changed: list[c.Publish]) -> None:
        if isinstance(event, e.ConfigChanged):
            for item in event.items:
                if isinstance(item, QueueConfig):
                    self._configure(item)
        if isinstance(event, (e.ConfigChanged, e.StateResynced, e.PhoneStateChanged)):
            self._all_agents(engine)
            return
        for command in changed:
            if command.kind == "agent":
                self._agent(engine, AgentId(command.id))
        if isinstance(event, e.AgentStatusSet):
            self._agent(engine, event.agent)

    def _configure(self, config: QueueConfig) -> None:
        history = self.histories.setdefault(config.id, QueueHistory(config, self.now))
        history.config = config

    def _all_agents(self, engine: Engine) -> None:
        known = {agent for _, agent in self._serving}
        for agent in [*engine.agent_ids(), *(known - set(engine.agent_ids()))]:
            self._agent(engine, agent)

    def _agent(self, engine: Engine, id: AgentId) -> None:
        view = engine.agent(id)
        busy_for = self._busy(engine, id, view)
        for queue, history in self.histories.items():
            member = any(member.agent == id for member in history.config.members)
            free = view is not None and busy_for is None and _serves(view, queue)
            serves = member and (free or busy_for == queue)
            if serves and (queue, id) not in self._serving:
                self._serving[queue, id] = self.now
            elif not serves and (queue, id) in self._serving:
                self._stops(queue, id)

    def _busy(self, engine: Engine, id: AgentId, view: AgentView | None) -> QueueId | None:
        """Return for which queue the agent talks or wraps up. That time is lost for the other queues."""
        if view is None or view.state not in ("OnCall", "WrapUp"):
            self._busy_for.pop(id, None)
        elif view.call is not None:
            call = engine.call(view.call)
            served = [
                stay["queue"] for stay in engine.stays(view.call) if stay["outcome"] == Outcome.ANSWERED
            ]
            waits = None if call is None else call.queue
            self._busy_for[id] = QueueId(served[-1]) if served else waits
        return self._busy_for.get(id)

    def _stops(self, queue: QueueId, agent: AgentId) -> None:
        since = self._serving.pop((queue, agent))
        if self.now > since:
            self.histories[queue].spans.append((agent, since, self.now))


def _key(stay: StayRecord) -> StayKey:
    return stay["call"], stay["number"]


def _serves(view: AgentView, queue: QueueId) -> bool:
    return view.status == "Available" and view.registered and not view.busy and queue not in view.queues


def observe(run: Replay) -> Mapping[QueueId, QueueHistory]:
    """Replay everything, and return the queues that had calls. Raises UnreadableSegment."""
    observer, opened = Observer(), iter(run.segments)

    def begin(engine: Engine) -> None:
        header = next(opened).header
        queues = [codec.decode(QueueConfig, queue["config"]) for queue in header.snapshot["queues"]]
        observer.begin(engine, header.opened_at, queues)

    run.prepare = begin
    for step in run.steps():
        if run.engine is not None:
            observer.saw(run.engine, step)
    observer.finish()
    return {id: history for id, history in observer.histories.items() if history.visits}
