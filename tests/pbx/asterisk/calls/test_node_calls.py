"""Races, refusals and late events that no recording has."""

from dataclasses import replace

import pytest

from pbx.ami import ActionTimeout, ConnectionLost, Message, Response
from pbx.asterisk import NodeCalls, Phones, Step
from pbx.asterisk.protocol.dialplan import Role
from pbx.asterisk.protocol.messages import (
    AgiExecuted,
    AgiStarted,
    Channel,
    ContactChanged,
    DialBegan,
    DialEnded,
    HangUpBegan,
    HungUp,
    StateChanged,
    parse_result,
)
from routing.commands import (
    Answer,
    CompleteConsult,
    Consult,
    DialOut,
    HangUp,
    JoinConsult,
    OfferCall,
    Play,
    RecordMessage,
    StartMusic,
    StopPlay,
    TakeBack,
    WithdrawOffer,
)
from routing.events import CallEntered, CallerHangingUp, PartyAnswered, PartyLegEnded
from routing.ids import CallId
from switchroom.ids import call_id
from tests.support.asterisk.story import AGENTS, PHONES, lines, new_calls, offer

pytestmark = pytest.mark.unit

CALLER = Channel(
    "PJSIP/test-00000001", "a-1795323478.1", "a-1795323478.1", "a-1795323478.1", "+14165550100", Role.CALLER
)
CALL = CallId(call_id(CALLER.unique_id))


def leg(number: int, phone: int = 0) -> Channel:
    return Channel(
        f"PJSIP/{PHONES[phone]}-0000000{number}", f"a-1.{number}", CALLER.unique_id, CALLER.unique_id
    )


@pytest.fixture
def node() -> NodeCalls:
    made = new_calls()
    serial = iter(range(1, 100))
    made.next_id = lambda: f"id-{next(serial)}"
    step = made.receive(AgiStarted(CALLER, "+14165550199", "", "s"))
    assert lines(step.events) == ["CallEntered +14165550100 +14165550199"]
    return made


def done(node: NodeCalls, command_id: str, result: str = "200 result=0") -> list[str]:
    return [a.name for a in node.receive(AgiExecuted(CALLER, command_id, result)).actions]


def refused(text: str = "No such channel") -> Response:
    return Response(False, text, Message())


def test_commands_wait_for_the_one_before(node: NodeCalls) -> None:
    assert len(node.translate(Answer(CALL)).actions) == 1
    assert node.translate(StartMusic(CALL, "default")).actions == []
    assert done(node, "unknown") == []
    assert done(node, "id-1") == ["AGI"]


def test_an_offer_waits_for_the_answer_and_drops_the_music(node: NodeCalls) -> None:
    node.translate(Answer(CALL))
    node.translate(StartMusic(CALL, "default"))
    assert node.translate(offer(CALL, 0)).actions == []
    assert done(node, "id-1") == ["Setvar"] * 4 + ["Redirect"]


def test_an_offer_withdrawn_before_it_was_sent(node: NodeCalls) -> None:
    node.translate(Answer(CALL))
    node.translate(offer(CALL, 0, 1))
    step = node.translate(WithdrawOffer(CALL, AGENTS))
    assert lines(step.events) == ["OfferFailed ann withdrawn", "OfferFailed bob withdrawn", "CallReturned"]
    assert done(node, "id-1") == []
    assert len(node.translate(offer(CALL, 0)).actions) == 5


def test_a_leg_that_begins_after_its_withdrawal_is_hung_up(node: NodeCalls) -> None:
    node.translate(offer(CALL, 0))
    assert node.translate(WithdrawOffer(CALL, AGENTS[:1])).actions == []
    (hang_up,) = node.receive(DialBegan(CALLER, leg(2), f"{PHONES[0]}/sip:x")).actions
    assert (hang_up.name, hang_up.field("Channel")) == ("Hangup", leg(2).name)
    assert lines(node.receive(HungUp(leg(2), 16)).events) == ["OfferFailed ann withdrawn"]


@pytest.mark.parametrize("cause", [22, 58, 127])
def test_a_phone_that_gives_any_other_answer_is_not_reached(node: NodeCalls, cause: int) -> None:
    """410, 488, an unknown code: `failed` would mean that Asterisk could not ring the phone."""
    node.translate(offer(CALL, 0))
    node.receive(DialBegan(CALLER, leg(2), f"{PHONES[0]}/sip:x"))
    assert lines(node.receive(HungUp(leg(2), cause)).events) == ["OfferFailed ann unreachable"]


