"""The script of the demo call.

The agent's phone registers and the agent becomes available. The caller dials, presses a key, waits and talks.
At the end the log, the recording and the transcript are shown.
"""

import json
import secrets
import tempfile
from contextlib import ExitStack
from pathlib import Path
from time import monotonic
from typing import Any

from redis.exceptions import RedisError
from rich.console import Console
from rich.text import Text

from cli.api_client import JSON, ApiClient
from cli.demo import aftermath
from cli.demo.audio import AGENT_SAYS, KEYS, listens_then_presses_then_talks, speech, write_capture
from cli.demo.follow import STATES, Watcher
from cli.demo.phones import SipPhone, free_port, require_sipp
from cli.errors import RunError
from cli.run.demo_team import facts_path
from switchroom.settings import Settings, get_settings

RING_MS = 2000
LISTEN = 2.5
LONGEST_CALL = 150.0


class Narrator:
    """Prints each step with the seconds since the start."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._started = monotonic()

    def tell(self, who: str, what: str) -> None:
        line = Text(f"{monotonic() - self._started:7.2f} s  ", style="dim")
        line.append(f"{who:<10}", style="cyan")
        line.append(what, style="default")
        self._console.print(line)


def demo_call(console: Console, *, digit: str, seconds: int) -> int:
    """Make the call. Returns the exit code: 1 if a step failed; the reason is printed."""
    narrator = Narrator(console)
    try:
        settings = get_settings()
        require_sipp()
        if digit not in KEYS or len(digit) != 1:
            raise RunError(f"{digit!r} is not a key of a telephone", f"choose one of {KEYS}")
        facts = _facts(settings)
        log = _call(settings, facts, narrator, digit=digit, seconds=seconds)
        aftermath.show(console, log)
        aftermath.require_good(log, facts["agents"][0]["agent"], seconds)
    except (RunError, RedisError) as error:
        words = f"Redis is away ({error})" if isinstance(error, RedisError) else error
        console.print(f"\n[bold red]The demo call failed[/]: {words}", highlight=False)
        return 1
    console.print("\n[bold green]The demo call went well.[/]")
    return 0


def _facts(settings: Settings) -> JSON:
    path = facts_path(settings)
    if not path.exists():
        raise RunError(
            f"{path} is not there", "start `make run` in another terminal, or wait until it shows its card"
        )
    facts: JSON = json.loads(path.read_text())
    return facts


def _call(settings: Settings, facts: JSON, narrator: Narrator, *, digit: str, seconds: int) -> dict[str, Any]:
    agent, number = facts["agents"][0], facts["numbers"][0]["e164"]
    base = facts["api_base"].removesuffix("/v1")
    admin = ApiClient(base).signed_in(facts["admin"]["email"], facts["admin"]["password"], facts["client"])
    own = ApiClient(base).signed_in(agent["email"], agent["password"], facts["client"])
    caller = f"+1647555{secrets.randbelow(9000) + 1000}"
    watcher = Watcher(settings, admin, facts["team"], caller)
    with ExitStack() as ending:
        folder = Path(ending.enter_context(tempfile.TemporaryDirectory(prefix="switchroom-demo-")))
        narrator.tell("agent", f"signs in to the REST API as {agent['email']}")
        _agent_ready(facts, agent, own, watcher, narrator, ending, folder, seconds)
        target = f"127.0.0.1:{facts['sip']['port']}"
        values: dict[str, object] = {
            "number": number,
            "caller": caller,
            "listen_ms": int(LISTEN * 1000),
            "audio": write_capture(
                listens_then_presses_then_talks(digit, LISTEN, seconds + 60), folder / "caller.pcap"
            ),
        }
        phone = SipPhone(folder, "caller", target, values, port=free_port())
        ending.callback(phone.stop)
        narrator.tell("caller", f"{caller} dials {number}")
        phone.wait_for("connected", 20)
        narrator.tell("caller", "is answered")
        _follow(watcher, phone, narrator, digit)
        phone.wait(30)
    return aftermath.wait_for_log(watcher, admin, caller, narrator.tell)


def _agent_ready(
    facts: JSON,
    agent: JSON,
    own: ApiClient,
    watcher: Watcher,
    narrator: Narrator,
    ending: ExitStack,
    folder: Path,
    seconds: int,
) -> None:
    """Register the agent's phone and make the agent available. Closing `ending` undoes both."""
    target, port = f"127.0.0.1:{facts['sip']['port']}", free_port()
    account = {"user": agent["sip_username"], "password": agent["sip_password"]}
    SipPhone(folder, "register", target, {**account, "expires": 300}, port=port).wait(20)
    ending.callback(
        lambda: SipPhone(folder, "register", target, {**account, "expires": 0}, port=port).wait(20)
    )
    narrator.tell("agent", f"phone {agent['sip_username']} (extension {agent['extension']}) is registered")
    audio = write_capture(speech(AGENT_SAYS, seconds + 10), folder / "agent.pcap")
    values: dict[str, object] = {"ring_ms": RING_MS, "talk_ms": seconds * 1000, "audio": audio}
    phone = SipPhone(folder, "agent", target, values, port=port, once=False)
    ending.callback(phone.stop)
    path = f"/v1/CCAgentConfig/{agent['agent']}"
    own.post(f"{path}/setstatus", {"status": "Available"})
    ending.callback(lambda: own.post(f"{path}/setstatus", {"status": "Offline"}))

    def available() -> bool | None:
        return own.get(f"{path}/live")["state"] == "Available" or None

    watcher.until("the agent is Available in the engine", available, 20)
    narrator.tell("agent", "is Available")


def _follow(watcher: Watcher, caller: SipPhone, narrator: Narrator, digit: str) -> None:
    """Print each state of the call until it ended. Raises `RunError` if caller and agent never talked."""
    seen: list[str] = []
    deadline = monotonic() + LONGEST_CALL
    pressed = False

    def news() -> str | None:
        nonlocal pressed
        if not pressed and caller.said("pressed"):
            pressed = True
            narrator.tell("caller", f"presses {digit}")
        return watcher.new_state()

    while not seen or seen[-1] != "ended":
        state = watcher.until("the call's next state", news, deadline - monotonic())
        if state == "offering":
            narrator.tell("agent", "phone rings")
        if state in STATES:
            narrator.tell("call", STATES[state])
        seen.append(state)
    narrator.tell("call", "has ended")
    if "talking" not in seen:
        raise RunError(
            f"caller and agent never talked (the call was: {', '.join(seen)})", "read var/log/engine.log"
        )
