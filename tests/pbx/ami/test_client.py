"""Known faults of panoramisk. The tests show that our client does not have them."""

import logging
import ssl
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.ami import (
    Action,
    ActionTimeout,
    AmiClient,
    AmiError,
    ConnectionLost,
    ConnectionState,
    Message,
    NotConnected,
    Outcome,
    Response,
    UnsafeValue,
    encode,
)
from tests.pbx.ami.conftest import QUICK, Client, until
from tests.support.pbx.fake_ami import FakeAmi, block

pytestmark = pytest.mark.unit


def silence(*_: object) -> None:
    return None


async def test_an_answer_belongs_to_its_action(client: Client, server: FakeAmi) -> None:
    server.answers["Bad"] = lambda s, a: block(
        Response="Error", ActionID=a["ActionID"], Message="No such channel"
    )
    good, bad = await client.ami.send(Action("Good")), await client.ami.send(Action("Bad"))
    assert good.ok
    assert (bad.ok, bad.text) == (False, "No such channel")
    assert client.ami.counters.failed_actions == 1


async def test_a_refusal_is_as_loud_as_it_is_unexpected(
    client: Client, server: FakeAmi, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="pbx.ami.client")
    for name in ("Expected", "Raced", "Wrong"):
        server.answers[name] = lambda s, a: block(Response="Error", ActionID=a["ActionID"], Message="no")
    outcomes: list[Outcome] = []
    client.ami.post(
        Action("Expected", may_refuse=True),
        Action("Raced", (("Channel", "PJSIP/a-00000001"),)),
        Action("Wrong"),
        on_outcome=lambda _, outcome: outcomes.append(outcome),
    )
    await until(lambda: len(outcomes) == 3)
    told = {
        r.__dict__["action"]: r.levelname for r in caplog.records if r.getMessage() == "AMI action refused"
    }
    assert told == {"Expected": "DEBUG", "Raced": "INFO", "Wrong": "WARNING"}
    assert client.ami.counters.failed_actions == 2


async def test_a_list_is_collected_up_to_its_end(client: Client, server: FakeAmi) -> None:
    def listing(_: object, action: dict[str, str]) -> bytes:
        action_id = action["ActionID"]
        rows = b"".join(block(Event="CoreShowChannel", ActionID=action_id, Channel=f"c{i}") for i in range(3))
        start = block(Response="Success", ActionID=action_id, EventList="start", Message="will follow")
        other = block(Event="Hangup", Channel="x")
        return (
            start
            + other
            + rows
            + block(Event="CoreShowChannelsComplete", ActionID=action_id, EventList="Complete")
        )

    server.answers["CoreShowChannels"] = listing
    response = await client.ami.send(Action("CoreShowChannels"))
    assert [row["Channel"] for row in response.events] == ["c0", "c1", "c2"]
    assert [message["Event"] for message in client.messages] == ["Hangup"]


async def test_events_come_in_order_whatever_the_callback_does(server: FakeAmi) -> None:
    seen: list[str] = []

    def on_message(message: Message) -> None:
        seen.append(message["N"])
        if message["N"] == "1":
            raise RuntimeError("a bug in the engine")

    client = AmiClient(server.node, on_message, silence, timing=QUICK)
    await client.start()
    await until(lambda: client.state is ConnectionState.CONNECTED)
    server.sessions[0].write(b"".join(block(Event="E", N=str(n)) for n in range(5)))
    await until(lambda: len(seen) == 5)
    assert seen == ["0", "1", "2", "3", "4"]
    assert client.counters.callback_errors == 1
    assert (await client.send(Action("Ping"))).ok, "the connection lives on"
    assert len(server.sessions) == 1
    await client.close()


async def test_what_follows_the_login_in_one_read_comes_when_connected(server: FakeAmi) -> None:
    said: list[str] = []
    client = AmiClient(
        server.node, lambda m: said.append(m["Event"]), lambda s: said.append(str(s)), timing=QUICK
    )

    def login(_: object, action: dict[str, str]) -> bytes:
        return block(Response="Success", ActionID=action["ActionID"]) + block(Event="FullyBooted")

    server.answers["Login"] = login
    await client.start()
    await until(lambda: len(said) == 3)
    assert said == ["connecting", "connected", "FullyBooted"]
    await client.close()


async def test_a_state_callback_that_raises_changes_nothing(server: FakeAmi) -> None:
    def on_state(_: ConnectionState) -> None:
        raise RuntimeError("a bug in the engine")

    client = AmiClient(server.node, silence, on_state, timing=QUICK)
    await client.start()
    await until(lambda: client.state is ConnectionState.CONNECTED)
    assert client.counters.callback_errors == 2
    await client.close()