def test_ringing_and_answer_may_come_before_the_dial_begins(node: NodeCalls) -> None:
    node.translate(offer(CALL, 0))
    assert node.receive(StateChanged(leg(2), "Up")).events == []
    assert lines(node.receive(DialBegan(CALLER, leg(2), f"{PHONES[0]}/sip:x")).events) == [
        "AgentAnswered ann"
    ]


def test_a_phone_with_two_contacts_is_one_agent(node: NodeCalls) -> None:
    node.translate(offer(CALL, 0))
    for number in (2, 3):
        node.receive(DialBegan(CALLER, leg(number), f"{PHONES[0]}/sip:{number}"))
    assert lines(node.receive(StateChanged(leg(2), "Ringing")).events) == ["PhoneRang ann"]
    assert node.receive(StateChanged(leg(3), "Ringing")).events == []
    assert node.receive(HungUp(leg(2), 20)).events == []
    assert lines(node.receive(HungUp(leg(3), 17)).events) == ["OfferFailed ann busy"]


def test_who_is_taken_out_of_a_talk_does_not_wait_for_the_other_side(node: NodeCalls) -> None:
    """The target of a transfer rings while the former telephone is still told that its call is over."""
    node.translate(offer(CALL, 0))
    node.receive(DialBegan(CALLER, leg(2), f"{PHONES[0]}/sip:x"))
    node.receive(StateChanged(leg(2), "Up"))
    node.translate(TakeBack(CALL, "default"))
    back = node.receive(AgiStarted(CALLER, "+14165550199", "", "s"))
    assert lines(back.events) == ["AgentLegEnded ann", "CallReturned"]
    assert [action.name for action in node.translate(offer(CALL, 1)).actions][-1] == "Redirect"
    assert node.receive(HungUp(leg(2), 16)) == Step()
    node.receive(DialBegan(CALLER, leg(3, 1), f"{PHONES[1]}/sip:x"))
    assert lines(node.receive(StateChanged(leg(3, 1), "Up")).events) == ["AgentAnswered bob"]


def test_a_take_back_that_asterisk_refuses_leaves_the_talk_as_it_was(node: NodeCalls) -> None:
    node.translate(offer(CALL, 0))
    node.receive(DialBegan(CALLER, leg(2), f"{PHONES[0]}/sip:x"))
    node.receive(StateChanged(leg(2), "Up"))
    redirect = node.translate(TakeBack(CALL, "default")).actions[-1]
    assert lines(node.outcome(redirect, refused()).events) == ["CommandFailed TakeBack"]
    assert node.receive(AgiStarted(CALLER, "+14165550199", "", "s")).events == []
    assert lines(node.receive(HungUp(leg(2), 16)).events) == ["AgentLegEnded ann", "CallReturned"]


def test_two_pick_up_at_once_and_dial_says_who_talks(node: NodeCalls) -> None:
    node.translate(offer(CALL, 0, 1))
    for number, phone in ((2, 0), (3, 1)):
        node.receive(DialBegan(CALLER, leg(number, phone), f"{PHONES[phone]}/sip:x"))
    story = node.receive(StateChanged(leg(2), "Up")).events
    story += node.receive(StateChanged(leg(3, 1), "Up")).events
    story += node.receive(DialEnded(CALLER, leg(2), "CANCEL")).events
    story += node.receive(HungUp(leg(2), 26)).events
    story += node.receive(DialEnded(CALLER, leg(3, 1), "ANSWER")).events
    assert lines(story) == ["AgentAnswered ann", "AgentLegEnded ann", "AgentAnswered bob"]


def test_the_caller_returns_before_the_legs_end_has_come(node: NodeCalls) -> None:
    node.translate(offer(CALL, 0))
    node.receive(DialBegan(CALLER, leg(2), f"{PHONES[0]}/sip:x"))
    node.receive(DialEnded(CALLER, leg(2), "NOANSWER"))
    assert node.receive(AgiStarted(CALLER, "", "", "s")).events == []
    assert lines(node.receive(HungUp(leg(2), 21)).events) == ["OfferFailed ann rejected", "CallReturned"]


def test_a_legs_end_that_never_comes_is_not_waited_for(node: NodeCalls) -> None:
    node.translate(offer(CALL, 0))
    node.receive(DialBegan(CALLER, leg(2), f"{PHONES[0]}/sip:x"))
    node.receive(AgiStarted(CALLER, "", "", "s"))
    assert node.overdue().events == []
    assert lines(node.overdue().events) == ["OfferFailed ann unreachable", "CallReturned"]


def test_a_refused_redirect_ends_the_offer(node: NodeCalls) -> None:
    redirect = node.translate(offer(CALL, 0)).actions[-1]
    step = node.outcome(redirect, refused())
    assert lines(step.events) == ["OfferFailed ann failed", "CommandFailed OfferCall", "CallReturned"]
    assert lines(node.outcome(redirect, refused()).events) == []


