"""Any order of events replays byte for byte, from the first snapshot and from every later one."""

import asyncio
import random
from pathlib import Path
from typing import Any

import pytest

from analysis.replay.replayer import Replay, handled
from pbx.metrics import Metrics
from pbx.persistence.replay_journal import Note, ReplayJournal
from pbx.persistence.replay_segments import Segments
from routing import events as e
from routing.engine import Engine
from routing.events import AgentStatus, LegFailure
from routing.ids import CallId
from routing.persistence.codec import decode_event, encode_event
from tests.support.routing.machine_world import AGENTS, CALLS, DIDS, NUMBERS, QUEUES, everything

pytestmark = pytest.mark.unit

SEGMENT = 120
"""Events between two snapshots."""


class Traffic:
    """Random events, recorded as the engine's process records them. Most of them fit the state."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.draw = random.Random(seed)
        self.now = 1_767_614_400.0
        self.engine = Engine(random.Random(seed))
        self.count = 0
        segments = Segments(folder, "main", 1, most_bytes=50_000_000, most_segments=100)
        self.journal = ReplayJournal(segments, Metrics(), "main", 1, clock=lambda: self.count * 100.0)
        self.journal.snapshot(self.engine.snapshot())

    def feed(self, event: e.Event) -> None:
        view = self.engine.call(event.call) if isinstance(event, e.DigitPressed) else None
        block = (view.path[-1]["block"], view.path[-1]["type"]) if view is not None and view.path else None
        commands, error = handled(self.engine, event, self.now)
        self.journal.note(Note(self.now, encode_event(event), commands, error, block))
        self.count += 1
        if self.count % SEGMENT == 0:
            asyncio.run(self.journal.flush())
            self.journal.snapshot(self.engine.snapshot())

    def run(self, events: int) -> None:
        self.feed(decode_event(encode_event(e.ConfigChanged(everything(self.draw)))))
        for number, agent in enumerate(AGENTS):
            self.feed(e.PhoneStateChanged(f"phone{number}", True))
            self.feed(e.AgentStatusSet(agent, AgentStatus.AVAILABLE))
        while self.count < events:
            self._step()
        asyncio.run(self.journal.close())

    def _step(self) -> None:
        draw = self.draw
        if draw.random() < 0.25:
            self._time_passes(draw.choice([0.0, 0.1, 1.0, 5.0, 20.0, 100.0]))
        elif draw.random() < 0.1:
            self._agents()
        else:
            known = self.engine.call_ids()
            call = draw.choice(known) if known and draw.random() < 0.8 else draw.choice(CALLS)
            self._call(call)

    def _time_passes(self, seconds: float) -> None:
        until = self.now + seconds
        while due := sorted((at, timer) for timer, at in self.engine.timers.items() if at <= until):
            self.now = max(self.now, due[0][0])
            self.feed(e.TimerFired(due[0][1]))
        self.now = until

    def _agents(self) -> None:
        draw = self.draw
        phone = f"phone{draw.randrange(4)}"
        queue = draw.choice([None, *QUEUES])
        self.feed(
            draw.choice(
                [
                    e.AgentStatusSet(draw.choice(AGENTS), draw.choice(list(AgentStatus)), queue, "private"),
                    e.AgentStatusSet(draw.choice(AGENTS), AgentStatus.AVAILABLE),
                    e.PhoneStateChanged(phone, draw.random() < 0.8, draw.random() < 0.2),
                    e.ConfigChanged(everything(draw))
                    if draw.random() < 0.2
                    else e.HangUpRequested(draw.choice(CALLS)),
                ]
            )
        )

    def _call(self, call: CallId) -> None:
        draw = self.draw
        known = self.engine._world.calls.get(call)
        if known is None:
            self.feed(
                e.CallEntered(call, draw.choice([*DIDS, *DIDS[1:4]]), draw.choice(["", *NUMBERS]), "Ann")
            )
            return
        agent = draw.choice(
            [*known.ringing, *known.ringing, *filter(None, [known.agent]), draw.choice(AGENTS)]
        )
        token = known.awaiting or known.announcing or 0
        fitting: list[Any] = [
            e.PlaybackFinished(call, token, draw.random() < 0.9),
            e.DigitPressed(call, draw.choice("1234567890*#")),
            e.MessageRecorded(call, token, "voicemail/x", draw.choice([0.4, 7.0])),
            e.SpeechHeard(call, token, draw.choice(["sales", "help", ""])),
            e.UrlFetched(call, token, draw.random() < 0.7, 200, {"tier": draw.choice(["gold", "tin"])}),
            e.ContactFound(call, token, draw.choice([None, {"tier": "gold", "name": "Ann"}])),
            e.PhoneRang(call, agent),
            e.AgentAnswered(call, agent),
            e.OfferFailed(call, agent, draw.choice(list(LegFailure))),
            e.AgentLegEnded(call, agent),
            e.CallReturned(call),
            e.CommandFailed(call, draw.choice(["Play", "OfferCall", "DialOut", "RecordMessage"]), "private"),
            e.PartyAnswered(call),
            e.PartyLegEnded(call),
            e.CallbackAnswered(call),
            e.CallbackFailed(call, LegFailure.NO_ANSWER),
            e.ConferenceJoined(call),
            e.CallHungUp(call, 16),
        ]
        self.feed(draw.choice(fitting))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.long
def test_random_traffic_replays_from_every_snapshot_on(tmp_path: Path, seed: int) -> None:
    traffic = Traffic(tmp_path, seed)
    traffic.run(1500)
    paths = sorted(tmp_path.glob("*.gz"))
    assert len(paths) > 8
    run = Replay.of(paths)
    for step in run.steps():
        assert step.same, f"event {step.number}: {step.event}\n{step.expected}\n{step.got}"
    assert run.differing_state is None, run.differing_state
    assert run.counts.events == traffic.count
    assert run.counts.calls > 20
    assert run.notices == []
