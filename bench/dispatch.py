"""Dispatch latency: the time from an agent's hang-up to the next caller's INVITE at the agent's phone.

Both sides ring the same phones on the same Asterisk in one run. One side is Asterisk's own `Queue()` (`retry=1`,
`autofill=yes`), the other is our engine. Each side runs with callers that send RTP and with silent callers. Music is
on and recording is off.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

from rich.console import Console
from rich.table import Table

from bench.cpu import cpu_seconds
from bench.rig import NUMBER, QUEUE_NUMBER, Rig
from tests.support.servers import wait_until
from tests.support.sip.phones import AgentPhones, Caller, moment

console = Console(width=120)


@dataclass(frozen=True)
class Outcome:
    """One run. Latencies are in milliseconds, CPU is in seconds for each call."""

    side: str
    rtp: bool
    latencies: list[float]
    calls: int
    failed: int
    cpu: dict[str, float]

    def percentile(self, percent: int) -> float:
        return quantiles(self.latencies, n=100, method="inclusive")[percent - 1]

    @property
    def cpu_per_call(self) -> float:
        engine = self.cpu["engine"] if self.side == "Switchroom" else 0.0
        return (self.cpu["asterisk"] + engine) / self.calls


def _talk(agent: int) -> float:
    """Return the agent's talk time (s). Agents talk for different times, so that they hang up at any moment between two
    retries of Queue()."""
    return 0.8 + 0.137 * agent % 0.9


def latencies(phones: list[AgentPhones]) -> list[float]:
    """Return the milliseconds from each hang-up to the next INVITE at the same phone."""
    return [latency for phone in phones for latency in _latencies(phone)]


def _latencies(phones: AgentPhones) -> list[float]:
    events = sorted(
        (moment(w) * 1000, kind, w[0]) for kind in ("hangup", "invite") for w in phones.events(kind)
    )
    ended: dict[str, float] = {}
    found: list[float] = []
    for at, kind, phone in events:
        if kind == "hangup":
            ended[phone] = at
        elif phone in ended:
            found.append(at - ended.pop(phone))
    return found


def _callers(folder: Path, rig: Rig, number: str, waiting: int, calls: int, *, rtp: bool) -> Caller:
    at_once = waiting + len(rig.agents)
    audio = 8 if rtp else 0
    return Caller(
        folder, rig.asterisk, number, wait=120, calls=calls, rate=50, at_once=at_once, audio_seconds=audio
    )


def measure(rig: Rig, folder: Path, side: str, waiting: int, calls: int, *, rtp: bool) -> Outcome:
    """Measure `calls` calls on one side while `waiting` callers wait."""
    phones = [
        AgentPhones(folder / f"phone{i}", rig.asterisk, [agent.account], ring=0, talk=_talk(i))
        for i, agent in enumerate(rig.agents)
    ]
    for phone in phones:
        phone.start()
    number = QUEUE_NUMBER if side == "Queue()" else NUMBER
    rig.set_status("Available" if side == "Switchroom" else "Offline")
    before = {name: cpu_seconds(pid) for name, pid in rig.pids().items()}
    callers = _callers(folder / "callers", rig, number, waiting, calls, rtp=rtp)
    callers.start()
    expected = 30 + calls / len(rig.agents) * 4
    with console.status(f"{side}, {'RTP' if rtp else 'silent'} callers: {calls} calls"):
        result = callers.wait(expected)
    cpu = {name: cpu_seconds(pid) - before[name] for name, pid in rig.pids().items()}
    wait_until(lambda: not _channels(rig), "all channels gone", 30)
    for phone in phones:
        phone.stop()
    return Outcome(side, rtp, latencies(phones), result.successful, result.failed, cpu)


def _channels(rig: Rig) -> bool:
    return "0 active channels" not in rig.asterisk.cli("core show channels count")


def run(agents: int, waiting: int, calls: int) -> None:
    """Make four runs on one Asterisk and print the table."""
    with tempfile.TemporaryDirectory(prefix="switchroom-bench-") as name:
        folder = Path(name)
        rig = Rig(folder, agents)
        try:
            rig.start()
            outcomes = [
                measure(rig, folder / f"{side[0]}{rtp:d}", side, waiting, calls, rtp=rtp)
                for rtp in (False, True)
                for side in ("Queue()", "Switchroom")
            ]
        finally:
            rig.stop()
    show(outcomes, agents, waiting)


def show(outcomes: list[Outcome], agents: int, waiting: int) -> None:
    """Print each pair of runs and their ratios. The goals: p50 at most 1/20, p99 at most 1/10, CPU at most 2."""
    table = Table(
        title=f"Hang-up to next INVITE: {agents} agents, {waiting} callers waiting, music on, recording off"
    )
    for column in (
        "callers",
        "side",
        "calls",
        "failed",
        "p50 ms",
        "p90 ms",
        "p99 ms",
        "CPU ms/call",
        "Asterisk",
        "engine",
    ):
        table.add_column(column, justify="right")
    for peer, ours in zip(outcomes[::2], outcomes[1::2], strict=True):
        for outcome in (peer, ours):
            table.add_row(
                "RTP" if outcome.rtp else "silent", outcome.side, str(outcome.calls), str(outcome.failed),
                *(f"{outcome.percentile(p):.1f}" for p in (50, 90, 99)), f"{outcome.cpu_per_call * 1000:.1f}",
                f"{outcome.cpu['asterisk'] / outcome.calls * 1000:.1f}",
                f"{outcome.cpu['engine'] / outcome.calls * 1000:.1f}",
            )  # fmt: skip
        table.add_row(
            "", "ratio", "", "", *(f"1/{peer.percentile(p) / ours.percentile(p):.0f}" for p in (50, 90, 99)),
            f"{ours.cpu_per_call / peer.cpu_per_call:.2f}", "", "", end_section=True,
        )  # fmt: skip
    console.print(table)
