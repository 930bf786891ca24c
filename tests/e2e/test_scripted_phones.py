"""Phones that do what common ones do not: keys in the audio, every form of hold, odd SDP, races. On a real Asterisk.

The scenes play at the same time.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future

import pytest

from tests.support.e2e.provision import TestAgent
from tests.support.e2e.scenes import Scene, SceneSet
from tests.support.e2e.two_nodes import TwoNodes
from tests.support.servers import wait_until
from tests.support.sip.asterisk import CALLERS
from tests.support.sip.media import Body, Media
from tests.support.sip.user_agent import Call, UserAgent, body_of, header, status_of

pytestmark = [pytest.mark.pbx, pytest.mark.e2e, pytest.mark.timeout(400)]

scene = SceneSet()
CALLER, AGENT = 440, 1000
"""What the phones say: a tone of so many hertz."""
MENU = {"type": "menu", "settings": {"sound": "vm-intro", "retries": 0}, "exits": {"7": "bye"}}
BYE = {"type": "play", "settings": {"sound": "vm-goodbye"}, "exits": {"next": "end"}}
END = {"type": "hangup", "settings": {}, "exits": {}}


def trunk(s: Scene) -> UserAgent:
    """Return a caller at the test trunk's address."""
    phone = UserAgent(("127.0.0.1", s.system.settings.sip_port), CALLERS)
    s._stack.callback(phone.close)
    return phone


def desk(s: Scene, agent: TestAgent, *, available: bool = True) -> UserAgent:
    """Return an agent's phone, registered."""
    phone = UserAgent(("127.0.0.1", s.system.settings.sip_port), "127.0.0.1", agent.account)
    s._stack.callback(phone.close)
    assert phone.register() == 200
    wait_until(lambda: s._registered(agent), "scripted phone registered")
    if available:
        s.available([agent])
    return phone


def talk(
    s: Scene, *, offer: Callable[[Media], Body] | None = None, **queue: object
) -> tuple[Call, Call, TestAgent, str]:
    """Bring a caller and an agent into a talk. Return both calls, the agent and the number."""
    served = s.queue(1, **queue)
    phone, line = desk(s, served.agents[0]), trunk(s)
    said = Media(CALLERS, CALLER)
    call = line.dial(served.did, offer(said) if offer else None, media=said)
    rung = phone.rung()
    rung.media = Media("127.0.0.1", AGENT)
    rung.media.send_to(body_of(rung.request))
    rung.respond("180 Ringing")
    rung.respond("200 OK")
    rung.confirm()
    assert call.final() == 200
    until_heard(call, AGENT)
    until_heard(rung, CALLER)
    return call, rung, served.agents[0], served.did


def until_heard(call: Call, hertz: int, seconds: float = 15) -> None:
    wait_until(lambda: call.media.hears(hertz), f"{hertz} Hz is heard", seconds)


def until_not_heard(call: Call, hertz: int, seconds: float = 10) -> None:
    def silent() -> bool:
        call.media.heard.clear()
        time.sleep(0.5)
        return not call.media.hears(hertz)

    wait_until(silent, f"{hertz} Hz is no longer heard", seconds)


# -- keys ----------------------------------------------------------------------------------------------------


def pressed(s: Scene, press: Callable[[Call], object], payloads: str) -> list[tuple[str, str | None]]:
    did = s.route("menu", menu=MENU, bye=BYE, end=END)
    line = trunk(s)
    said = Media(CALLERS)
    call = line.dial(did, said.offer(payloads=payloads), media=said)
    assert call.final() == 200
    time.sleep(1)
    press(call)
    wait_until(call.ended.is_set, "the far end's BYE", 12)
    return s.path(did)


@scene
def keys_in_the_audio(s: Scene) -> None:
    """A caller whose SDP has no telephone-event: an old gateway."""
    way = pressed(s, lambda call: call.media.press("7"), "0")
    assert way == [("menu", "7"), ("bye", "next"), ("end", None)]


