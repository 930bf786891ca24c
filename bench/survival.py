"""A trial, not a measurement: the engine is killed every 20 seconds while people call, hold, send on, park and join.

Callers come at a steady rate, wait for an agent, talk for a while and hang up. Meanwhile the team's admin does things
with the talks through the REST api. Nobody else hangs up, so a caller who hears a BYE was cut off. In the end the
engine's records must have each call once, and nobody may have met the fallback of an Asterisk without an engine.
"""

import json
import random
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import typer
from rich.console import Console
from rich.table import Table

from bench.control import ControlRig
from bench.rig import NUMBER
from switchroom.ids import public_id
from switchroom.messages.records import CallEntry, parse_entry
from switchroom.redis_keys import Keys
from tests.support.servers import wait_until
from tests.support.sip.phones import AgentPhones, Caller
from tests.support.sip.sipp import Result

console = Console(width=120)
KILL_EVERY = 20.0
TALK = 10.0
ACTS = 2.0
"""Things that are done with talks, a second."""
PREFERRED = 0.5
"""How often a call is chosen in which someone who was consulted has answered, if there is one. Callers soon hang up."""
SPARE = 1.5
"""Agents for each caller who talks: consultations and transfers need others."""


@dataclass
class Crowd:
    """The person who does things with the talks until `stop` is set."""

    rig: ControlRig
    seed: int
    stop: threading.Event = field(default_factory=threading.Event)
    done: Counter[str] = field(default_factory=Counter)
    """What was asked for, by its name and the status of the answer."""

    def run(self) -> None:
        luck = random.Random(self.seed)
        while not self.stop.wait(1 / ACTS):
            try:
                self._act(luck)
            except httpx.HTTPError:
                self.done["no answer"] += 1

    def live(self) -> list[dict[str, Any]]:
        return [json.loads(text) for text in self.rig.redis.hvals(Keys("main").live("call"))]

    def end(self, calls: list[dict[str, Any]]) -> None:
        """Hang up. Two agents of whom one consulted the other talk on when the caller is gone, and never hang up."""
        for call in calls:
            self.rig.admin.post(f"/call/{public_id(call['call'])}/hangup")

    def _act(self, luck: random.Random) -> None:
        calls = self.live()
        self.end([call for call in calls if call["direction"] != "inbound" and not call["consult_of"]])
        states = {call["call"]: call["state"] for call in calls}
        calls = [call for call in calls if call["direction"] == "inbound"]
        consulted = [call for call in calls if _stands(call, states) == "consulted"]
        calls = consulted if consulted and luck.random() < PREFERRED else calls
        if not calls:
            return
        call = luck.choice(calls)
        agent = public_id(luck.choice(self.rig.agents).id)
        acts: dict[str, list[tuple[str, dict[str, Any]]]] = {
            "talking": [
                ("hold", {}), ("transfer", {"agent": agent}), ("park", {}), ("consult", {"agent": agent}),
                ("consult", {"agent": agent}), ("mute", {}), ("dtmf", {"digits": "12"}),
            ],
            "held": [("unhold", {})],
            "consulted": [("join-consult", {}), ("complete-consult", {}), ("end-consult", {})],
            "parked": [("transfer", {"agent": agent})],
        }  # fmt: skip
        stands = _stands(call, states)
        if stands not in acts:
            return
        action, body = luck.choice(acts[stands])
        answer = self.rig.admin.post(f"/call/{public_id(call['call'])}/{action}", json=body)
        self.done[f"{action} {answer.status_code}"] += 1


def _stands(call: dict[str, Any], states: dict[str, str]) -> str:
    """Return the state of the call. A held one is `consulted` when who is consulted has answered, `asked` before."""
    if call["consult"] is None:
        return str(call["state"])
    return "consulted" if states.get(call["consult"]) in ("talking", "connected") else "asked"