async def test_a_lost_connection_comes_back_and_nothing_is_sent_again(
    client: Client, server: FakeAmi
) -> None:
    server.answers["Originate"] = silence
    outcomes: list[Outcome] = []
    client.ami.post(Action("Originate"), on_outcome=lambda _, outcome: outcomes.append(outcome))
    await until(lambda: server.named("Originate"))
    server.sessions[0].drop()
    await client.connected(times=2)
    assert (await client.ami.send(Action("Ping"))).ok
    assert len(server.named("Originate")) == 1
    assert [type(outcome) for outcome in outcomes] == [ConnectionLost]
    assert client.ami.counters.lost_actions == 1
    expected = ["connecting", "connected", "disconnected", "connecting", "connected"]
    assert client.states == expected


async def test_a_waiting_sender_hears_of_the_lost_connection(client: Client, server: FakeAmi) -> None:
    server.answers["Redirect"] = lambda session, _: session.drop()
    with pytest.raises(ConnectionLost):
        await client.ami.send(Action("Redirect"))


async def test_without_a_connection_nothing_is_sent_nor_kept(make_client: Callable[..., Client]) -> None:
    client = make_client()
    outcomes: list[Outcome] = []
    client.ami.post(Action("Originate"), on_outcome=lambda _, outcome: outcomes.append(outcome))
    assert isinstance(outcomes[0], NotConnected)
    with pytest.raises(NotConnected):
        await client.ami.send(Action("Originate"))


async def test_backoff_grows_while_nobody_listens(
    make_client: Callable[..., Client], server: FakeAmi
) -> None:
    await server.stop_listening()
    client = make_client()
    delays = [client.ami._delay(None, attempt) for attempt in range(12)]
    assert all(d <= QUICK.backoff_limit for d in delays)
    assert delays[0] <= 0.01
    assert delays[-1] >= QUICK.backoff_limit / 2
    await client.ami.start()
    await until(lambda: client.ami.counters.disconnects >= 3)
    await server.listen()
    await client.connected()


async def test_a_wrong_secret_is_not_hammered(
    make_client: Callable[..., Client], server: FakeAmi, caplog: pytest.LogCaptureFixture
) -> None:
    server.secret = "another"
    client = make_client()
    with caplog.at_level(logging.ERROR):
        await client.ami.start()
        await until(lambda: client.ami.state is ConnectionState.REFUSED)
        assert client.ami._delay(QUICK.refused, 1) >= QUICK.refused / 2
    assert len(server.named("Login")) == 1
    assert [r.levelname for r in caplog.records] == ["ERROR"]
    assert "ami_secret" in caplog.text
    assert "right-secret" not in caplog.text


async def test_a_secret_put_right_is_found_and_the_refusal_logged_once(
    make_client: Callable[..., Client], server: FakeAmi, caplog: pytest.LogCaptureFixture
) -> None:
    server.secret = "another"
    client = make_client(replace(QUICK, refused=0.01))
    await client.ami.start()
    await until(lambda: client.ami.counters.refusals >= 3)
    server.secret = "right-secret"
    await client.connected()
    assert len([r for r in caplog.records if r.levelname == "ERROR"]) == 1


async def test_an_action_without_an_answer_times_out_and_a_late_one_is_dropped(
    client: Client, server: FakeAmi
) -> None:
    server.answers["Slow"] = silence
    with pytest.raises(ActionTimeout):
        await client.ami.send(Action("Slow"), timeout=0.02)
    late = server.named("Slow")[0]["ActionID"]
    server.sessions[0].write(block(Response="Success", ActionID=late, Message="late"))
    assert (await client.ami.send(Action("Ping"))).ok
    assert client.ami.counters.timeouts == 1
    assert client.messages == []


async def test_a_silent_server_is_dropped_and_found_again(
    make_client: Callable[..., Client], server: FakeAmi
) -> None:
    server.answers["Ping"] = silence
    client = make_client(replace(QUICK, ping_every=0.02))
    await client.ami.start()
    await client.connected(times=2)
    assert ConnectionState.DISCONNECTED in client.states
    assert client.ami.counters.timeouts >= 1


async def test_a_server_that_never_greets_is_given_up(
    make_client: Callable[..., Client], server: FakeAmi
) -> None:
    server.answers["Login"] = silence
    client = make_client(replace(QUICK, connect=0.05))
    await client.ami.start()
    await until(lambda: client.ami.counters.disconnects >= 2)
    assert client.ami.counters.connects == 0


async def test_utf8_split_over_two_reads_survives(client: Client) -> None:
    data = block(Event="Newstate", CallerIDName="Zoë Żółć 📞")
    connection = client.ami._connection
    assert connection is not None
    for byte in range(len(data)):
        connection.data_received(data[byte : byte + 1])
    assert client.messages[0]["CallerIDName"] == "Zoë Żółć 📞"