@scene
def keys_by_info(s: Scene) -> None:
    way = pressed(s, lambda call: call.press_by_info("7"), "0 101")
    assert way == [("menu", "7"), ("bye", "next"), ("end", None)]


@scene
def keys_by_info_without_telephone_event(s: Scene) -> None:
    way = pressed(s, lambda call: call.press_by_info("7"), "0")
    assert way == [("menu", "7"), ("bye", "next"), ("end", None)]


@scene
def keys_by_info_as_dtmf(s: Scene) -> None:
    """The older form: `application/dtmf` with the digit alone."""
    way = pressed(s, lambda call: call.ask("INFO", body=("application/dtmf", "7\r\n")), "0 101")
    assert way == [("menu", "7"), ("bye", "next"), ("end", None)]


# -- hold ----------------------------------------------------------------------------------------------------


def holds(
    s: Scene, offered: dict[str, str], back: str = "sendrecv", *, answer: str = "", by_agent: bool = True
) -> None:
    """Hold a talk and take it back. The other side hears music meanwhile, and the talk afterwards."""
    caller, agent, who, did = talk(s, recording="none")
    holder, other = (agent, caller) if by_agent else (caller, agent)
    hertz = AGENT if by_agent else CALLER
    got = holder.reinvite(holder.media.offer(**offered))
    if answer:
        assert f"a={answer}" in got, got
    until_not_heard(other, hertz)
    assert s.system.states([who]) == ["OnCall"]
    holder.reinvite(holder.media.offer(back))
    until_heard(other, hertz)
    caller.bye()
    wait_until(agent.ended.is_set, "end of the agent's call")
    log = s.log(did)
    assert (log.disposition, log.ended_by) == ("answered", "caller")


@scene
def hold_sendonly(s: Scene) -> None:
    holds(s, {"direction": "sendonly"}, answer="recvonly")


@scene
def hold_inactive(s: Scene) -> None:
    holds(s, {"direction": "inactive"}, answer="inactive")


@scene
def hold_by_address_zero(s: Scene) -> None:
    """RFC 2543's form."""
    holds(s, {"at": "0.0.0.0"})


@scene
def hold_by_the_caller_sendonly(s: Scene) -> None:
    holds(s, {"direction": "sendonly"}, answer="recvonly", by_agent=False)


@scene
def recvonly_is_a_mute_and_no_hold(s: Scene) -> None:
    caller, agent, _, _ = talk(s, recording="none")
    got = agent.reinvite(agent.media.offer("recvonly"))
    assert "a=sendonly" in got, got
    agent.media.mute = True
    until_heard(agent, CALLER)
    agent.media.mute = False
    agent.reinvite(agent.media.offer("sendrecv"))
    until_heard(caller, AGENT)
    assert caller.bye() == 200


@scene
def hold_by_update(s: Scene) -> None:
    caller, agent, _, _ = talk(s, recording="none")
    answer = agent.ask("UPDATE", body=agent.media.offer("sendonly"))
    assert status_of(answer) == 200
    assert "a=recvonly" in answer
    until_not_heard(caller, AGENT)
    assert status_of(agent.ask("UPDATE", body=agent.media.offer("sendrecv"))) == 200
    until_heard(caller, AGENT)
    assert caller.bye() == 200


@scene
def a_held_phone_hangs_up(s: Scene) -> None:
    caller, agent, _, did = talk(s, recording="none")
    agent.reinvite(agent.media.offer("sendonly"))
    assert agent.bye() == 200
    wait_until(caller.ended.is_set, "end of the caller's call")
    assert s.log(did).ended_by == "agent"


# -- odd SDP -------------------------------------------------------------------------------------------------


