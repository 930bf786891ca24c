"""Make segments of the replay journal from made-up traffic. The engine's own writer writes them."""

import asyncio
import heapq
import random
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path

from pbx.metrics import Metrics
from pbx.persistence.replay_journal import Note, ReplayJournal
from pbx.persistence.replay_segments import Segments
from routing.commands import Command
from routing.engine import Engine
from routing.events import DigitPressed, Event
from routing.persistence.codec import encode_event
from tests.support.routing.story import Person, Story


class RecordedStory(Story):
    """A story whose events are written as `pbx.loop.runner` does. Call `record`, tell the story, call `finish`."""

    def record(self, folder: Path, *, run: int = 1, most_bytes: int = 10_000_000) -> "RecordedStory":
        segments = Segments(folder, "main", run, most_bytes=most_bytes, most_segments=50)
        self.folder = folder
        self.journal = ReplayJournal(segments, Metrics(), "main", run, clock=lambda: self.now)
        self.journal.snapshot(self.engine.snapshot())
        return self

    def _handle(self, event: Event) -> list[Command]:
        if not hasattr(self, "journal"):
            return super()._handle(event)
        view = self.engine.call(event.call) if isinstance(event, DigitPressed) else None
        block = (view.path[-1]["block"], view.path[-1]["type"]) if view is not None and view.path else None
        said = super()._handle(event)
        self.journal.note(Note(self.now, encode_event(event), list(said), None, block))
        return said

    def next_segment(self) -> None:
        """Begin a segment with a snapshot, an hour later."""
        self.advance(3600)
        asyncio.run(self.journal.flush())
        self.journal.snapshot(self.engine.snapshot())

    def finish(self) -> list[Path]:
        """Close the journal. Return all segments of the folder, oldest first."""
        asyncio.run(self.journal.close())
        return sorted(self.folder.glob("*.gz"))


def recorded(folder: Path, *, manual: bool = False) -> RecordedStory:
    """Return a story of one team that is recorded to `folder`."""
    return RecordedStory(manual=manual).record(folder)


def restarted(story: RecordedStory, folder: Path, *, run: int) -> RecordedStory:
    """Return the story with a restarted engine. Its state comes from a snapshot, and it has a journal of its own."""
    again = RecordedStory(engine=Engine.restore(story.engine.snapshot()), now=story.now)
    again.calls, again.people = story.calls, story.people
    for caller in again.calls.values():
        caller.story = again
    for person in again.people.values():
        person.story = again
    return again.record(folder, run=run)


def some_calls(story: Story, count: int, *, seed: int = 1) -> None:
    """Make calls: callers are answered, wait or give up, and agents miss offers."""
    draw = random.Random(seed)
    for _ in range(count):
        caller = story.calls_in()
        story.advance(draw.choice([0.5, 3.0, 12.0]))
        ringing = [person for person in story.people.values() if person.state == "Ringing"]
        for person in ringing:
            if draw.random() < 0.7 and person.state == "Ringing":
                person.answers()
            elif person.state == "Ringing":
                person.misses()
        story.advance(draw.choice([1.0, 40.0]))
        talker = story.people[caller.talks_to] if caller.talks_to is not None else None
        if talker is not None and talker.state == "OnCall" and draw.random() < 0.6:
            talker.hangs_up()
        caller.hangs_up()


def traffic(story: Story, calls: int, *, every: float = 20.0, talk: float = 70.0, seed: int = 4) -> None:
    """Make calls that overlap: Poisson arrivals, exponential talks, a mean patience of a minute, 3 s of ringing."""
    draw, number = random.Random(seed), count()
    agenda: list[tuple[float, int, Callable[[], None]]] = []
    at = story.now

    def plan(seconds: float, what: Callable[[], None]) -> None:
        heapq.heappush(agenda, (story.now + seconds, next(number), what))

    def enter() -> None:
        caller = story.calls_in()
        plan(draw.expovariate(1 / 60), lambda: None if caller.talks_to else caller.hangs_up())

    def answer(person: Person) -> None:
        if person.state == "Ringing":
            person.answers()
            plan(draw.expovariate(1 / talk), lambda: person.hangs_up() if person.state == "OnCall" else None)

    for _ in range(calls):
        at += draw.expovariate(1 / every)
        heapq.heappush(agenda, (at, next(number), enter))
    ringing: set[str] = set()
    while agenda:
        at, _, what = heapq.heappop(agenda)
        story.advance(max(0.0, at - story.now))
        what()
        for id, person in story.people.items():
            if person.state == "Ringing" and id not in ringing:
                plan(3.0, partial(answer, person))
        ringing = {id for id, person in story.people.items() if person.state == "Ringing"}
