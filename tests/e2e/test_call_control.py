"""What people do with a talk through the REST api, on a real Asterisk with baresip; and the engine dies meanwhile."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from models.outbox import emit_command
from switchroom.ids import new_id, public_id
from switchroom.messages.commands import PullCall
from tests.e2e.test_phone_calls import extension
from tests.e2e.test_phone_calls_survival import kill
from tests.e2e.test_softphones import AUTO
from tests.support.e2e.provision import TestAgent
from tests.support.e2e.scenes import Scene
from tests.support.e2e.two_nodes import TwoNodes
from tests.support.servers import wait_until
from tests.support.sip.audio import hears_tone
from tests.support.sip.softphone import Softphone

pytestmark = [pytest.mark.pbx, pytest.mark.e2e, pytest.mark.timeout(400)]

CUSTOMER, ANN, BOB = 700, 440, 1000
"""What the phones say: a tone of so many hertz."""


@pytest.fixture
def s(two_nodes: TwoNodes, tmp_path: Path) -> Iterator[Scene]:
    with ExitStack() as stack:
        yield Scene(two_nodes, tmp_path, stack)


def call_of(s: Scene, agent: TestAgent) -> str:
    """Return the id of the call that the agent is in."""
    return str(s.system.live("agent", agent.id)["call"])


def asks(s: Scene, call: str, action: str, expect: int = 202, **body: Any) -> dict[str, Any]:
    """Ask for the action as the team's admin."""
    with s.system.api as api:
        answer = api.post(f"/call/{public_id(call)}/{action}", json=body)
    assert answer.status_code == expect, answer.text
    return dict(answer.json())


def until_state(s: Scene, call: str, state: str) -> None:
    wait_until(lambda: s.system.live("call", call).get("state") == state, f"{state}: {call}", 20)


def listens(phone: Softphone, seconds: float = 1.5) -> None:
    """Wait until the phone has heard so many seconds of sound, from now on. It writes 16-bit samples at 8 kHz."""

    def heard() -> int:
        return phone.heard()[-1].stat().st_size

    enough = heard() + int(seconds * 16_000)
    wait_until(lambda: heard() >= enough, f"{seconds} s of sound", 20)


def spoke_last(sound: Path, tone: int) -> bool:
    """Return whether who says the tone was heard for half a second in the last three. A busy machine makes gaps."""
    step = 0.2
    return sum(hears_tone(sound, tone, step=step)[-round(3 / step) :]) * step >= 0.5


def test_a_talk_is_held_while_the_engine_dies(s: Scene) -> None:
    queue = s.queue(1)
    (agent,) = queue.agents
    ann = s.softphone(agent, voice=ANN, parameters=AUTO)
    customer = s.softphone(voice=CUSTOMER)
    customer.dial(queue.did)
    ann.wait_for("CALL_ESTABLISHED")
    s.until_states([agent], "OnCall")
    call = call_of(s, agent)
    asks(s, call, "hold")
    until_state(s, call, "held")
    refused = asks(s, call, "hold", 409)
    assert refused["response"]["state"] == "held"
    kill(s)()
    until_state(s, call, "held")
    assert (ann.seen("CALL_CLOSED"), customer.seen("CALL_CLOSED")) == ([], [])
    asks(s, call, "unhold")
    until_state(s, call, "talking")
    listens(customer)
    ann.hang_up()
    customer.wait_for("CALL_CLOSED")
    log = s.log(queue.did)
    assert (log.disposition, log.ended_by, log.agent_id) == ("answered", "agent", agent.id)
    assert len(log.legs) == 1
    assert spoke_last(customer.heard()[-1], ANN)
    s.until_states([agent], "Available")


def test_a_caller_is_sent_on_while_the_engine_dies(s: Scene) -> None:
    queue = s.queue(2, recording="all")
    first, second = queue.agents
    ann = s.softphone(first, voice=ANN, parameters=AUTO)
    customer = s.softphone(voice=CUSTOMER)
    customer.dial(queue.did)
    ann.wait_for("CALL_ESTABLISHED")
    s.until_states([first], "OnCall")
    bob = s.softphone(second, voice=BOB, parameters=AUTO)
    call = call_of(s, first)
    asks(s, call, "transfer", agent=public_id(second.id))
    back = kill(s)
    bob.wait_for("CALL_ESTABLISHED", seconds=60)
    back()
    until_state(s, call, "talking")
    s.until_states([second], "OnCall")
    listens(customer)
    customer.hang_up()
    bob.wait_for("CALL_CLOSED")
    log = s.log(queue.did)
    assert (log.disposition, log.ended_by) == ("answered", "caller")
    assert [(leg["agent"], leg["outcome"]) for leg in log.legs] == [
        (first.id, "answered"), (second.id, "answered"),
    ]  # fmt: skip
    assert len({leg["recording"] for leg in log.legs}) == 2
    s.until_states([first, second], "Available")


