"""The whole product under load. The peer is a bare Dial.

SIPp calls a DID whose route leads to a queue. Agents answer, talk and hang up. Every call is recorded, logged and
uploaded. Then the same callers and phones are connected by `Dial` alone: this shows the limit of the machine.
"""

import re
import secrets
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from sqlalchemy import func
from sqlmodel import Session, col, select

from bench.cpu import cpu_seconds
from bench.rig import add_to_templates
from cli.run.asterisk_modules import MODULES
from models.call import CallLog, Recording
from models.number import DidNumber
from models.outbox import emit_command
from models.route import CallRoute
from switchroom.messages.commands import ReloadConfig
from tests.support.e2e.provision import TestAgent
from tests.support.e2e.system import System
from tests.support.servers import free_port, wait_until
from tests.support.sip.asterisk import AsteriskServer, new_asterisk
from tests.support.sip.phones import AgentPhones, Caller
from tests.support.sip.realtime import RealtimeServer
from tests.support.sip.sipp import Result

console = Console(width=120)
QUEUE_DID, ROUTE_DID, DIAL_NUMBER = "+14165550400", "+14165550401", "9901"
ALLOWED_SHORTFALL = 0.5
"""A recording may be this many seconds shorter than its talk."""
LONGEST_TAIL, LONGEST_REST = 180.0, 60.0
"""Seconds after which the benchmark stops waiting for calls to end, and for the next upload."""
_ERROR = re.compile(r'"level(?:name)?": ?"(?:ERROR|CRITICAL)"|\bERROR\[|Traceback')


@dataclass(frozen=True)
class Outcome:
    """The run of one side. Times are in seconds."""

    side: str
    result: Result
    took: float
    cpu: dict[str, float]


def _callers(folder: Path, server: AsteriskServer, number: str, rate: int, calls: int, talk: float) -> Caller:
    return Caller(
        folder, server, number, wait=120, calls=calls, rate=rate, at_once=rate * 60, audio_seconds=talk + 30
    )


def _drive(callers: Caller, calls: int, rate: int, label: str) -> tuple[Result, float]:
    """Run the callers until they end, and show the progress."""
    started = time.monotonic()
    callers.start()
    assert callers.process is not None
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task(label, total=calls)

        # SIPp writes its figures once a second. Reading them more often would only take CPU from the calls.
        deadline = started + calls / rate + LONGEST_TAIL
        while callers.process.poll() is None and time.monotonic() < deadline:
            progress.update(task, completed=callers.result(0).successful)
            with suppress(subprocess.TimeoutExpired):
                callers.process.wait(1)
    if callers.process.poll() is None:
        console.print(
            f"[red]{label}: some calls did not end within {LONGEST_TAIL:g} s after the last one began[/]"
        )
        callers.stop()
    return callers.result(callers.process.returncode), time.monotonic() - started


def _route_to(system: System, queue: str) -> None:
    """Make a route in front of the queue, and the DID that leads to the route."""

    def work(session: Session) -> None:
        blocks = {
            "open": {
                "type": "hours",
                "settings": {"timezone": "UTC", "weekly": {d: [["00:00", "24:00"]] for d in _DAYS}},
                "exits": {"open": "sales", "closed": "bye"},
            },
            "sales": {"type": "queue", "settings": {"queue": queue}, "exits": {}},
            "bye": {"type": "hangup", "settings": {}, "exits": {}},
        }
        route = CallRoute(team_id=system.team_id, name="Load", entry="open", blocks=blocks)
        session.add(route)
        session.flush()
        number = DidNumber(team_id=system.team_id, e164=ROUTE_DID, name="Load", route_id=route.id)
        session.add(number)
        session.flush()
        emit_command(session, ReloadConfig(kind="route", id=route.id))
        emit_command(session, ReloadConfig(kind="number", id=number.id))

    system.transaction(work)


_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def product(
    folder: Path, rate: int, calls: int, agents: int, talk: float
) -> tuple[Outcome, dict[str, Any], list[TestAgent]]:
    """Run the whole product. Return the outcome, the facts that were found afterwards, and the agents."""
    system = System(folder / "system")
    system.start()
    try:
        queue, made = system.provision(QUEUE_DID, agents, 1000, recording="all")
        _route_to(system, queue)
        phones = AgentPhones(folder / "phones", system.sip(), [a.account for a in made], ring=0, talk=talk)
        phones.start()
        system.set_status(made, "Available")
        wait_until(lambda: set(system.states(made)) == {"Available"}, "agents Available", 60)
        pids = {name: system.pid(name) for name in ("engine", "redis", "record-writer")}
        # Its program is the starter, or what asks for it.
        pids = {"asterisk": int((system.sip().instance.home / "run/asterisk.pid").read_text()), **pids}
        before = {name: cpu_seconds(pid) for name, pid in pids.items()}
        callers = _callers(folder / "callers", system.sip(), ROUTE_DID, rate, calls, talk)
        result, took = _drive(callers, calls, rate, "Switchroom")
        cpu = {name: cpu_seconds(pid) - before[name] for name, pid in pids.items()}
        facts = _facts(system, calls)
        phones.stop()
    finally:
        system.stop()
    facts["errors"] = [
        f"{name}: {line[:200]}"
        for name, text in system.logs().items()
        for line in text.splitlines()
        if _ERROR.search(line)
    ]
    return Outcome("Switchroom", result, took, cpu), facts, made


