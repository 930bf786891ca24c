"""Events in any order, legal or not. No event raises, and no call is lost, doubled or left without a holder."""

import json
import os
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from routing import commands as c
from routing import events as e
from routing.config import SkillNeed, TeamConfig
from routing.engine import Engine
from routing.events import AgentStatus, LegFailure, LivePhase
from routing.ids import AgentId, CallId, QueueId, TimerId, UserId
from routing.persistence.codec import decode_event, encode_command, encode_event
from routing.state import Role
from routing.state.phases import CallPhase
from tests.routing.properties.test_blocks_traffic import DEPARTMENT, OTHER
from tests.support.routing import invariants, model
from tests.support.routing.machine_world import (
    AGENTS,
    ALL_BLOCKS,
    CALLS,
    DIDS,
    EXTENSIONS,
    ITEMS,
    NUMBERS,
    QUEUES,
    ROUTE,
    WITH_NEEDS,
    agent_config,
    all_routes,
    everything,
    people,
    queue_config,
)
from tests.support.routing.story import TEAM, hex_id

pytestmark = pytest.mark.unit

TIMES = int(os.environ.get("TRAFFIC", "1"))
"""`TRAFFIC=20 pytest tests/routing` tries twenty times as many examples and days, and others each time. A run of all
tests tries the same ones each time."""
TIMED = {"digit", "max-wait", "guard", "retry"}
TALKS = (CallPhase.TALKING, CallPhase.CONNECTED)
HELD = {CallPhase.QUEUED, CallPhase.TALKING, CallPhase.CONNECTED}
REFUSED = [
    *("OfferCall", "AddToOffer", "WithdrawOffer", "Play", "DialOut", "RecordMessage", "HangUp", "Answer"),
    *("FetchUrl", "FindContact", "Listen", "JoinConference", "LaunchCallback", "StartMusic"),
]
agents, queues, calls = st.sampled_from(AGENTS), st.sampled_from(QUEUES), st.sampled_from(CALLS)
items = st.sampled_from(ITEMS)
seconds = st.sampled_from([0.0, 0.1, 1.0, 5.0, 20.0, 100.0])