@dataclass
class Outcome:
    calls: int
    callers: Result
    refused: int
    """Calls that the node refused because it was full: their callers got a 503, and no one was cut off."""
    kills: int
    records: Counter[str]
    """The id of each inbound call in the engine's records, with how often it is there."""
    fallbacks: int
    acts: Counter[str]

    @property
    def failures(self) -> list[str]:
        """Say what went wrong; nothing should."""
        found = {
            "callers were cut off or not served": self.callers.failed,
            "calls are not in the records": max(0, self.calls - self.refused - len(self.records)),
            "records are of no caller": max(0, len(self.records) - self.calls),
            "calls are in the records more than once": sum(times > 1 for times in self.records.values()),
            "callers met the fallback": self.fallbacks,
        }
        return [f"{count} {what}" for what, count in found.items() if count]


def play(folder: Path, seconds: float, rate: float, seed: int) -> Outcome:
    """Run the trial in a folder of its own."""
    calls = round(seconds * rate)
    rig = ControlRig(folder, max(4, round(rate * TALK * SPARE)))
    crowd = Crowd(rig, seed)
    worker = threading.Thread(target=crowd.run)
    phones = caller = None
    try:
        rig.start()
        phones = AgentPhones(
            folder / "phones", rig.asterisk, [agent.account for agent in rig.agents], ring=0.2
        )
        phones.start()
        rig.set_status("Available")
        caller = Caller(
            folder / "callers", rig.asterisk, NUMBER, calls=calls, rate=rate, hang_up=TALK, answer=60,
            audio_seconds=TALK, may_be_refused=True,
        )  # fmt: skip
        caller.start()
        worker.start()
        kills = _kill(rig, time.monotonic() + seconds)
        callers = caller.wait(seconds + 120)
        crowd.stop.set()
        worker.join(20)
        crowd.end([call for call in crowd.live() if call["direction"] != "inbound"])
        wait_until(lambda: not crowd.live(), "the end of every call", 120)
        refused = len(caller.messages("refused"))
        return Outcome(calls, callers, refused, kills, _records(rig), _fallbacks(rig), crowd.done)
    finally:
        crowd.stop.set()
        for it in (caller, phones):
            if it is not None:
                it.stop()
        rig.stop()


def _kill(rig: ControlRig, until: float) -> int:
    kills = 0
    while time.monotonic() + KILL_EVERY <= until:
        time.sleep(KILL_EVERY)
        rig.kill_engine()
        rig.start_engine()
        kills += 1
    time.sleep(max(0.0, until - time.monotonic()))
    return kills


def _records(rig: ControlRig) -> Counter[str]:
    entries: Any = rig.redis.xrange(Keys("main").records)
    found = [parse_entry(fields["body"]) for _, fields in entries]
    calls = [entry.record for entry in found if isinstance(entry, CallEntry)]
    return Counter(call.id for call in calls if call.direction == "inbound")


def _fallbacks(rig: ControlRig) -> int:
    return len(list((rig.asterisk.spool / "fallback").glob("*.wav")))


def run(minutes: float, rate: float, seed: int) -> None:
    """Run the trial and print what was done, and what went wrong. Exit with 1 if anything did."""
    with tempfile.TemporaryDirectory(prefix="switchroom-bench-") as name:
        outcome = play(Path(name), minutes * 60, rate, seed)
    table = Table(
        title=f"{outcome.calls} calls, {rate:g} a second; the engine was killed {outcome.kills} times"
    )
    table.add_column("asked for, and the answer")
    table.add_column("times", justify="right")
    for what, times in sorted(outcome.acts.items()):
        table.add_row(what, str(times))
    console.print(table)
    served = outcome.callers.successful - outcome.refused
    console.print(f"callers served to the end: {served} of {outcome.calls}; refused: {outcome.refused}")
    for failure in outcome.failures:
        console.print(f"[red]{failure}")
    if outcome.failures:
        console.print(outcome.callers.errors[-2000:])
        raise typer.Exit(1)
    console.print("nobody was cut off, and each call that was served is in the records once")