VIDEO = ("m=video 40000 RTP/AVP 96", "a=rtpmap:96 VP8/90000")
ICE = (
    "a=ice-ufrag:8hhY", "a=ice-pwd:asd88fgpdd777uzjYhagZg", "a=candidate:1 1 UDP 2130706431 10.0.1.1 8998 typ host",
    "a=rtcp:9",
)  # fmt: skip
ODD: dict[str, Callable[[Media], Body]] = {
    "video": lambda m: m.offer(lines=VIDEO),
    "unknown codecs": lambda m: m.offer(payloads="96 97 98 0 101"),
    "ice": lambda m: m.offer(lines=ICE),
    "crypto and bandwidth": lambda m: m.offer(
        lines=("b=AS:64", "a=x-unknown:yes", "a=ptime:20", "a=maxptime:60")
    ),
    "fax beside": lambda m: m.offer(lines=("m=image 0 udptl t38",)),
}


@scene
def odd_offers_are_talks_all_the_same(s: Scene) -> None:
    for kind, offer in ODD.items():
        caller, agent, _, did = talk(s, offer=offer, recording="none")
        answered = body_of(caller.answer)
        lines = [line for line in answered.splitlines() if line.startswith("m=")]
        assert len(lines) == (2 if kind in ("video", "fax beside") else 1), (kind, answered)
        assert lines[0].startswith("m=audio"), kind
        assert [line.split()[1] for line in lines[1:]] == ["0"] * (len(lines) - 1), kind
        assert caller.bye() == 200
        wait_until(agent.ended.is_set, "end of the agent's call")
        assert s.log(did).disposition == "answered", kind


@scene
def a_multipart_body(s: Scene) -> None:
    """ISUP or a location beside the SDP."""

    def offer(media: Media) -> Body:
        parts = (("application/sdp", media.offer()[1]), ("application/isup;version=itu-t92+", "\x01\x02"))
        text = "".join(f"--b1\r\nContent-Type: {kind}\r\n\r\n{body}\r\n" for kind, body in parts)
        return "multipart/mixed;boundary=b1", f"{text}--b1--\r\n"

    caller, _, _, _ = talk(s, offer=offer, recording="none")
    assert caller.bye() == 200


@scene
def an_invite_without_an_offer(s: Scene) -> None:
    """The SDP is in the ACK (delayed offer), as some gateways do."""
    did = s.route("bye", bye=BYE, end=END)
    line = trunk(s)
    call = line.dial(did, ("", ""))
    text = line.final(call.id, "INVITE", 1, 10)
    assert status_of(text) == 200
    assert "m=audio" in body_of(text)
    call.remote_tag = text.partition("To:")[2].partition("tag=")[2].split()[0].strip(">;")
    call.target = header(text, "Contact").strip("<>")
    call.media.send_to(body_of(text))
    line.send_request(
        "ACK",
        call.target,
        call.id,
        call.peer,
        tags=(call.local_tag, call.remote_tag),
        body=call.media.offer(),
        sequence=1,
    )
    wait_until(lambda: call.media.packets > 10, "audio")
    wait_until(call.ended.is_set, "the far end's BYE", 12)


@scene
def nothing_in_common_is_refused(s: Scene) -> None:
    did = s.route("bye", bye=BYE, end=END)
    call = trunk(s).dial(did, Media(CALLERS).offer(payloads="96"))
    assert call.final() == 488


# -- order and races -----------------------------------------------------------------------------------------


@scene
def early_media_and_ringing_in_any_order(s: Scene) -> None:
    for order in (("183", "180"), ("180", "183", "180"), ("181 Forwarded", "182 Queued", "180"), ()):
        served = s.queue(1, recording="none")
        phone, line = desk(s, served.agents[0]), trunk(s)
        call = line.dial(served.did, media=Media(CALLERS, CALLER))
        rung = phone.rung()
        rung.media = Media("127.0.0.1", AGENT)
        rung.media.send_to(body_of(rung.request))
        for status in order:
            text = status if " " in status else f"{status} Progress"
            rung.respond(text, body=rung.media.offer() if status == "183" else None)
            time.sleep(0.1)
        rung.respond("200 OK")
        rung.confirm()
        assert call.final() == 200
        until_heard(call, AGENT)
        assert call.bye() == 200
        wait_until(rung.ended.is_set, "end of the agent's call")
        assert [leg["outcome"] for leg in s.log(served.did).legs] == ["answered"]