class Traffic(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.engine = Engine(random.Random(5))
        self.now = 1_767_614_400.0
        self.journal: list[tuple[str, float]] = []
        self.said: list[str] = []
        self.decisions = model.DecisionCheck()
        self.entered: dict[CallId, int] = {}
        self.logged: dict[CallId, int] = {}
        self.consults = 0
        self.conversations: dict[CallId, int] = {}

    # -- plumbing ----------------------------------------------------------------------------------------

    def feed(self, event: e.Event) -> list[c.Command]:
        text = json.dumps(encode_event(event))
        self.journal.append((text, self.now))
        known, waited = set(self.engine.call_ids()), set(self.engine._world.work)
        phones = {id for id, call in self.engine._world.calls.items() if call.phone}
        commands = self.engine.handle(decode_event(json.loads(text)), self.now)
        self.said += [json.dumps(encode_command(command)) for command in commands]
        self.look(event, commands, known)
        self.count_work(event, commands, waited)
        logged = [command.record["id"] for command in commands if isinstance(command, c.LogCall)]
        for id in logged:
            self.logged[id] = self.logged.get(id, 0) + 1
        for id in phones - {*self.engine.call_ids(), *logged}:
            self.entered[id] -= 1  # its phone became a party of another call
        for id in {*self.engine.call_ids(), *logged} - known:
            self.entered[id] = self.entered.get(id, 0) + 1
        return commands

    def look(self, event: e.Event, commands: list[c.Command], known: set[CallId]) -> None:
        """After each event: every index is what a scan of everything finds, every offer was right and is explained."""
        world = self.engine._world
        self.decisions.compare(world)
        model.check(world)
        if not isinstance(event, e.StateResynced):
            offers = [command for command in commands if isinstance(command, c.OfferCall)]
            added = [command.agent for command in commands if isinstance(command, c.AddToOffer)]
            model.capacities_hold(world, [*(agent for offer in offers for agent in offer.agents), *added])
        launched = [command.call for command in commands if isinstance(command, c.LaunchCallback)]
        assert len(launched) == len(set(launched))
        assert not known & set(launched), "launched twice"
        assert len(launched) <= sum(len(held) for held in invariants.held(world).values())

    def count_work(self, event: e.Event, commands: list[c.Command], known: set[CallId]) -> None:
        """A conversation that entered is closed once. It is offered to nobody whose capacity it exceeds."""
        world = self.engine._world
        if isinstance(event, e.WorkEntered) and event.item not in known:
            self.conversations[event.item] = self.conversations.get(event.item, 0) + 1
        for command in commands:
            if isinstance(command, c.LogWork) and command.record["state"] == "closed":
                self.conversations[command.record["item"]] -= 1
            elif isinstance(command, c.OfferWork):
                agent = world.agents[command.agent]
                assert model.load(world, agent) <= agent.config.capacity + 1e-6
        assert {id: count for id, count in self.conversations.items() if count} == dict.fromkeys(
            world.work, 1
        )

    @initialize(seed=st.integers(0, 10_000))
    def begin(self, seed: int) -> None:
        self.engine.watch(self.decisions)
        self.feed(e.ConfigChanged(everything(random.Random(seed))))
        for n, id in enumerate(AGENTS):
            self.feed(e.PhoneStateChanged(f"phone{n}", True))
            self.feed(e.AgentStatusSet(id, AgentStatus.AVAILABLE))

    # -- events that fit ---------------------------------------------------------------------------------

    @rule(call=calls, did=st.sampled_from([*DIDS, DIDS[1], DIDS[1]]), caller=st.sampled_from(["", *NUMBERS]))
    def enters(self, call: CallId, did: str, caller: str) -> None:
        self.feed(e.CallEntered(call, did, caller))

    @rule(
        call=calls,
        phone=st.integers(0, 4),
        dialled=st.sampled_from([*EXTENSIONS, *EXTENSIONS, "199"]),
        rings=st.booleans(),
    )
    def phone_calls(self, call: CallId, phone: int, dialled: str, rings: bool) -> None:
        self.feed(e.PhoneCallEntered(call, f"phone{phone}", dialled, rings=rings))

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

    # -- conversations -----------------------------------------------------------------------------------

    @rule(
        item=items,
        queue=queues,
        agent=st.one_of(st.none(), st.none(), st.none(), agents),
        needs=st.sampled_from([(), (), (SkillNeed("de", 30),), (SkillNeed("fr", 50, False),)]),
        priority=st.sampled_from([0, 0, 1]),
        waited=st.sampled_from([None, None, 30.0]),
    )
    def work_enters(
        self,
        item: CallId,
        queue: QueueId,
        agent: AgentId | None,
        needs: tuple[SkillNeed, ...],
        priority: int,
        waited: float | None,
    ) -> None:
        since = None if waited is None else self.now - waited
        preferred = AGENTS[priority] if needs else None
        self.feed(
            e.WorkEntered(item, TEAM, queue, f"contact{priority}", needs, priority, preferred, since, agent)
        )

    @rule(
        item=items,
        what=st.sampled_from(["accepted", "accepted", "accepted", "declined", "missed", "closed"]),
    )
    def work_goes_on(self, item: CallId, what: str) -> None:
        known = self.engine._world.work.get(item)
        agent = AGENTS[0] if known is None or known.agent is None else known.agent
        timer = TimerId(f"{item}:offer")
        if what == "missed" and timer not in self.engine.timers:
            return
        events: dict[str, e.Event] = {
            "accepted": e.WorkAccepted(item, agent),
            "declined": e.WorkDeclined(item, agent),
            "missed": e.TimerFired(timer),
            "closed": e.WorkClosed(item),
        }
        self.feed(events[what])

    @rule(item=items, agent=agents, queue=queues, what=st.sampled_from(["agent", "queue", "late"]))
    def work_changes_hands(self, item: CallId, agent: AgentId, queue: QueueId, what: str) -> None:
        if what == "late":
            self.feed(e.WorkAccepted(item, agent))
        else:
            self.feed(e.WorkTransferred(item, e.Destination(what, agent if what == "agent" else queue)))

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

    @rule(call=calls, data=st.sampled_from(["rang", "answered", "failed", "ended"]))
    def called_party(self, call: CallId, data: str) -> None:
        events: dict[str, e.Event] = {
            "rang": e.PartyRang(call),
            "answered": e.PartyAnswered(call),
            "failed": e.PartyFailed(call, LegFailure.BUSY),
            "ended": e.PartyLegEnded(call),
        }
        self.feed(events[data])

    @rule(
        call=calls,
        to=st.sampled_from(["agent", "queue", "extension", "number", "voicemail", "park", "refer", "pause"]),
    )
    def sent_on(self, call: CallId, to: str) -> None:
        ids = {
            "agent": AGENTS[1],
            "queue": QUEUES[1],
            "extension": "102",
            "number": "+14165550177",
            "voicemail": TEAM,
        }
        by = UserId(hex_id(3, 1))
        if to == "park":
            self.feed(e.ParkRequested(call, by))
        elif to == "pause":
            self.feed(e.RecordingRequested(call, list(e.Wanted)[len(self.journal) % 4]))
        elif to == "refer":
            self.feed(e.CallReferred(call, "102"))
        else:
            self.feed(e.TransferRequested(call, e.Destination(to, ids[to], "team"), by))

    @rule(
        call=calls,
        other=calls,
        what=st.sampled_from(
            [
                *(
                    "consult",
                    "began",
                    "completed",
                    "ended",
                    "pull",
                    "pick-up",
                    "supervise",
                    "answers",
                    "fails",
                ),
                *("mute", "digits", "joined"),
            ]
        ),
        luck=st.integers(0, 2),
    )
    def own_telephones(self, call: CallId, other: CallId, what: str, luck: int) -> None:
        by, to = UserId(hex_id(3, 1 + luck % 2)), e.Destination("agent", AGENTS[luck])
        events: dict[str, e.Event] = {
            "consult": e.ConsultRequested(call, to, by),
            "began": e.ConsultBegan(other, call),
            "completed": e.ConsultCompleted(call, by),
            "ended": e.ConsultEnded(call, by),
            "pull": e.PullRequested(call, by, other),
            "pick-up": e.PickUpRequested(call, by, other),
            "supervise": e.SuperviseRequested(call, e.Supervision.WHISPER, by, other),
            "answers": e.CallbackAnswered(other),
            "fails": e.CallbackFailed(other, LegFailure.NO_ANSWER),
            "mute": e.MuteRequested(call, luck == 1, by),
            "digits": e.DigitsRequested(call, "1", by),
            "joined": e.CallsJoined(call, other, handed_over=luck == 1, called=luck == 2),
        }
        self.feed(events[what])

    @rule(
        index=st.integers(0, 3),
        asked=st.integers(0, 2),
        then=st.lists(
            st.sampled_from(["joined", "completed", "third", "first", "leaves", "hold", "restart", "gone"]),
            min_size=1,
            max_size=4,
        ),
    )
    def asks_someone(self, index: int, asked: int, then: list[str]) -> None:
        """One side of a talk calls an agent, who answers if they are free. Then things happen to the held call."""
        talks = [call for call in self.engine._world.calls.values() if call.phase in TALKS]
        if not talks:
            return
        call = talks[index % len(talks)]
        self.feed(e.ConsultRequested(call.id, e.Destination("agent", AGENTS[asked])))
        if call.phase is not CallPhase.HELD:
            return
        self.consults += 1
        other = CallId(hex_id(9, self.consults))
        self.feed(e.ConsultBegan(other, call.id))
        rung = self.engine.call(other)
        if rung is not None and rung.ringing:
            self.feed(e.AgentAnswered(other, rung.ringing[0]))
        for what in then:
            self.happens_to_three(call.id, what)
        if other in self.engine.call_ids() and asked:
            self.feed(e.CallHungUp(other))

    def happens_to_three(self, call: CallId, what: str) -> None:
        known = self.engine.call(call)
        agent = AGENTS[0] if known is None or known.agent is None else known.agent
        if what == "restart":
            self.restarts()
            return
        events: dict[str, e.Event] = {
            "joined": e.ConsultJoined(call),
            "completed": e.ConsultCompleted(call),
            "third": e.ThirdLeft(call),
            "first": e.AgentLegEnded(call, agent),
            "leaves": e.LeaveRequested(call, UserId(hex_id(3, 1))),
            "hold": e.HoldRequested(call),
            "gone": e.CallHungUp(call),
        }
        self.feed(events[what])

    @rule(call=calls, data=st.sampled_from(["hold", "unhold", "phone-holds", "phone-talks"]))
    def hold(self, call: CallId, data: str) -> None:
        events: dict[str, e.Event] = {
            "hold": e.HoldRequested(call),
            "unhold": e.UnholdRequested(call),
            "phone-holds": e.PhoneHeld(call, e.Side.CALLER, True),
            "phone-talks": e.PhoneHeld(call, e.Side.CALLER, False),
        }
        self.feed(events[data])

    @rule(
        call=calls,
        luck=st.integers(0, 3),
        what=st.sampled_from(["message", "speech", "url", "contact", "room"]),
    )
    def something_came(self, call: CallId, luck: int, what: str) -> None:
        """What a block asked for, mostly with the right token."""
        known = self.engine._world.calls.get(call)
        token = (known.awaiting if known is not None and known.awaiting else 1) - (luck == 3)
        events: dict[str, e.Event] = {
            "message": e.MessageRecorded(call, token, "voicemail/x", 3.0),
            "speech": e.SpeechHeard(call, token, ("one", "two", "")[luck % 3]),
            "url": e.UrlFetched(call, token, luck != 1, 200, {"x": "1"}),
            "contact": e.ContactFound(call, token, None if luck == 1 else {"vip": "yes"}),
            "room": e.ConferenceJoined(call),
        }
        self.feed(events[what])

    @rule(
        call=calls,
        what=st.sampled_from(
            [
                "OfferCall",
                "AddToOffer",
                "WithdrawOffer",
                "Play",
                "DialOut",
                "RingExtension",
                "HoldCall",
                "TakeBack",
                "HandOver",
                "PickUp",
                "JoinAgain",
                "Consult",
                "CompleteConsult",
                "Supervise",
                "MuteParty",
                "RingMember",
                "RecordMessage",
                "HangUp",
                "Answer",
                "FetchUrl",
                "FindContact",
                "Listen",
                "JoinConference",
                "LaunchCallback",
                "StartMusic",
            ]
        ),
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

    @rule(agent=agents, phone=st.integers(0, 3), capacity=st.sampled_from([1, 1, 2]))
    def agent_changes(self, agent: AgentId, phone: int, capacity: int) -> None:
        self.feed(e.ConfigChanged((agent_config(agent, phone, capacity),)))

    @rule(priority_seconds=st.sampled_from([300.0, 10.0]))
    def team_changes(self, priority_seconds: float) -> None:
        self.feed(e.ConfigChanged((TeamConfig(TEAM, "t", priority_seconds=priority_seconds),)))

    @rule(id=st.sampled_from([*AGENTS, *QUEUES, ROUTE, OTHER, WITH_NEEDS, ALL_BLOCKS, DEPARTMENT]))
    def is_removed(self, id: str) -> None:
        self.feed(e.ConfigChanged((), (id,)))

    @rule()
    def route_is_back(self) -> None:
        draw = random.Random(len(self.journal))
        self.feed(e.ConfigChanged((*all_routes(draw), *people(draw))))

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
            known = self.engine._world.calls.get(call)
            with_whom = self.with_whom(data) if phase is LivePhase.TALKING else {}
            phone = data.draw(st.sampled_from(["", "phone1"])) if known is None else known.phone
            if phone:  # such a call is never offered to agents
                live.append(e.LiveCall(call, phase, "102", "101", phone=phone, **with_whom))
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
                    **with_whom,
                )
            )
        listed = {call.call for call in live}
        lost = tuple(call for call in CALLS[:3] if call not in listed) if partial else None
        phones = tuple(e.PhoneStateChanged(f"phone{n}", True) for n in range(3))
        self.feed(e.StateResynced(tuple(live), phones, lost))

    @rule(data=st.data(), index=st.integers(0, 5), agent=st.one_of(st.none(), agents))
    def finds_a_talk(self, data: Any, index: int, agent: AgentId | None) -> None:
        """One node lists one call, which talks. The others are at nodes that say nothing."""
        known = list(self.engine._world.calls.values())
        if not known:
            return
        call = known[index % len(known)]
        found = e.LiveCall(
            call.id,
            LivePhase.TALKING,
            DIDS[1],
            "",
            agent=None if call.phone else call.agent or agent,
            phone=call.phone,
            **self.with_whom(data),
        )
        phones = tuple(e.PhoneStateChanged(f"phone{n}", True) for n in range(3))
        self.feed(e.StateResynced((found,), phones, ()))

    def with_whom(self, data: Any) -> dict[str, Any]:
        """Draw whose telephones are in a talk: those of members, an outside line (empty), or of no one (None)."""
        phones = ["", *(f"phone{n}" for n in range(4))]
        return {
            "talks_with": data.draw(st.sampled_from(phones)),
            "third": data.draw(st.sampled_from([None, None, None, *phones])),
        }

    @rule()
    def restarts(self) -> None:
        image = self.engine.snapshot()
        self.engine = Engine.restore(json.loads(json.dumps(image, sort_keys=True)))
        self.engine.watch(self.decisions)
        assert self.engine.snapshot() == image
        model.check(self.engine._world)

    # -- what always holds -------------------------------------------------------------------------------

    @invariant()
    def every_call_has_a_holder_or_a_timer(self) -> None:
        world = self.engine._world
        for call in world.calls.values():
            timers = {purpose for purpose in TIMED if f"{call.id}:{purpose}" in world.timers}
            assert call.phase is not CallPhase.ROUTING
            if call.third is not None:
                assert call.phase in TALKS or "guard" in timers
                assert call.talk not in (None, call.third)
                assert call.legs[call.third].ended_at is None
            if call.phase is CallPhase.QUEUED:
                queue = world.queues[call.queue]  # type: ignore[index]
                assert call.id in queue.calls
                assert call.id in queue.waiting or "retry" in timers
            elif call.phase is CallPhase.TALKING:
                assert call.agent is not None
                assert world.agents[call.agent].calls[call.id]
            elif call.phase is CallPhase.COLLECTING:
                assert "digit" in timers
            elif call.phase not in (CallPhase.CONNECTED, CallPhase.CONFERENCE, CallPhase.SUPERVISING):
                assert "guard" in timers, call.phase

    @invariant()
    def calls_and_agents_agree(self) -> None:
        world = self.engine._world
        for id, agent in world.agents.items():
            ringing = [call for call in world.calls.values() if id in call.ringing]
            talking = [call for call in world.calls.values() if call.agent == id]
            held = invariants.held(world).get(id, set())
            phones = {
                call.id
                for call in world.calls.values()
                for leg in call.legs
                if leg.kind in (Role.CALLER, Role.MEMBER) and leg.agent == id and leg.ended_at is None
            } | {
                call.id
                for call in world.calls.values()
                if call.third is not None and call.legs[call.third].agent == id
            }
            assert {call.id for call in ringing + talking} | held | phones == set(agent.calls)

    @invariant()
    def nobody_waits_while_somebody_is_free(self) -> None:
        for queue in self.engine._world.queues.values():
            for group in (*queue.groups.values(), *queue.reserved.values()):
                assert not (group.waiting.size and len(group.free))

    @invariant()
    def callbacks_and_announcements_have_holders(self) -> None:
        world = self.engine._world
        invariants.callbacks_hold(world)
        invariants.announcements_hold(world)
        invariants.talks_are_counted(world)
        invariants.stays_hold(world)
        invariants.held_phones_can_be_freed(world)

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
            assert owner in {*world.calls, *world.agents, *world.callbacks, *world.work}, timer
        for queue in world.queues.values():
            assert set(queue.calls) <= world.calls.keys() | world.callbacks.keys()
            assert set(queue.free) <= set(queue.members)
            assert sum(queue.counts.values()) == len(queue.states)
            assert sum(queue.passed.values()) == len(queue.reasons)
        assert not world.dirty
        assert not world.leaving
        assert not world.without_music

    def teardown(self) -> None:
        """Everybody hangs up: nothing is left. And the whole day replays byte for byte."""
        for id in self.engine._world.work.copy():
            self.feed(e.WorkClosed(id))
        for id in self.engine._world.callbacks.copy():
            self.feed(e.HangUpRequested(id))
        for id in self.engine.call_ids():
            self.feed(e.CallHungUp(id))
        self.time_passes(100.0)
        assert not self.engine._world.callbacks
        assert not self.engine.call_ids()
        model.nothing_is_left(self.engine._world)
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


TestTraffic = pytest.mark.timeout(120 * TIMES)(pytest.mark.long(Traffic.TestCase))
TestTraffic.settings = settings(
    max_examples=25 * TIMES,
    derandomize=TIMES == 1,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
)