def test_what_the_connection_took_with_it_is_left_to_the_resync(node: NodeCalls) -> None:
    redirect = node.translate(offer(CALL, 0)).actions[-1]
    assert node.outcome(redirect, ConnectionLost("gone")).events == []


def test_a_refused_prompt_is_finished_and_the_next_command_follows(node: NodeCalls) -> None:
    (stream,) = node.translate(Play(CALL, 5, ("one", "two"))).actions
    node.translate(StartMusic(CALL, "default"))
    step = node.outcome(stream, ActionTimeout("no answer"))
    assert lines(step.events) == ["CommandFailed Play", "PlaybackFinished 5 failed"]
    assert step.actions[0].field("Command") == "SET MUSIC ON default"


def test_a_play_that_still_waits_is_stopped_without_asterisk(node: NodeCalls) -> None:
    node.translate(Answer(CALL))
    node.translate(Play(CALL, 5, ("one",)))
    step = node.translate(StopPlay(CALL))
    assert (lines(step.events), step.actions) == (["PlaybackFinished 5 ok"], [])
    assert done(node, "id-1") == []


def test_a_prompt_that_is_stopped_lets_the_next_one_play(node: NodeCalls) -> None:
    """A caller presses a digit in a menu's prompt, and the block behind the menu speaks."""
    node.translate(Play(CALL, 5, ("one", "two")))
    node.translate(StopPlay(CALL))
    node.translate(Play(CALL, 6, ("three", "four")))
    step = node.receive(AgiExecuted(CALLER, "id-1", "200 result=0 endpos=13280"))
    assert lines(step.events) == ["PlaybackFinished 5 ok"]
    assert [action.field("Command") for action in step.actions] == ['STREAM FILE three ""']


def test_a_prompt_that_is_refused_lets_the_next_one_play(node: NodeCalls) -> None:
    (stream,) = node.translate(Play(CALL, 5, ("one", "two"))).actions
    node.translate(Play(CALL, 6, ("three",)))
    step = node.outcome(stream, ActionTimeout("no answer"))
    assert lines(step.events) == ["CommandFailed Play", "PlaybackFinished 5 failed"]
    assert [action.field("Command") for action in step.actions] == ['STREAM FILE three ""']


def test_an_unknown_call_fails_its_commands(node: NodeCalls) -> None:
    other = CallId("0" * 32)
    assert lines(node.translate(Answer(other)).events) == ["CommandFailed Answer"]
    story = lines(node.translate(offer(other, 0)).events)
    assert story == ["OfferFailed ann failed", "CommandFailed OfferCall"]


@pytest.mark.parametrize("sound", ["a b", "../x", 'x" "', "x&y", "X", ""])
def test_an_unsafe_value_never_becomes_an_action(node: NodeCalls, sound: str) -> None:
    step = node.translate(Play(CALL, 1, (sound,)))
    assert step.actions == []
    assert lines(step.events) == ["PlaybackFinished 1 failed", "CommandFailed Play"]


def test_a_phone_at_another_node_is_rung_over_the_trunk_to_it(node: NodeCalls) -> None:
    node.phones.contact_changed("b", ContactChanged(PHONES[0], "sip:x", True))
    dial = node.translate(OfferCall(CALL, AGENTS[:1], PHONES[:1], 20, "default")).actions[0]
    assert dial.field("Value") == f"PJSIP/{PHONES[0]}@node-b"
    remote = Channel("PJSIP/node-b-00000002", "a-1.2", CALLER.unique_id, CALLER.unique_id)
    node.receive(DialBegan(CALLER, remote, f"{PHONES[0]}@node-b"))
    assert lines(node.receive(StateChanged(remote, "Up")).events) == ["AgentAnswered ann"]


def test_after_a_failed_prompt_the_offer_waits_until_the_channel_is_back(node: NodeCalls) -> None:
    node.translate(Play(CALL, 1, ("missing", "queue/please-wait")))
    step = node.receive(AgiExecuted(CALLER, "id-1", "200 result=-1 endpos=0"))
    assert step.events == [], "perhaps the caller hung up"
    assert node.translate(offer(CALL, 0)).actions == []
    step = node.receive(AgiStarted(CALLER, "", "", "s"))
    assert lines(step.events) == ["PlaybackFinished 1 failed"]
    assert [action.name for action in step.actions][-1] == "Redirect"
    step = node.receive(AgiStarted(CALLER, "", "", "s"))
    assert lines(step.events)[-1] == "CallReturned"