def test_a_colleague_is_asked_first_while_the_engine_dies(s: Scene) -> None:
    queue = s.queue(2)
    first, second = queue.agents
    ann = s.softphone(first, voice=ANN, parameters=AUTO)
    customer = s.softphone(voice=CUSTOMER)
    customer.dial(queue.did)
    ann.wait_for("CALL_ESTABLISHED")
    s.until_states([first], "OnCall")
    bob = s.softphone(second, voice=BOB, parameters=AUTO)
    call = call_of(s, first)
    asks(s, call, "consult", agent=public_id(second.id))
    bob.wait_for("CALL_ESTABLISHED")
    s.until_states([second], "OnCall")
    consult = str(s.system.live("call", call)["consult"])
    until_state(s, consult, "talking")
    refused = asks(s, call, "transfer", 409, agent=public_id(second.id))
    assert refused["response"]["state"] == "held"
    kill(s)()
    until_state(s, call, "held")
    until_state(s, consult, "talking")
    asks(s, call, "complete-consult")
    ann.wait_for("CALL_CLOSED")
    until_state(s, call, "talking")
    s.until_states([first], "Available")
    listens(customer)
    bob.hang_up()
    customer.wait_for("CALL_CLOSED")
    log, asked = s.log(queue.did), s.log(extension(second))
    assert [(leg["agent"], leg["outcome"]) for leg in log.legs] == [
        (first.id, "answered"), (second.id, "answered"),
    ]  # fmt: skip
    assert (log.ended_by, asked.direction, asked.disposition) == ("agent", "internal", "answered")
    assert spoke_last(customer.heard()[-1], BOB)


def test_three_talk_while_the_engine_dies_and_one_leaves(s: Scene) -> None:
    queue = s.queue(2, recording="all")
    first, second = queue.agents
    ann = s.softphone(first, voice=ANN, parameters=AUTO)
    customer = s.softphone(voice=CUSTOMER)
    customer.dial(queue.did)
    ann.wait_for("CALL_ESTABLISHED")
    s.until_states([first], "OnCall")
    bob = s.softphone(second, voice=BOB, parameters=AUTO)
    call = call_of(s, first)
    asks(s, call, "consult", agent=public_id(second.id))
    bob.wait_for("CALL_ESTABLISHED")
    s.until_states([second], "OnCall")
    asks(s, call, "join-consult")
    until_state(s, call, "talking")
    back = kill(s)
    listens(customer)
    ann.hang_up()
    ann.wait_for("CALL_CLOSED")
    back()
    s.until_states([first], "Available", 60)
    s.until_states([second], "OnCall")
    listens(customer)
    bob.hang_up()
    customer.wait_for("CALL_CLOSED")
    log, asked = s.log(queue.did), s.log(extension(second))
    assert [(leg["agent"], leg["outcome"]) for leg in log.legs] == [
        (first.id, "answered"), (second.id, "answered"),
    ]  # fmt: skip
    assert len({leg["recording"] for leg in log.legs}) == 2
    assert (log.disposition, log.ended_by, asked.direction) == ("answered", "agent", "internal")
    assert spoke_last(customer.heard()[-1], BOB)
    s.until_states([first, second], "Available")


def test_a_talk_moves_to_another_telephone_while_the_engine_dies(s: Scene) -> None:
    queue = s.queue(1)
    (agent,) = queue.agents
    ann = s.softphone(agent, voice=ANN, parameters=AUTO)
    customer = s.softphone(voice=CUSTOMER)
    customer.dial(queue.did)
    ann.wait_for("CALL_ESTABLISHED")
    s.until_states([agent], "OnCall")
    second = s.softphone(agent, voice=BOB, available=False)
    call, ring = call_of(s, agent), new_id()
    pull = PullCall(call=call, by=str(s.member_of(agent).user_id), as_call=ring)
    s.system.transaction(lambda session: emit_command(session, pull))
    second.wait_for("CALL_INCOMING")
    back = kill(s)
    second.command("accept")
    ann.wait_for("CALL_CLOSED", seconds=60)
    back()
    until_state(s, call, "talking")
    listens(customer)
    second.hang_up()
    customer.wait_for("CALL_CLOSED")
    log = s.log(queue.did)
    assert [(leg["agent"], leg["outcome"]) for leg in log.legs] == [(agent.id, "answered")]
    assert (log.disposition, log.ended_by) == ("answered", "agent")
    assert spoke_last(customer.heard()[-1], BOB)
    s.until_states([agent], "Available")
