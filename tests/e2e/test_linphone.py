"""Calls with Linphone's console client, a phone that this project did not write, on a real Asterisk."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.e2e.test_softphones import AGENT, AUTO, CALLER, OTHER, TALK, share
from tests.support.e2e.provision import TestAgent
from tests.support.e2e.scenes import Scene
from tests.support.e2e.two_nodes import TwoNodes
from tests.support.servers import wait_until
from tests.support.sip.linphone import Linphone

pytestmark = [pytest.mark.pbx, pytest.mark.e2e, pytest.mark.timeout(400)]


@pytest.fixture
def s(two_nodes: TwoNodes, tmp_path: Path) -> Iterator[Scene]:
    with ExitStack() as stack:
        yield Scene(two_nodes, tmp_path, stack)


@pytest.fixture
def linphone(s: Scene) -> Iterator["Phones"]:
    with ExitStack() as stack:
        yield Phones(s, stack)


class Phones:
    """Starts Linphones."""

    def __init__(self, scene: Scene, stack: ExitStack) -> None:
        self.scene, self.stack = scene, stack

    def of(self, agent: TestAgent, *, available: bool = True) -> Linphone:
        """Start the agent's Linphone."""
        folder = self.scene.folder / f"linphone-{agent.account.extension}"
        phone = Linphone(folder, self.scene.system.sip(), agent.account, voice=AGENT)
        self.stack.enter_context(phone)
        wait_until(lambda: bool(self.scene.system.live("agent", agent.id).get("registered")), "registered")
        if available:
            self.scene.available([agent])
        return phone


def test_it_answers_holds_and_passes_a_caller_on(s: Scene, linphone: Phones) -> None:
    queue, other = s.queue(1), s.queue(1)
    phone = linphone.of(queue.agents[0])
    target = s.softphone(other.agents[0], voice=OTHER, parameters=AUTO)
    caller = s.softphone(voice=CALLER)
    caller.dial(queue.did)
    phone.until("contacting you|Incoming|incoming")
    phone.command("answer")
    s.until_states(queue.agents, "OnCall")
    time.sleep(TALK)
    phone.command("pause")
    time.sleep(TALK)
    phone.command("resume")
    time.sleep(TALK)
    assert s.system.states(queue.agents) == ["OnCall"]
    phone.transfer(other.agents[0].account.extension)
    target.wait_for("CALL_ESTABLISHED")
    s.until_states(queue.agents, "Available")
    time.sleep(TALK)
    caller.hang_up()
    target.wait_for("CALL_CLOSED")
    log = s.log(queue.did)
    assert log.disposition == "answered"
    sound = caller.heard()[-1]
    assert share(sound, AGENT) > 0.3
    assert share(sound, OTHER) > 0.1
    assert share(phone.heard, CALLER) > 0.4


def test_it_dials_a_menu_and_presses_a_key(s: Scene, linphone: Phones) -> None:
    menu = {"type": "menu", "settings": {"sound": "vm-intro", "retries": 0}, "exits": {"7": "bye"}}
    bye = {"type": "play", "settings": {"sound": "vm-goodbye"}, "exits": {"next": "end"}}
    did = s.route("menu", menu=menu, bye=bye, end={"type": "hangup", "settings": {}, "exits": {}})
    phone = linphone.of(s.queue(1).agents[0], available=False)
    phone.dial(did)
    phone.until("[Cc]onnected|answered")
    time.sleep(1)
    phone.press("7")
    phone.until("ended|terminated")
    (log,) = [log for log in s.logs(did, 2) if log.direction == "inbound"]
    assert [(step["block"], step["exit"]) for step in log.path] == [
        ("menu", "7"),
        ("bye", "next"),
        ("end", None),
    ]
