"""How many calls a second one machine carries: our engine beside Asterisk's own Queue() and beside a bare Dial.

All three sides run on one Asterisk with the same phones, the same music and the same recording (MixMonitor of both
sides of the talk). The rate is raised until a side fails for the first time. A step is long, because what is more than
the machine carries piles up for a while before callers wait too long: in 15 s Queue() passed at a third more. Then our
engine gets twice its own capacity for two minutes. The workers do not run here: `make bench ARGS=load` measures the
whole product.
"""

import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from bench.cpu import cpu_seconds
from bench.rig import NUMBER, RECORDED_DIAL_NUMBER, RECORDED_QUEUE_NUMBER, Rig
from switchroom.audio.wav import AudioError, read_wav
from tests.support.servers import wait_until
from tests.support.sip.phones import AgentPhones, Caller, moment

console = Console(width=120)
OURS, QUEUE, DIAL = "Switchroom", "Queue()", "Dial"
NUMBERS = {OURS: NUMBER, QUEUE: RECORDED_QUEUE_NUMBER, DIAL: RECORDED_DIAL_NUMBER}
TALK = 5.0
LONGEST_WAIT = 2.0
"""A rate is too high if a tenth of the callers wait longer than this for an agent, though agents are free."""
ALLOWED_SHORTFALL = 0.5
"""A recording may be this much shorter than the talk (s)."""
GROWTH = 1.1
"""From one rate to the next."""
TRIES = 2
"""A side has failed at a rate when it failed so often: another program may have had the machine for a moment."""
PATIENCE = 90.0
"""Seconds until a caller who waits hangs up."""
REGISTRATION_EVERY = 2.0
SPARE = 10
"""Phones that take no calls, and register again and again."""