@scene
def the_caller_cancels_at_every_moment(s: Scene) -> None:
    for moment in ("at once", "while it rings", "as it is answered"):
        served = s.queue(1, recording="none")
        phone, line = desk(s, served.agents[0]), trunk(s)
        call = line.dial(served.did)
        if moment == "at once":
            call.cancel()
            assert call.final() in (487, 200), moment
            if status_of(call.answer) == 200:
                call.bye()
        else:
            rung = phone.rung()
            rung.respond("180 Ringing")
            if moment == "as it is answered":
                rung.respond("200 OK")
            assert call.final() == 200, "queues answer first"
            call.bye()
            wait_until(rung.ended.is_set, "end of the agent's call")
        did = served.did
        wait_until(lambda did=did: s.live_states(did, "+14165550123") == [], "end of the call")  # type: ignore[misc]
        s.until_states(served.agents, "Available", 40)


@scene
def a_phone_answers_in_the_moment_of_the_cancel(s: Scene) -> None:
    """The 200 crosses the CANCEL: Asterisk must end what it no longer wants."""
    served = s.queue(1, recording="none")
    phone, line = desk(s, served.agents[0]), trunk(s)
    call = line.dial(served.did)
    assert call.final() == 200
    rung = phone.rung()
    rung.respond("180 Ringing")

    def crosses(method: str, text: str) -> bool:
        if method != "CANCEL":
            return False
        rung.phone.respond(text, "200 OK", rung.local_tag)
        rung.respond("200 OK")
        return True

    rung.answers = crosses
    call.bye()
    rung.confirm()
    wait_until(rung.ended.is_set, "BYE for the answer that came too late")
    s.until_states(served.agents, "Available", 40)


@scene
def several_answers_of_a_fork(s: Scene) -> None:
    """A proxy in front of the phone forks: two early dialogs with tags of their own, then one answer."""
    served = s.queue(1, recording="none")
    phone, line = desk(s, served.agents[0]), trunk(s)
    call = line.dial(served.did, media=Media(CALLERS, CALLER))
    rung = phone.rung()
    rung.media = Media("127.0.0.1", AGENT)
    rung.media.send_to(body_of(rung.request))
    phone.respond(rung.request, "180 Ringing", "fork-one")
    phone.respond(rung.request, "183 Progress", "fork-two", body=Media("127.0.0.1").offer())
    rung.respond("180 Ringing")
    rung.respond("200 OK")
    rung.confirm()
    assert call.final() == 200
    until_heard(call, AGENT)
    assert call.bye() == 200


@scene
def a_phone_restarts_in_a_talk(s: Scene) -> None:
    """It comes back at once, registers, and answers 481 to what it no longer knows."""
    caller, agent, who, did = talk(s, recording="none")
    agent.phone.close()
    again = UserAgent(agent.phone.server, "127.0.0.1", agent.phone.account)
    s._stack.callback(again.close)
    assert again.register() == 200
    time.sleep(1)
    assert not caller.ended.is_set()
    assert caller.bye() == 200
    assert s.log(did).ended_by == "caller"
    s.until_states([who], "Available", 40)
    second = trunk(s).dial(did)
    again.rung().respond("486 Busy Here")
    second.final()
    second.bye()


@pytest.fixture(scope="module")
def played(
    two_nodes: TwoNodes, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[dict[str, Future[None]]]:
    yield from scene.play(two_nodes, tmp_path_factory.mktemp("scripted"), request)


@pytest.mark.parametrize("name", scene.plays)
def test_scripted_phone(played: dict[str, Future[None]], name: str) -> None:
    played[name].result(300)


def test_nothing_is_left_behind(played: dict[str, Future[None]], two_nodes: TwoNodes) -> None:
    for future in played.values():
        future.exception(300)
    wait_until(lambda: two_nodes.system.lives("call") == [], "no live call is left")