async def test_actions_posted_together_arrive_in_order(client: Client, server: FakeAmi) -> None:
    client.ami.post(
        Action("Setvar", (("Value", "1"),)), Action("Setvar", (("Value", "2"),)), Action("Redirect")
    )
    await until(lambda: server.named("Redirect"))
    assert [a.get("Value") for a in server.actions[-3:]] == ["1", "2", None]


async def test_an_action_is_sent_when_its_time_has_come(client: Client, server: FakeAmi) -> None:
    outcomes: list[Action] = []
    client.ami.post(
        Action("Late", after=0.2), Action("Soon"), on_outcome=lambda action, _: outcomes.append(action)
    )
    await until(lambda: len(outcomes) == 1)
    assert server.named("Late") == []
    await until(lambda: len(outcomes) == 2)
    assert [action.name for action in outcomes] == ["Soon", "Late"]


async def test_what_was_to_be_sent_later_is_lost_with_the_connection(client: Client, server: FakeAmi) -> None:
    outcomes: list[Outcome] = []
    client.ami.post(Action("Late", after=0.1), on_outcome=lambda _, outcome: outcomes.append(outcome))
    await client.ami.close()
    await until(lambda: len(outcomes) == 1)
    assert isinstance(outcomes[0], NotConnected)


async def test_one_unsafe_value_among_several_actions_sends_none(client: Client, server: FakeAmi) -> None:
    with pytest.raises(UnsafeValue) as caught:
        client.ami.post(Action("Setvar"), Action("Redirect", (("Exten", "s\r\nAction: Originate"),)))
    assert caught.value.field == "Redirect.Exten"
    with pytest.raises(UnsafeValue):
        client.ami.post(Action("Setvar"), Action("MixMonitor", (("Options", "r(a\r\nb)"),), after=0.1))
    assert (await client.ami.send(Action("Ping"))).ok
    assert [a["Action"] for a in server.actions] == ["Login", "Ping"]


@given(st.text(), st.sampled_from("\r\n\0"), st.text(), st.booleans())
def test_no_line_break_gets_through(before: str, bad: str, after: str, in_key: bool) -> None:
    text = before + bad + after
    field = (text, "value") if in_key else ("Key", text)
    with pytest.raises(UnsafeValue):
        encode(Action("Setvar", (field,)), "1")


@given(st.text())
def test_whatever_is_written_is_one_action(value: str) -> None:
    try:
        data = encode(Action("Setvar", (("Value", value),)), "1")
    except UnsafeValue:
        return
    assert data.count(b"\r\n\r\n") == 1
    assert data.count(b"\r\n") == 4


async def test_tls_is_used_when_the_node_says_so(server: FakeAmi) -> None:
    node = server.node.model_copy(update={"ami_tls": True})
    client = AmiClient(node, silence, silence, timing=QUICK)
    assert isinstance(client._ssl, ssl.SSLContext)
    assert client._ssl.verify_mode is ssl.CERT_REQUIRED
    await client.start()
    await until(lambda: client.counters.disconnects >= 1)
    assert server.named("Login") == [], "no secret goes to a server that does not speak TLS"
    await client.close()


def self_signed(folder: Path) -> tuple[Path, Path]:
    """A new key and its certificate for 127.0.0.1."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    argv = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(key), "-out"]
    argv += [str(certificate), "-subj", "/CN=ami", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(argv, check=True, capture_output=True)
    return key, certificate


async def test_a_tls_server_that_is_trusted_is_used(tmp_path: Path) -> None:
    key, certificate = self_signed(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    async with FakeAmi(tls) as server:
        node = server.node.model_copy(update={"ami_tls": True})
        trusting = ssl.create_default_context(cafile=certificate)
        client = AmiClient(node, silence, silence, timing=QUICK, ssl_context=trusting)
        await client.start()
        await until(lambda: client.state is ConnectionState.CONNECTED)
        assert (await client.send(Action("Ping"))).ok
        await client.close()


async def test_closing_ends_everything(client: Client, server: FakeAmi) -> None:
    server.answers["Slow"] = silence
    outcomes: list[Outcome] = []
    client.ami.post(Action("Slow"), on_outcome=lambda _, outcome: outcomes.append(outcome))
    await client.ami.close()
    assert isinstance(outcomes[0], AmiError)
    assert client.states[-1] is ConnectionState.CLOSED
    with pytest.raises(NotConnected):
        await client.ami.send(Action("Ping"))


async def test_a_response_is_a_response(client: Client) -> None:
    response = await client.ami.send(Action("Anything"))
    assert isinstance(response, Response)
    assert response.message["Message"] == "fine"