def _facts(system: System, calls: int) -> dict[str, Any]:
    """Wait until the recordings are uploaded. Return the figures of the call logs and the recordings."""

    def count(session: Session) -> tuple[int, int, int]:
        logs = session.exec(select(func.count()).where(CallLog.did == ROUTE_DID)).one()
        answered = session.exec(
            select(func.count()).where(CallLog.did == ROUTE_DID, CallLog.disposition == "answered")
        ).one()
        stored = session.exec(select(func.count()).where(Recording.state == "stored")).one()
        return logs, answered, stored

    started = time.monotonic()
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("uploads drain", total=calls)

        stored, last = 0, started
        while stored < calls and time.monotonic() - last < LONGEST_REST:
            time.sleep(1)
            _, _, now = system.transaction(count)
            progress.update(task, completed=now)
            if now > stored:
                stored, last = now, time.monotonic()
    if stored < calls:
        console.print(
            f"[red]{calls - stored} recordings are missing. None was uploaded in the last {LONGEST_REST:g} s[/]"
        )
    logs, answered, stored = system.transaction(count)

    def shortfalls(session: Session) -> list[float]:
        rows = session.exec(
            select(CallLog.talk, Recording.seconds)
            .join(Recording, col(Recording.call_id) == CallLog.id)
            .where(CallLog.did == ROUTE_DID)
        ).all()
        return sorted(talked - (seconds or 0.0) for talked, seconds in rows)

    def entered(session: Session) -> tuple[float, float]:
        rows = session.exec(select(CallLog.started_at, CallLog.wait).where(CallLog.did == ROUTE_DID)).all()
        times = sorted(started.timestamp() for started, _ in rows)
        waits = sorted(wait for _, wait in rows)
        return len(times) / (times[-1] - times[0]), waits[len(waits) // 2]

    rate, wait = system.transaction(entered)
    return {
        "rate": rate,
        "wait": wait,
        "logs": logs, "answered": answered, "stored": stored, "shortfalls": system.transaction(shortfalls),
        "drain": time.monotonic() - started,
    }  # fmt: skip


def bare_dial(folder: Path, rate: int, calls: int, agents: list[TestAgent], talk: float) -> Outcome:
    """Run the same callers and phones over an Asterisk that only runs Dial."""
    accounts = [agent.account for agent in agents]
    realtime = RealtimeServer(free_port(), accounts, "a", secrets.token_hex(12))
    server = new_asterisk(
        folder / "asterisk",
        api_url=realtime.url,
        node_secret=realtime.password,
        modules=(*MODULES, "func_rand"),
        rtp_ports=2400,
    )
    first, team = int(accounts[0].extension), accounts[0].team
    add_to_templates(server, {
        "extensions.conf": f"\n[inbound](+)\nexten => {DIAL_NUMBER},1,"
        f"Dial(PJSIP/e${{RAND({first},{first + len(accounts) - 1})}}t{team},20)\n"
    })  # fmt: skip
    realtime.start()
    server.start()
    try:
        phones = AgentPhones(folder / "phones", server, accounts, ring=0, talk=talk)
        phones.start()
        assert server.process.process is not None
        pid = server.process.process.pid
        before = cpu_seconds(pid)
        callers = _callers(folder / "callers", server, DIAL_NUMBER, rate, calls, talk)
        result, took = _drive(callers, calls, rate, "bare Dial")
        cpu = {"asterisk": cpu_seconds(pid) - before}
        phones.stop()
    finally:
        server.stop()
        realtime.stop()
    return Outcome("bare Dial", result, took, cpu)


def _shortfall(sorted_: list[float]) -> Table:
    """Return a table of how many seconds each recording is shorter than its talk."""
    table = Table(
        title=f"Talk less recording, {len(sorted_)} recordings (goal: none over {ALLOWED_SHORTFALL:g} s)"
    )
    for column in ("p50 s", "p90 s", "p99 s", "worst s", f"over {ALLOWED_SHORTFALL:g} s"):
        table.add_column(column, justify="right")
    if sorted_:
        places = (len(sorted_) * percent // 100 for percent in (50, 90, 99))
        over = sum(shortfall > ALLOWED_SHORTFALL for shortfall in sorted_)
        table.add_row(*(f"{sorted_[at]:.2f}" for at in places), f"{sorted_[-1]:.2f}", str(over))
    return table


def run(rate: int, seconds: int, agents: int, talk: float) -> None:
    """Run both sides and print the table."""
    calls = rate * seconds
    with tempfile.TemporaryDirectory(prefix="switchroom-load-") as name:
        ours, facts, made = product(Path(name), rate, calls, agents, talk)
        bare = bare_dial(Path(name) / "bare", rate, calls, made, talk)
    table = Table(
        title=f"{rate} calls a second for {seconds} s, {talk:g} s of talk, {agents} agents, RTP both ways"
    )
    for column in ("side", "calls", "answered and ended well", "failed", "took s", "CPU s by program"):
        table.add_column(column, justify="right")
    for outcome in (ours, bare):
        cpu = ", ".join(f"{name} {used:.1f}" for name, used in outcome.cpu.items())
        table.add_row(
            outcome.side,
            str(calls),
            str(outcome.result.successful),
            str(outcome.result.failed),
            f"{outcome.took:.1f}",
            cpu,
        )
    console.print(table)
    console.print(
        f"Entered: {facts['rate']:.1f} calls a second. Median wait in the queue: {facts['wait']:.1f} s."
    )
    console.print(
        f"Call logs: {facts['logs']} ({facts['answered']} answered). Recordings on S3: {facts['stored']}; "
        f"drained {facts['drain']:.0f} s after the last call."
    )
    console.print(_shortfall(facts["shortfalls"]))
    console.print(f"Errors in any log: {len(facts['errors'])}")
    for line in facts["errors"][:10]:
        console.print(f"  {line}", highlight=False)
