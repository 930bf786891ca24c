"""Calls with baresip, a softphone that this project did not write, on a real Asterisk. The scenes play at the same
time."""

import re
import time
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from tests.support.e2e.scenes import Scene, SceneSet
from tests.support.e2e.two_nodes import TwoNodes
from tests.support.servers import wait_until
from tests.support.sip.audio import hears_tone

pytestmark = [pytest.mark.pbx, pytest.mark.e2e, pytest.mark.timeout(400)]

scene = SceneSet()
CALLER, AGENT, OTHER = 440, 1000, 1500
"""What the phones say: a tone of so many hertz."""
LEFT, RIGHT = 0, 1
AUTO = ("answermode=auto",)
TALK = 2.0


def share(sound: Path, tone: int, channel: int = LEFT) -> float:
    """Return in which part of the sound's time this tone is heard. A busy machine makes gaps."""
    heard = hears_tone(sound, tone, channel)
    return sum(heard) / len(heard)


@scene
def both_hear_each_other_and_are_recorded_apart(s: Scene) -> None:
    queue = s.queue(1, recording="all")
    phone = s.softphone(queue.agents[0], voice=AGENT, parameters=AUTO)
    caller = s.softphone(voice=CALLER)
    caller.dial(queue.did)
    phone.wait_for("CALL_ESTABLISHED")
    time.sleep(TALK)
    phone.hang_up()
    caller.wait_for("CALL_CLOSED")
    log = s.log(queue.did)
    assert (log.disposition, log.ended_by, log.agent_id) == ("answered", "agent", queue.agents[0].id)
    assert share(caller.heard()[0], AGENT) > 0.6
    assert share(phone.heard()[0], CALLER) > 0.6
    recording = s.recording(log)
    assert share(recording, CALLER, LEFT) > 0.5
    assert share(recording, AGENT, RIGHT) > 0.5
    assert share(recording, AGENT, LEFT) == share(recording, CALLER, RIGHT) == 0


@scene
def signalling_and_audio_are_encrypted(s: Scene) -> None:
    queue = s.queue(1)
    secure: dict[str, Any] = {
        "transport": "tls",
        "server_port": s.both.tls_port,
        "parameters": (*AUTO, "mediaenc=srtp"),
    }
    phone = s.softphone(queue.agents[0], voice=AGENT, **secure)
    caller = s.softphone(voice=CALLER)
    caller.dial(queue.did)
    phone.wait_for("CALL_ESTABLISHED")
    time.sleep(TALK)
    phone.hang_up()
    caller.wait_for("CALL_CLOSED")
    assert s.log(queue.did).disposition == "answered"
    assert "SRTP is Enabled" in phone.log.read_text(errors="replace")
    assert share(caller.heard()[0], AGENT) > 0.6
    assert share(phone.heard()[0], CALLER) > 0.6


@scene
def digits_of_a_menu(s: Scene) -> None:
    """As RFC 4733 events and as SIP INFO. They end the prompt, and the next one plays at once."""
    menu = {"type": "menu", "settings": {"sound": "vm-intro", "retries": 0}, "exits": {"7": "bye"}}
    bye = {"type": "play", "settings": {"sound": "vm-goodbye"}, "exits": {"next": "end"}}
    end = {"type": "hangup", "settings": {}, "exits": {}}
    for parameters in ((), ("dtmfmode=info",)):
        did = s.route("menu", menu=menu, bye=bye, end=end)
        caller = s.softphone(voice=CALLER, parameters=parameters)
        caller.dial(did)
        caller.wait_for("CALL_ESTABLISHED")
        time.sleep(1)
        caller.press("7")
        caller.wait_for("CALL_CLOSED", seconds=8)
        assert s.path(did) == [("menu", "7"), ("bye", "next"), ("end", None)]