def test_who_hung_up_first_is_told_before_the_legs_end(node: NodeCalls) -> None:
    assert node.receive(HangUpBegan(CALLER)).events == [CallerHangingUp(CALL)]
    assert node.receive(HangUpBegan(leg(2))).events == [], "of an agent's leg its end says enough"


def test_what_fails_because_the_caller_hung_up_is_not_told(node: NodeCalls) -> None:
    node.translate(Play(CALL, 1, ("vm-intro",)))
    assert node.receive(AgiExecuted(CALLER, "id-1", "200 result=-1 endpos=800")).events == []
    assert lines(node.receive(HungUp(CALLER, 16)).events) == ["CallHungUp 16"]


def test_a_channel_that_does_not_come_back_is_not_waited_for(node: NodeCalls) -> None:
    node.translate(Play(CALL, 1, ("missing",)))
    node.receive(AgiExecuted(CALLER, "id-1", "200 result=-1 endpos=0"))
    assert node.translate(StartMusic(CALL, "default")).actions == []
    assert node.overdue().actions == []
    assert [action.name for action in node.overdue().actions] == ["AGI"]


def test_a_talk_with_a_node_that_forgot_it_is_ended(node: NodeCalls) -> None:
    node.phones.contact_changed("b", ContactChanged(PHONES[0], "sip:1", True))
    node.translate(offer(CALL, 0))
    there = replace(leg(2), name="PJSIP/node-b-00000002")
    node.receive(DialBegan(CALLER, there, f"{PHONES[0]}@node-b"))
    assert node.lost_legs("b", set()) == [], "a leg that rings may not have come to the node yet"
    node.receive(StateChanged(there, "Up"))
    assert node.lost_legs("b", {CALLER.unique_id}) == []
    assert node.lost_legs("c", set()) == []
    (hang_up,) = node.lost_legs("b", set())
    assert (hang_up.name, hang_up.field("Channel")) == ("Hangup", there.name)
    step = node.receive(HungUp(there, 16))
    assert lines(step.events) == ["AgentLegEnded ann"]


def test_a_message_that_could_not_be_written_is_reported(node: NodeCalls) -> None:
    node.translate(RecordMessage(CALL, 3, "voicemail/x", 60, 5))
    assert node.receive(AgiExecuted(CALLER, "id-1", "200 result=-1 (writefile)")).events == []
    step = node.receive(AgiStarted(CALLER, "", "", "s"))
    assert lines(step.events) == ["CommandFailed RecordMessage", "MessageRecorded 3 voicemail/x"]


def test_results() -> None:
    result = parse_result("200 result=35 (dtmf) endpos=10560")
    assert (result.ok, result.result, result.seconds) == (True, 35, 1.32)
    assert not parse_result("200 result=-1 (hangup) endpos=12480").ok
    assert parse_result("511 Command Not Permitted on a dead channel").code == 511
    assert parse_result("nonsense").code == 0


def test_an_outside_number_fails_with_a_clear_line_where_no_trunk_leads_out(
    caplog: pytest.LogCaptureFixture,
) -> None:
    node = NodeCalls("a", Phones(), spool="/mnt/spool")
    node.receive(AgiStarted(CALLER, "+14165550199", "", "s"))
    step = node.translate(DialOut(CALL, "+14165550177", "", 20))
    assert lines(step.events) == ["PartyFailed", "CommandFailed DialOut"]
    assert step.actions == []
    assert "SWITCHROOM_TRUNKS" in caplog.text


@pytest.mark.parametrize("cause", [16, 44])
def test_the_end_of_an_outside_line_has_its_cause(cause: int) -> None:
    node = NodeCalls("a", Phones(), spool="/mnt/spool", trunks=("provider",))
    node.receive(AgiStarted(CALLER, "+14165550199", "", "s"))
    node.translate(DialOut(CALL, "+14165550177", "", 20))
    line = replace(leg(2), name="PJSIP/provider-00000002")
    node.receive(DialBegan(CALLER, line, "+14165550177@provider"))
    assert node.receive(StateChanged(line, "Up")).events == [PartyAnswered(CALL)]
    assert node.receive(HungUp(line, cause)).events == [PartyLegEnded(CALL, cause)]


