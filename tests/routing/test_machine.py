"""Any order of legal and illegal events: nothing raises, no call is lost, doubled or left without a holder."""

import json
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from routing import commands as c
from routing import events as e
from routing.agents import is_free, status_in
from routing.codec import decode_event, encode_command, encode_event
from routing.engine import Engine
from routing.events import AgentStatus, LegFailure, LivePhase
from routing.ids import AgentId, CallId, QueueId, TimerId
from routing.matching import needs_of
from routing.phases import CallPhase
from routing.skills import met
from tests.routing import invariants
from tests.routing.machine_world import (
    AGENTS,
    CALLS,
    DIDS,
    NUMBERS,
    QUEUES,
    ROUTE,
    agent_config,
    everything,
    queue_config,
    route_config,
)

pytestmark = pytest.mark.unit

TIMED = {"digit", "max-wait", "guard", "retry"}
HELD = {CallPhase.QUEUED, CallPhase.TALKING, CallPhase.CONNECTED}
agents, queues, calls = st.sampled_from(AGENTS), st.sampled_from(QUEUES), st.sampled_from(CALLS)
seconds = st.sampled_from([0.0, 0.1, 1.0, 5.0, 20.0, 100.0])


class Traffic(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.engine = Engine(random.Random(5))
        self.now = 1_767_614_400.0
        self.journal: list[tuple[str, float]] = []
        self.said: list[str] = []
        self.entered: dict[CallId, int] = {}
        self.logged: dict[CallId, int] = {}

    # -- plumbing ----------------------------------------------------------------------------------------

    def feed(self, event: e.Event) -> list[c.Command]:
        text = json.dumps(encode_event(event))
        self.journal.append((text, self.now))
        known = set(self.engine.call_ids())
        commands = self.engine.handle(decode_event(json.loads(text)), self.now)
        self.said += [json.dumps(encode_command(command)) for command in commands]
        logged = [command.record["id"] for command in commands if isinstance(command, c.LogCall)]
        for id in logged:
            self.logged[id] = self.logged.get(id, 0) + 1
        for id in {*self.engine.call_ids(), *logged} - known:
            self.entered[id] = self.entered.get(id, 0) + 1
        return commands

    @initialize(seed=st.integers(0, 10_000))
    def begin(self, seed: int) -> None:
        self.feed(e.ConfigChanged(everything(random.Random(seed))))
        for n, id in enumerate(AGENTS):
            self.feed(e.PhoneStateChanged(f"phone{n}", True))
            self.feed(e.AgentStatusSet(id, AgentStatus.AVAILABLE))

    # -- events that fit ---------------------------------------------------------------------------------

    @rule(call=calls, did=st.sampled_from([*DIDS, DIDS[1], DIDS[1]]), caller=st.sampled_from(["", *NUMBERS]))
    def enters(self, call: CallId, did: str, caller: str) -> None:
        self.feed(e.CallEntered(call, did, caller))

    def attempt(self, index: int) -> Any:
        attempts = [self.engine._world.calls[id] for id in self.engine.call_ids() if id not in CALLS]
        return attempts[index % len(attempts)] if attempts else None

    @rule(index=st.integers(0, 3), answers=st.booleans(), reason=st.sampled_from(LegFailure))
    def customer(self, index: int, answers: bool, reason: LegFailure) -> None:
        call = self.attempt(index)
        if call is not None:
            self.feed(e.CallbackAnswered(call.id) if answers else e.CallbackFailed(call.id, reason))

    @rule(
        index=st.integers(0, 3),
        agent=agents,
        what=st.sampled_from(["sound", "answer", "end", "gone", "asked"]),
    )
    def customer_goes_on(self, index: int, agent: AgentId, what: str) -> None:
        call = self.attempt(index)
        if call is None:
            return
        events: dict[str, e.Event] = {
            "sound": e.PlaybackFinished(call.id, call.awaiting or call.announcing or 0),
            "answer": e.AgentAnswered(call.id, next(iter(call.ringing), agent)),
            "end": e.AgentLegEnded(call.id, call.agent or agent),
            "gone": e.CallHungUp(call.id),
            "asked": e.HangUpRequested(call.callback_of if agent in AGENTS[:2] else call.id),
        }
        self.feed(events[what])

    @rule(call=calls, index=st.integers(0, 3))
    def answers(self, call: CallId, index: int) -> None:
        view = self.engine.call(call)
        if view is not None and view.ringing:
            self.feed(e.AgentAnswered(call, view.ringing[index % len(view.ringing)]))

    @rule(call=calls, index=st.integers(0, 3), reason=st.sampled_from(LegFailure))
    def offer_fails(self, call: CallId, index: int, reason: LegFailure) -> None:
        view = self.engine.call(call)
        if view is not None and view.ringing:
            self.feed(e.OfferFailed(call, view.ringing[index % len(view.ringing)], reason))

    @rule(call=calls)
    def talk_ends(self, call: CallId) -> None:
        view = self.engine.call(call)
        if view is not None and view.agent is not None:
            self.feed(e.AgentLegEnded(call, view.agent))

    @rule(call=calls, ok=st.booleans())
    def sound_ends(self, call: CallId, ok: bool) -> None:
        known = self.engine._world.calls.get(call)
        token = None if known is None else known.awaiting or known.announcing
        if token is not None:
            self.feed(e.PlaybackFinished(call, token, ok))

    @rule(pass_seconds=seconds)
    def time_passes(self, pass_seconds: float) -> None:
        until = self.now + pass_seconds
        while due := sorted((at, timer) for timer, at in self.engine.timers.items() if at <= until):
            self.now = max(self.now, due[0][0])
            self.feed(e.TimerFired(due[0][1]))
        self.now = until

    # -- events that may not fit -------------------------------------------------------------------------

    @rule(
        call=calls,
        agent=agents,
        data=st.sampled_from(["hung", "rang", "answered", "failed", "ended", "returned", "asked"]),
    )
    def anything_happens(self, call: CallId, agent: AgentId, data: str) -> None:
        events: dict[str, e.Event] = {
            "hung": e.CallHungUp(call, 16),
            "rang": e.PhoneRang(call, agent),
            "answered": e.AgentAnswered(call, agent),
            "failed": e.OfferFailed(call, agent, LegFailure.NO_ANSWER),
            "ended": e.AgentLegEnded(call, agent),
            "returned": e.CallReturned(call),
            "asked": e.HangUpRequested(call),
        }
        self.feed(events[data])

    @rule(call=calls, digit=st.sampled_from("12345#9"))
    def presses(self, call: CallId, digit: str) -> None:
        self.feed(e.DigitPressed(call, digit))

    @rule(call=calls, data=st.sampled_from(["answered", "failed", "ended"]))
    def outside_line(self, call: CallId, data: str) -> None:
        events: dict[str, e.Event] = {
            "answered": e.NumberAnswered(call),
            "failed": e.NumberFailed(call, LegFailure.BUSY),
            "ended": e.NumberLegEnded(call),
        }
        self.feed(events[data])

    @rule(call=calls, token=st.integers(0, 6))
    def message(self, call: CallId, token: int) -> None:
        self.feed(e.MessageRecorded(call, token, "voicemail/x", 3.0))

    @rule(
        call=calls,
        what=st.sampled_from(["OfferCall", "Play", "DialOut", "RecordMessage", "HangUp", "Answer"]),
    )
    def refused(self, call: CallId, what: str) -> None:
        self.feed(e.CommandFailed(call, what, "no"))

    @rule(agent=agents, status=st.sampled_from(AgentStatus), queue=st.one_of(st.none(), queues))
    def sets_status(self, agent: AgentId, status: AgentStatus, queue: QueueId | None) -> None:
        self.feed(e.AgentStatusSet(agent, status, queue))

    @rule(agent=agents)
    def gets_ready(self, agent: AgentId) -> None:
        self.feed(e.AgentStatusSet(agent, AgentStatus.AVAILABLE))

    @rule(phone=st.integers(0, 3), registered=st.booleans(), busy=st.booleans())
    def phone_changes(self, phone: int, registered: bool, busy: bool) -> None:
        self.feed(e.PhoneStateChanged(f"phone{phone}", registered, busy))

    @rule(queue=queues, seed=st.integers(0, 1000))
    def queue_changes(self, queue: QueueId, seed: int) -> None:
        self.feed(e.ConfigChanged((queue_config(queue, random.Random(seed)),)))

    @rule(agent=agents, phone=st.integers(0, 3))
    def agent_changes(self, agent: AgentId, phone: int) -> None:
        self.feed(e.ConfigChanged((agent_config(agent, phone),)))

    @rule(id=st.sampled_from([*AGENTS, *QUEUES, ROUTE]))
    def is_removed(self, id: str) -> None:
        self.feed(e.ConfigChanged((), (id,)))

    @rule()
    def route_is_back(self) -> None:
        self.feed(e.ConfigChanged((route_config(),)))

    @rule(timer=st.sampled_from(sorted(TIMED)), call=calls)
    def stale_timer(self, timer: str, call: CallId) -> None:
        id = TimerId(f"{call}:{timer}")
        if id not in self.engine.timers:
            assert not self.feed(e.TimerFired(id))

    @rule(data=st.data(), partial=st.booleans())
    def resyncs(self, data: Any, partial: bool) -> None:
        live = []
        free = list(AGENTS)
        for call in [*CALLS, *(id for id in self.engine.call_ids() if id not in CALLS)]:
            phase = data.draw(st.sampled_from([None, *LivePhase]))
            if phase is None:
                continue
            picked = [free.pop()] if free and data.draw(st.booleans()) else []
            live.append(
                e.LiveCall(
                    call,
                    phase,
                    DIDS[1],
                    "",
                    entered_at=self.now - 5,
                    agent=picked[0] if picked and phase is LivePhase.TALKING else None,
                    ringing=tuple(picked) if phase is LivePhase.DIALING else (),
                )
            )
        listed = {call.call for call in live}
        lost = tuple(call for call in CALLS[:3] if call not in listed) if partial else None
        phones = tuple(e.PhoneStateChanged(f"phone{n}", True) for n in range(3))
        self.feed(e.StateResynced(tuple(live), phones, lost))

    @rule()
    def restarts(self) -> None:
        image = self.engine.snapshot()
        self.engine = Engine.restore(json.loads(json.dumps(image, sort_keys=True)))
        assert self.engine.snapshot() == image

    # -- what always holds -------------------------------------------------------------------------------

    @invariant()
    def every_call_has_a_holder_or_a_timer(self) -> None:
        world = self.engine._world
        for call in world.calls.values():
            timers = {purpose for purpose in TIMED if f"{call.id}:{purpose}" in world.timers}
            assert call.phase is not CallPhase.ROUTING
            if call.phase is CallPhase.QUEUED:
                queue = world.queues[call.queue]  # type: ignore[index]
                assert call.id in queue.calls
                assert call.id in queue.waiting or "retry" in timers
            elif call.phase is CallPhase.TALKING:
                assert call.agent is not None
                assert world.agents[call.agent].calls[call.id]
            elif call.phase is CallPhase.COLLECTING:
                assert "digit" in timers
            elif call.phase not in (CallPhase.CONNECTED, CallPhase.CONFERENCE):
                assert "guard" in timers, call.phase

    @invariant()
    def no_agent_has_two_calls(self) -> None:
        world = self.engine._world
        for id, agent in world.agents.items():
            ringing = [call for call in world.calls.values() if id in call.ringing]
            talking = [call for call in world.calls.values() if call.agent == id]
            held = invariants.held(world).get(id, set())
            assert {call.id for call in ringing + talking} | held == set(agent.calls)
            assert not self._double_booked(agent)

    def _double_booked(self, agent: Any) -> bool:
        """Two calls at one agent are only possible if Asterisk says so in a resync."""
        return len(agent.calls) > 1 and not self._resynced()

    def _resynced(self) -> bool:
        return any('"StateResynced"' in text for text, _ in self.journal)

    @invariant()
    def nobody_waits_while_somebody_is_free(self) -> None:
        for queue in self.engine._world.queues.values():
            for group in (*queue.groups.values(), *queue.reserved.values()):
                assert not (group.waiting.size and len(group.free))

    @invariant()
    def groups_agree_with_a_search_of_everybody(self) -> None:
        world = self.engine._world
        for id, queue in world.queues.items():
            free = {
                agent
                for agent in queue.members
                if id in world.memberships.get(agent, ())
                and (known := world.agents.get(agent)) is not None
                and is_free(world, known)
                and status_in(known, id) is AgentStatus.AVAILABLE
            }
            assert set(queue.free) == free
            for needs, group in queue.groups.items():
                assert set(group.free) == {x for x in free if met(queue.members[x].skills, needs) is not None}
            for agent, group in queue.reserved.items():
                assert agent in queue.staffed
                assert set(group.free) == free & {agent}
            for waiting, group in queue.waiting.items():
                waiter = world.waiter(waiting)
                assert waiter is not None
                if waiter.waits_for_preferred:
                    assert waiter.preferred is not None
                    assert queue.reserved[waiter.preferred] is group
                else:
                    assert queue.groups[needs_of(queue, waiter)] is group
            standing = [group.waiting.size for group in (*queue.groups.values(), *queue.reserved.values())]
            assert sum(standing) == len(queue.waiting)

    @invariant()
    def callbacks_and_announcements_have_holders(self) -> None:
        world = self.engine._world
        invariants.callbacks_hold(world)
        invariants.announcements_hold(world)
        invariants.talks_are_counted(world)

    @invariant()
    def every_call_is_logged_once(self) -> None:
        live = set(self.engine.call_ids())
        for id, times in self.entered.items():
            assert self.logged.get(id, 0) == times - (id in live)

    @invariant()
    def nothing_is_left_behind(self) -> None:
        world = self.engine._world
        for timer in world.timers:
            owner = timer.rpartition(":")[0]
            assert owner in world.calls or owner in world.agents or owner in world.callbacks, timer
        for queue in world.queues.values():
            assert set(queue.calls) <= world.calls.keys() | world.callbacks.keys()
            assert set(queue.free) <= set(queue.members)
            assert sum(queue.counts.values()) == len(queue.states)
            assert sum(queue.passed.values()) == len(queue.reasons)
        assert not world.dirty
        assert not world.leaving
        assert not world.silent

    def teardown(self) -> None:
        """Everybody hangs up: nothing is left. And the whole day replays byte for byte."""
        for id in self.engine._world.callbacks.copy():
            self.feed(e.HangUpRequested(id))
        for id in self.engine.call_ids():
            self.feed(e.CallHungUp(id))
        self.time_passes(100.0)
        assert not self.engine._world.callbacks
        assert not self.engine.call_ids()
        assert all(not agent.calls for agent in self.engine._world.agents.values())
        self.every_call_is_logged_once()
        replayed = Engine(random.Random(5))
        said: list[str] = []
        for position, (text, at) in enumerate(self.journal):
            if position == len(self.journal) // 2:
                replayed = Engine.restore(json.loads(json.dumps(replayed.snapshot())))
            said += [
                json.dumps(encode_command(x)) for x in replayed.handle(decode_event(json.loads(text)), at)
            ]
        differing = next((pair for pair in zip(said, self.said, strict=False) if pair[0] != pair[1]), None)
        assert differing is None, differing
        assert len(said) == len(self.said)


TestTraffic = Traffic.TestCase
TestTraffic.settings = settings(
    max_examples=25,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
)
