"""A day that is played again: to an engine that gets the recorded events, to one that is restored at noon, and to
another process.

`python -m tests.support.routing.day_replay SEED CALLS` prints a digest of all events and commands.
"""

import json
import random
import sys
from collections import Counter
from dataclasses import dataclass, field
from hashlib import blake2b
from time import thread_time

from routing import commands as c
from routing import events as e
from routing.engine import Engine
from routing.persistence.codec import decode_event, encode_command, encode_event
from tests.support.routing.day import MIDNIGHT, Center

NOON = MIDNIGHT + 12 * 3600.0


def text_of(commands: list[c.Command]) -> str:
    return json.dumps([encode_command(command) for command in commands])


@dataclass
class Replay:
    """Get a day's events as they are recorded. Compare the commands of two other engines with those of the first
    one."""

    seed: int
    every: int = 1
    """One event in this number is compared byte for byte. The commands of the others are compared as values."""
    second: Engine = field(init=False)
    restored: Engine | None = None
    events: int = 0
    seconds: float = 0.0
    """The CPU time of the second engine."""
    said: Counter[str] = field(default_factory=Counter)
    dispositions: Counter[str] = field(default_factory=Counter)
    strategies: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.second = Engine(random.Random(self.seed))

    def __call__(self, event: e.Event, now: float, said: list[c.Command]) -> None:
        recorded = json.dumps(encode_event(event))
        told = decode_event(json.loads(recorded))
        if self.restored is None and now >= NOON:
            image = json.dumps(self.second.snapshot(), sort_keys=True)
            self.restored = Engine.restore(json.loads(image))
        began = thread_time()
        again = self.second.handle(told, now)
        self.seconds += thread_time() - began
        others = [again] if self.restored is None else [again, self.restored.handle(told, now)]
        for other in others:
            assert other == said, f"event {self.events}: {recorded}"
        if self.events % self.every == 0:
            text = text_of(said)
            assert all(text_of(other) == text for other in others), f"event {self.events}: {recorded}"
        self.events += 1
        self._count(said)

    def _count(self, said: list[c.Command]) -> None:
        for command in said:
            self.said[type(command).__name__] += 1
            if isinstance(command, c.LogCall):
                self.dispositions[command.record["disposition"]] += 1
                self.strategies.update(decision["strategy"] for decision in command.record["decisions"])


def replay_day(seed: int, calls: int, every: int = 1) -> Replay:
    """Replay a day. `every` is that of `Replay`. Raise `AssertionError` at the first difference."""
    replay = Replay(seed, every)
    center = Center(seed, calls, replay)
    center.run()
    assert replay.restored is not None
    ends = [json.dumps(engine.snapshot()) for engine in (center.engine, replay.second, replay.restored)]
    assert json.loads(ends[0]) == json.loads(ends[1]) == json.loads(ends[2])
    return replay


def digest_of_day(seed: int, calls: int) -> str:
    digest = blake2b(digest_size=16)

    def listen(event: e.Event, now: float, said: list[c.Command]) -> None:
        digest.update(json.dumps([encode_event(event), now]).encode())
        digest.update(text_of(said).encode())

    Center(seed, calls, listen).run()
    return digest.hexdigest()


if __name__ == "__main__":
    print(digest_of_day(int(sys.argv[1]), int(sys.argv[2])))