@pytest.mark.parametrize(
    ("dialled", "caller", "expected"),
    [
        ("4165550100", "6475550123", ("+14165550100", "+16475550123")),
        ("+14165550100;npdi;rn=+14165550999", "+16475550123;ext=1", ("+14165550100", "+16475550123")),
        ("4165550100;phone-context=+1", "0014165550177", ("+14165550100", "+14165550177")),
        ("%2B14165550100", "%2B16475550123", ("+14165550100", "+16475550123")),
        ("+1-416-555-0100", "tel:+1-647-555-0123", ("+14165550100", "+16475550123")),
        ("0612345678", "0687654321", ("+33612345678", "+33687654321")),
        ("+33612345678", "00390612345678", ("+33612345678", "+390612345678")),
        ("+1416555031;ext=1", "+14165550177", ("+1416555031", "+14165550177")),
    ],
)
def test_a_trunk_may_write_numbers_in_its_own_way(
    dialled: str, caller: str, expected: tuple[str, str]
) -> None:
    node = NodeCalls(
        "a", Phones(), spool="/mnt/spool", dids=lambda: ("+14165550100", "+33612345678", "+14165550311")
    )
    channel = replace(CALLER, did=dialled)
    (entered,) = node.receive(AgiStarted(channel, caller, "", "s")).events
    assert isinstance(entered, CallEntered)
    assert (entered.did, entered.caller) == expected


def test_the_customer_is_the_same_for_each_spelling_of_their_number() -> None:
    customers = set()
    for caller in ("+5491123456789", "+541123456789"):
        node = NodeCalls("a", Phones(), spool="/mnt/spool")
        (entered,) = node.receive(AgiStarted(CALLER, caller, "", "s")).events
        assert isinstance(entered, CallEntered)
        assert entered.caller == caller
        customers.add(entered.customer)
    assert customers == {"+541123456789"}


def test_a_call_that_is_being_hung_up_loads_the_node_no_more() -> None:
    made = new_calls(load=lambda calls: calls / 10)

    def enters(number: int) -> float:
        channel = replace(CALLER, name=f"PJSIP/test-0000000{number}", unique_id=f"a-1795323478.{number}")
        (event,) = made.receive(AgiStarted(channel, "+14165550199", "", "s")).events
        assert isinstance(event, CallEntered)
        return event.load

    assert [enters(1), enters(2)] == [0.0, 0.1]
    made.translate(HangUp(CALL, 42))
    assert enters(3) == 0.1
    made.translate(HangUp(CALL, 42))
    assert made.carried == 2, "told twice, it goes once"
    made.receive(HungUp(CALLER, 42))
    assert (made.carried, len(made.calls)) == (2, 2)
    assert made.renewals(1.0) == []
    assert len(made.renewals(21.0)) == 2, "no timeout is set for a channel that goes"


def consulted(node: NodeCalls) -> CallId:
    """Let Ann talk to the caller and then to Bob, whom she consults. Return the call in which she does."""
    asks = Channel(
        leg(2).name, leg(2).unique_id, CALLER.unique_id, "c1-a-1.2", CALLER.unique_id, Role.CONSULT
    )
    node.translate(offer(CALL, 0))
    node.receive(DialBegan(CALLER, leg(2), f"{PHONES[0]}/sip:x"))
    node.receive(StateChanged(leg(2), "Up"))
    node.translate(Consult(CALL, 1, AGENTS[0], PHONES[0], "default", 60))
    node.receive(AgiStarted(asks, "", "", "s", "consult"))
    consult, bob = CallId(call_id("c1-a-1.2")), replace(leg(3, 1), call="c1-a-1.2")
    node.translate(offer(consult, 1))
    node.receive(DialBegan(asks, bob, f"{PHONES[1]}/sip:x"))
    assert lines(node.receive(StateChanged(bob, "Up")).events) == ["AgentAnswered bob"]
    return consult


def recorded(step: Step) -> list[str]:
    return [action.field("Channel") for action in step.actions if action.name == "MixMonitor"]


def test_a_recording_begins_when_its_channel_has_left_who_consulted(node: NodeCalls) -> None:
    """One that runs when the caller takes the place of who consulted may not hear the caller."""
    consult = consulted(node)
    assert recorded(node.translate(CompleteConsult(CALL, consult, "recordings/x-2"))) == []
    assert recorded(node.receive(HungUp(leg(2), 16))) == [leg(3, 1).name]
    assert [recorded(node.overdue()) for _ in range(3)] == [[], [], []]


def test_who_consulted_stays_and_the_recording_begins_a_moment_later(node: NodeCalls) -> None:
    consult = consulted(node)
    assert recorded(node.translate(JoinConsult(CALL, consult, "recordings/x-2"))) == []
    assert [recorded(node.overdue()) for _ in range(3)] == [[], [leg(3, 1).name], []]


def test_what_is_not_to_be_recorded_is_not(node: NodeCalls) -> None:
    consult = consulted(node)
    node.translate(CompleteConsult(CALL, consult))
    assert recorded(node.receive(HungUp(leg(2), 16))) == []
