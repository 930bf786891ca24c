"""A day of seeded traffic with waiting callers. Most events fit the call's state, some do not. The invariants are
checked."""

import json
import random
from dataclasses import fields
from functools import cache
from typing import Any

import pytest

from routing import commands as c
from routing import events as e
from routing.config import QueueConfig
from routing.events import AgentStatus, LegFailure, LivePhase
from routing.state import Call
from routing.state.phases import CallPhase
from tests.routing.properties.test_machine import TIMES, Traffic
from tests.support.routing.machine_world import (
    AGENTS,
    CALLS,
    DIDS,
    ITEMS,
    NUMBERS,
    QUEUES,
    agent_config,
    queue_config,
)

pytestmark = [pytest.mark.unit, pytest.mark.long]

STEPS = 250


class Day(Traffic):
    """Random choices by a generator of our own: far more of them than a search for the smallest example affords."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.draw = random.Random(seed)
        self.counted: dict[str, int] = {}
        self.begin(seed)

    def feed(self, event: e.Event) -> list[c.Command]:
        said = super().feed(event)
        for command in said:
            name = type(command).__name__
            self.counted[name] = self.counted.get(name, 0) + 1
        self.check()
        return said

    def check(self) -> None:
        self.every_call_has_a_holder_or_a_timer()
        self.calls_and_agents_agree()
        self.nobody_waits_while_somebody_is_free()
        self.callbacks_and_announcements_have_holders()
        self.every_call_is_logged_once()
        self.nothing_is_left_behind()

    def step(self) -> None:
        live = self.engine.call_ids()
        if self.draw.random() < 0.12:
            self.converse()
            return
        what = self.draw.random()
        if what < 0.15 and (free := [id for id in CALLS if id not in live]):
            did = self.draw.choice([*DIDS, DIDS[0], DIDS[0], DIDS[8]])
            self.feed(e.CallEntered(self.draw.choice(free), did, self.draw.choice(["", *NUMBERS])))
        elif what < 0.70 and live:
            self.feed(self.fitting(self.engine._world.calls[self.draw.choice(live)]))
        elif what < 0.85:
            self.time_passes(self.draw.choice([0.1, 1.0, 5.0, 20.0]))
        elif what < 0.96:
            status = self.draw.choice([AgentStatus.AVAILABLE] * 3 + list(AgentStatus))
            self.feed(e.AgentStatusSet(self.draw.choice(AGENTS), status))
        else:
            self.disturb()

    def converse(self) -> None:
        """Something happens to a conversation, mostly something that fits."""
        item, pick = self.pick(ITEMS[:3]), self.pick
        known = self.engine._world.work.get(item)
        if known is None:
            self.work_enters(item, pick(QUEUES), None, (), pick([0, 0, 1]), None)
        elif self.draw.random() < 0.2:
            self.work_changes_hands(item, pick(AGENTS), pick(QUEUES), pick(["agent", "queue", "late"]))
        else:
            self.work_goes_on(item, pick(["accepted", "declined", "missed", "closed", "closed"]))

    def pick(self, what: Any) -> Any:
        return self.draw.choice(list(what))

    def fitting(self, call: Call) -> e.Event:
        """What may come next for a call, in its phase."""
        id = call.id
        token = call.awaiting or call.announcing or 0
        if self.draw.random() < 0.1:
            return e.CallHungUp(id)
        found: e.Event = self.next(call, token)
        return found

    def next(self, call: Call, token: int) -> Any:
        id, pick = call.id, self.pick
        match call.phase:
            case CallPhase.PLAYING:
                return pick([e.PlaybackFinished(id, token), e.DigitPressed(id, "1")])
            case CallPhase.QUEUED:
                return pick([e.PlaybackFinished(id, token), e.DigitPressed(id, pick("112"))])
            case CallPhase.OFFERING | CallPhase.WITHDRAWING:
                agent = pick([*call.ringing, *AGENTS[:1]])
                failed = e.OfferFailed(id, agent, pick(list(LegFailure)))
                return pick([e.AgentAnswered(id, agent), failed, e.CallReturned(id), e.DigitPressed(id, "1")])
            case CallPhase.TALKING:
                return pick([e.AgentLegEnded(id, call.agent or AGENTS[0]), e.PhoneRang(id, AGENTS[0])])
            case CallPhase.CALLING:
                failed_call = e.CallbackFailed(id, pick(list(LegFailure)))
                return pick([e.CallbackAnswered(id), e.CallbackAnswered(id), failed_call])
            case CallPhase.FETCHING:
                found = e.UrlFetched(id, token, pick([True, False]), 200, {"x": "1"})
                return pick([found, e.ContactFound(id, token, pick([None, {"vip": "yes"}]))])
            case CallPhase.LISTENING:
                return e.SpeechHeard(id, token, pick(["one", ""]))
            case CallPhase.DIALING:
                return pick([e.PartyAnswered(id), e.PartyFailed(id, pick(list(LegFailure)))])
            case CallPhase.CONNECTED:
                return e.PartyLegEnded(id)
            case CallPhase.CONFERENCE:
                return pick([e.ConferenceJoined(id), e.CallReturned(id)])
            case CallPhase.RECORDING:
                return e.MessageRecorded(id, token, "voicemail/x", 2.0)
            case CallPhase.COLLECTING:
                return e.DigitPressed(id, pick("11234"))
            case _:
                return pick([e.CallReturned(id), e.CallHungUp(id)])

    def disturb(self) -> None:
        """What does not fit, or changes everything."""
        world, pick = self.engine._world, self.pick
        live = [*self.engine.call_ids(), *CALLS[:1]]
        match self.draw.randrange(9):
            case 0:
                self.restarts()
            case 1:
                self.resync()
            case 2:
                self.feed(e.ConfigChanged((queue_config(pick(QUEUES), self.draw),)))
            case 3:
                queue = pick(QUEUES)
                self.feed(e.ConfigChanged((), (queue,)))
                self.feed(e.ConfigChanged((queue_config(queue, self.draw),)))
            case 4:
                self.feed(e.HangUpRequested(pick([*live, *world.callbacks])))
            case 5:
                what = pick(
                    ["Play", "OfferCall", "LaunchCallback", "StopPlay", "AddToOffer", "JoinConference"]
                )
                self.feed(e.CommandFailed(pick(live), what, "no"))
            case 6:
                self.feed(e.PhoneStateChanged(f"phone{self.draw.randrange(4)}", pick([True, True, False])))
            case 7:
                self.feed(pick([e.CallbackAnswered, e.CallReturned, e.CallHungUp])(pick(live)))
            case _:
                agent = self.draw.randrange(len(AGENTS))
                self.feed(e.ConfigChanged((), (AGENTS[agent],)))
                self.feed(e.ConfigChanged((agent_config(AGENTS[agent], agent),)))

    def resync(self) -> None:
        """Most calls are where we think, some are elsewhere or gone."""
        live, free = [], list(AGENTS)
        for id in self.engine.call_ids():
            call = self.engine._world.calls[id]
            phase = LivePhase.CALLING if call.phase is CallPhase.CALLING else LivePhase.CONTROLLED
            if self.draw.random() < 0.3:
                phase = self.draw.choice(list(LivePhase))
            agent = free.pop() if phase is LivePhase.TALKING and free else None
            if self.draw.random() < 0.8:
                live.append(e.LiveCall(id, phase, call.did, call.caller, agent=agent))
        phones = tuple(e.PhoneStateChanged(f"phone{n}", True) for n in range(4))
        self.feed(e.StateResynced(tuple(live), phones))


@cache
def lived(seed: int) -> tuple[Day, dict[str, int]]:
    """Live through a day; return it, with its commands counted before its end."""
    day = Day(seed)
    for _ in range(STEPS):
        day.step()
    counted = dict(day.counted)
    day.teardown()
    return day, counted


@pytest.mark.parametrize("seed", range(20, 20 + 8 * TIMES))
def test_whatever_happens_to_waiting_callers(seed: int) -> None:
    day, _ = lived(seed)
    assert day.counted["LogCall"] > 10
    assert json.loads(json.dumps(day.engine.snapshot())) == day.engine.snapshot()


def test_the_traffic_reaches_what_it_is_for() -> None:
    counted: dict[str, int] = {}
    for seed in range(20, 25):
        for name, count in lived(seed)[1].items():
            counted[name] = counted.get(name, 0) + count
    wanted = ("LaunchCallback", "OfferCall", "OfferWork", "Play", "StartMusic", "StopPlay", "WithdrawWork")
    assert {name: counted[name] for name in wanted if counted.get(name, 0) < 3} == {}


LEFT_OUT = {"music", "call_service_good", "short_abandon", "sticky_days", "callback_caller_id"}
"""Settings that change no call's way here."""


def test_every_setting_of_a_queue_is_in_the_traffic() -> None:
    draw = random.Random(1)
    drawn = [queue_config(QUEUES[0], draw) for _ in range(50)]
    plain = QueueConfig(drawn[0].id, drawn[0].team, drawn[0].name)
    same = [
        it.name for it in fields(plain) if all(getattr(q, it.name) == getattr(plain, it.name) for q in drawn)
    ]
    lacking = set(same) - {"id", "team", "name"} - LEFT_OUT
    assert sorted(lacking) == [], "draw these in tests/support/routing/machine_world.py"