@dataclass
class Step:
    """One side at one rate. Times are in seconds."""

    side: str
    rate: float
    calls: int
    served: int
    refused: int
    lost: int
    """Neither served nor refused."""
    waits: list[float]
    """From the call to the agent's answer, sorted. Calls are taken to be answered in the order in which they came."""
    recordings: list[float]
    """The lengths of the recordings, sorted."""
    took: float
    cpu: dict[str, float]
    registrations: tuple[int, int] = (0, 0)
    """Phones that registered again during the run, and those that could not."""
    why: list[str] = field(init=False)
    """What failed."""

    def __post_init__(self) -> None:
        self.why = list(self._failures())

    def _failures(self) -> Iterator[str]:
        if self.lost:
            yield f"{self.lost} calls lost"
        if self.refused:
            yield f"{self.refused} refused"
        if self.wait(90) > LONGEST_WAIT:
            yield f"p90 of the wait {self.wait(90):.1f} s"
        if self.short:
            yield f"{self.short} recordings short or missing"

    @property
    def short(self) -> int:
        """Recordings that are too short or missing."""
        whole = sum(seconds >= TALK - ALLOWED_SHORTFALL for seconds in self.recordings)
        return self.served - whole

    def wait(self, percent: int) -> float:
        return self.waits[min(len(self.waits) * percent // 100, len(self.waits) - 1)] if self.waits else 0.0

    @property
    def cpu_per_call(self) -> float:
        """Return the CPU of Asterisk and, on our side, of the engine (ms)."""
        return (self.cpu["asterisk"] + (self.cpu["engine"] if self.side == OURS else 0)) / self.calls * 1000


class Capacity:
    """The phones are registered once, and take every side's calls."""

    def __init__(self, folder: Path, agents: int) -> None:
        self.folder = folder
        self.rig = Rig(folder, agents + SPARE, spare=SPARE, recording="all", rtp_ports=6000)
        """The agents, and phones that only register again and again."""
        self._serial = 0
        accounts = [agent.account for agent in self.rig.agents]
        self._phones = AgentPhones(folder / "phones", self.rig.asterisk, accounts[:agents], ring=0, talk=TALK)
        self._spare = AgentPhones(folder / "spare", self.rig.asterisk, accounts[agents:])

    def start(self) -> None:
        self.rig.start()
        self._phones.start()

    def stop(self) -> None:
        self._phones.stop()
        self.rig.stop()

    def send_home(self) -> None:
        """Unregister all phones, so that callers of both sides wait."""
        self.rig.set_status("Offline")
        self._phones.stop()

    def ready(self, side: str) -> None:
        self.rig.set_status("Available" if side == OURS else "Offline")

    def step(self, side: str, rate: float, seconds: float, *, register: bool = False) -> Step:
        """Send calls at `rate` for `seconds`, then wait until the last one is over."""
        calls = round(rate * seconds)
        spool = self.rig.asterisk.spool / "recordings"
        for old in spool.glob("*.wav"):
            old.unlink()
        answered = len(self._phones.events("answered"))
        before = self._cpu()
        callers = self._callers(NUMBERS[side], rate, calls)
        registered = (0, 0)
        began = time.time()
        callers.start()
        if register:
            registered = self._register_until(callers)
        callers.wait(seconds + PATIENCE + 60)
        took = time.time() - began
        cpu = {name: used - before[name] for name, used in self._cpu().items()}
        wait_until(self._quiet, "end of all channels", 60)
        answers = self._phones.events("answered")[answered:]
        times = sorted(moment(words) for words in answers)
        refused = {int(words[0]) for words in callers.messages("refused")}
        starts = [began + place / rate for place in range(calls) if place + 1 not in refused]
        waits = sorted(max(0.0, at - start) for start, at in zip(starts, times, strict=False))
        served = len(times)
        lost = max(0, calls - served - len(refused))
        recordings = _lengths(spool)
        return Step(
            side, rate, calls, served, len(refused), lost, waits, recordings, took, cpu, registered
        )  # fmt: skip

    def waiting(self, side: str, callers: int, seconds: float) -> float:
        """Return the CPU that a caller costs who waits with music and RTP, in ms a second. No agent is free."""
        self.rig.set_status("Offline")
        patience = callers / 20 + seconds + 10
        crowd = self._callers(NUMBERS[side], 20, callers, patience=patience)
        crowd.start()
        time.sleep(callers / 20 + 3)
        before, began = self._cpu(), time.monotonic()
        time.sleep(seconds)
        used = {name: seconds_ - before[name] for name, seconds_ in self._cpu().items()}
        cost = used["asterisk"] + (used["engine"] if side == OURS else 0)
        cost = cost / (time.monotonic() - began) / callers * 1000
        crowd.stop()
        self.rig.asterisk.cli("channel request hangup all")
        wait_until(self._quiet, "end of all channels", 60)
        return cost

    def _callers(self, number: str, rate: float, calls: int, patience: float = PATIENCE) -> Caller:
        self._serial += 1
        return Caller(
            self.folder / f"callers-{self._serial}", self.rig.asterisk, number,
            wait=patience, calls=calls, rate=rate, audio_seconds=patience, may_be_refused=True,
        )  # fmt: skip

    def _register_until(self, callers: Caller) -> tuple[int, int]:
        """Register the spare phones again and again while the calls run. Return how many could and could not."""
        good = bad = 0
        assert callers.process is not None
        while callers.process.poll() is None:
            time.sleep(REGISTRATION_EVERY)
            result = self._spare.register()
            good, bad = good + result.successful, bad + result.failed
        return good, bad

    def _cpu(self) -> dict[str, float]:
        return {name: cpu_seconds(pid) for name, pid in self.rig.pids().items()}

    def _quiet(self) -> bool:
        return "0 active channels" in self.rig.asterisk.cli("core show channels count")


def _lengths(spool: Path) -> list[float]:
    """Return the length of each talk's recording: of the shorter of its two files."""
    found: dict[str, float] = {}
    for path in spool.glob("*.wav"):
        try:
            seconds = read_wav(path).seconds
        except AudioError:
            seconds = 0.0
        base = path.name.split(".agent")[0].split(".caller")[0]
        found[base] = min(found.get(base, seconds), seconds)
    return sorted(found.values())


def ramp(capacity: Capacity, first: float, seconds: float) -> tuple[dict[str, list[Step]], dict[str, float]]:
    """Raise the rate until every side has failed. Return all steps, and each side's capacity: the last rate that it
    carried."""
    steps: dict[str, list[Step]] = {side: [] for side in NUMBERS}
    carried = dict.fromkeys(NUMBERS, 0.0)
    running, rate = set(NUMBERS), first
    while running:
        for side in NUMBERS:
            if side not in running:
                continue
            capacity.ready(side)
            for _ in range(TRIES):
                step = capacity.step(side, rate, seconds)
                _tell(step)
                if not step.why:
                    break
            steps[side].append(step)
            if step.why:
                running.discard(side)
            else:
                carried[side] = rate
        rate *= GROWTH
    return steps, carried


def _tell(step: Step) -> None:
    console.print(
        f"{step.side:>10} {step.rate:5.1f}/s: {step.served}/{step.calls} served, waits p50 {step.wait(50):.2f} "
        f"p90 {step.wait(90):.2f} s, {step.cpu_per_call:.0f} ms of CPU a call"
        f"{'  [red]' + ', '.join(step.why) + '[/]' if step.why else ''}",
        highlight=False,
    )


def run(agents: int, first: float, seconds: float, hold: float, waiting: int) -> int:
    """Make all runs and print the table. Return 1 if a goal is missed."""
    with tempfile.TemporaryDirectory(prefix="switchroom-capacity-") as name:
        capacity = Capacity(Path(name), agents)
        try:
            capacity.start()
            steps, carried = ramp(capacity, first, seconds)
            capacity.ready(OURS)
            held = capacity.step(OURS, 2 * carried[OURS], hold, register=True)
            capacity.send_home()
            rounds = [
                (side, capacity.waiting(side, waiting, 10))
                for side in track(
                    (QUEUE, OURS, OURS, QUEUE), "callers who wait", console=console, transient=True
                )
            ]
        finally:
            capacity.stop()
    costs = {side: sum(cost for at, cost in rounds if at == side) / 2 for side in (OURS, QUEUE)}
    return show(steps, carried, held, costs, hold)


def show(
    steps: dict[str, list[Step]], carried: dict[str, float], held: Step, costs: dict[str, float], hold: float
) -> int:
    """Print the tables. Return 1 if a goal is missed."""
    table = Table(
        title=f"Calls a second that one machine carries, {TALK:g} s of talk, recorded, RTP both ways"
    )
    for column in (
        "side",
        "carried /s",
        "first failure at",
        "why",
        "CPU ms a call",
        "a waiting caller, CPU ms/s",
    ):
        table.add_column(column, justify="right")
    for side, made in steps.items():
        whole = [step for step in made if not step.why]
        cost = f"{sum(s.cpu_per_call for s in whole) / len(whole):.0f}" if whole else "-"
        waiting = f"{costs[side]:.1f}" if side in costs else "-"
        last = made[-1]
        table.add_row(side, f"{carried[side]:.1f}", f"{last.rate:.1f}", "; ".join(last.why), cost, waiting)
    console.print(table)
    goal = 0.9 * carried[OURS] * hold
    good, bad = held.registrations
    checks = {
        f"capacity at least 0.9 of Queue()'s: {carried[OURS] / max(carried[QUEUE], 0.1):.2f}": (
            carried[OURS] >= 0.9 * carried[QUEUE] > 0
        ),
        f"a waiting caller at most 1.2 of Queue()'s CPU: {costs[OURS] / costs[QUEUE]:.2f}": (
            costs[OURS] <= 1.2 * costs[QUEUE]
        ),
        f"twice the capacity ({held.rate:.1f}/s for {hold:g} s): at least {goal:.0f} of {held.calls} calls served: "
        f"{held.served} ({held.refused} refused; waits p50 {held.wait(50):.1f}, p90 {held.wait(90):.1f} s)": (
            held.served >= goal > 0
        ),
        f"no call lost: {held.lost}": not held.lost,
        f"no recording short or missing: {held.short}": not held.short,
        f"no registration failed: {bad} of {good + bad}": good > 0 and not bad,
    }
    for text, holds in checks.items():
        console.print(
            f"[{'green' if holds else 'red'}]{'holds' if holds else 'MISSED'}[/]  {text}", highlight=False
        )
    return 0 if all(checks.values()) else 1