@scene
def an_agent_holds_and_resumes(s: Scene) -> None:
    queue = s.queue(1, recording="all")
    phone = s.softphone(queue.agents[0], voice=AGENT, parameters=AUTO)
    caller = s.softphone(voice=CALLER)
    caller.dial(queue.did)
    phone.wait_for("CALL_ESTABLISHED")
    time.sleep(TALK)
    phone.command("hold")
    time.sleep(TALK)
    phone.command("resume")
    time.sleep(TALK)
    assert s.system.states(queue.agents) == ["OnCall"]
    caller.hang_up()
    phone.wait_for("CALL_CLOSED")
    log = s.log(queue.did)
    assert (log.disposition, log.ended_by, len(log.legs)) == ("answered", "caller", 1)
    heard = "".join("#" if tone else "-" for tone in hears_tone(caller.heard()[0], AGENT))
    assert re.search("###.*-----.*###", heard), f"the agent, music, the agent: {heard}"
    assert share(s.recording(log), CALLER) > 0.5


@scene
def a_key_begins_the_recording(s: Scene) -> None:
    """The agent's telephone is at another node than the caller."""
    queue = s.queue(1, recording="on-demand")
    phone = s.softphone(queue.agents[0], voice=AGENT, parameters=AUTO)
    caller = s.softphone(voice=CALLER, on_b=True)
    caller.dial(queue.did)
    phone.wait_for("CALL_ESTABLISHED")
    time.sleep(TALK)
    for key in "*1":
        phone.press(key)
        time.sleep(0.3)
    time.sleep(TALK + 1)
    phone.hang_up()
    caller.wait_for("CALL_CLOSED")
    log = s.log(queue.did)
    (span,) = log.legs[0]["recorded"]
    assert 2 < span["ended_at"] - span["begun_at"] < log.talk - 1.5
    base = s.both.b.spool / log.legs[0]["recording"]
    assert share(base.with_name(f"{base.name}.agent.wav"), AGENT) > 0.3
    assert share(base.with_name(f"{base.name}.caller.wav"), CALLER) > 0.3


@scene
def a_phone_vanishes_in_a_talk_and_comes_back(s: Scene) -> None:
    """The next call rings the new phone, although the old one counts as registered for some time."""
    queue = s.queue(1)
    phone = s.softphone(queue.agents[0], voice=AGENT, parameters=AUTO)
    caller = s.softphone(voice=CALLER)
    caller.dial(queue.did)
    phone.wait_for("CALL_ESTABLISHED")
    phone.vanish()
    time.sleep(0.5)
    assert caller.seen("CALL_CLOSED") == [], "a lost phone does not end the talk at once"
    caller.hang_up()
    s.until_states(queue.agents, "Available")
    back = s.softphone(queue.agents[0], voice=OTHER, parameters=AUTO)
    caller.dial(queue.did)
    back.wait_for("CALL_ESTABLISHED")
    time.sleep(TALK)
    back.hang_up()
    caller.wait_for("CALL_CLOSED", 2)
    assert [log.ended_by for log in s.logs(queue.did, 2)] == ["caller", "agent"]
    assert share(caller.heard()[-1], OTHER) > 0.6


@scene
def an_agent_declines_and_another_one_answers(s: Scene) -> None:
    queue = s.queue(2)
    first = s.softphone(queue.agents[0], voice=AGENT)
    second = s.softphone(queue.agents[1], voice=OTHER, available=False, parameters=AUTO)
    caller = s.softphone(voice=CALLER)
    caller.dial(queue.did)
    first.wait_for("CALL_INCOMING")
    first.hang_up()
    s.system.set_status(queue.agents[1:], "Available")
    second.wait_for("CALL_ESTABLISHED")
    time.sleep(TALK)
    caller.hang_up()
    second.wait_for("CALL_CLOSED")
    log = s.log(queue.did)
    assert (log.disposition, log.agent_id) == ("answered", queue.agents[1].id)
    assert [leg["outcome"] for leg in log.legs] == ["busy", "answered"]
    assert share(caller.heard()[0], OTHER) > 0.3, "after some music"


@pytest.fixture(scope="module")
def played(
    two_nodes: TwoNodes, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[dict[str, Future[None]]]:
    yield from scene.play(two_nodes, tmp_path_factory.mktemp("softphones"), request)


@pytest.mark.parametrize("name", scene.plays)
def test_softphone(played: dict[str, Future[None]], name: str) -> None:
    played[name].result(300)


def test_nothing_is_left_behind(played: dict[str, Future[None]], two_nodes: TwoNodes) -> None:
    for future in played.values():
        future.exception(300)
    wait_until(lambda: two_nodes.system.lives("call") == [], "no live call is left")
