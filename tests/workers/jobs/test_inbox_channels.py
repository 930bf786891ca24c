"""Channels of Twilio are connected, disconnected and listed; clients are told what came of it."""

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from models import ChannelState, InboxChannel, Team
from models.inbox_channel import claim_of
from models.outbox import OutboxKind, emit
from switchroom.database import session
from switchroom.encryption import encrypt
from switchroom.ids import dashed_id, new_id
from switchroom.inbox import Source
from switchroom.messages.outbox import JobRequest
from tests.support.providers.twilio import TOKEN
from tests.workers.jobs.inbox import NUMBER, Office, office_of
from workers.resources import Resources

pytestmark = pytest.mark.service

HOOK = "https://calls.example.org/hooks/twilio"


@pytest.fixture
def office(resources: Resources, monkeypatch: pytest.MonkeyPatch, httpserver: HTTPServer) -> Office:
    return office_of(resources, monkeypatch, httpserver)


def ask(office: Office, job: str, *args: str) -> None:
    with session(office.resources.engine) as db:
        emit(db, OutboxKind.JOB, JobRequest(name=job, args=list(args)).model_dump())
    office.works()


def current(office: Office, channel: InboxChannel) -> InboxChannel:
    row: InboxChannel = office.get(InboxChannel, channel.id)
    return row


def test_a_number_is_connected_and_disconnected(office: Office) -> None:
    office.twilio.add_number(NUMBER, "Front desk")
    channel = office.channel(state=ChannelState.PENDING)
    ask(office, "connect_inbox_channel", channel.id)
    row = current(office, channel)
    assert (row.state, row.name, row.claim) == ("connected", "Front desk", f"SMS_TWILIO:{NUMBER}")
    (number,) = office.twilio.numbers.values()
    assert number["sms_url"] == HOOK
    (told,) = office.events("inbox_channel")
    assert (told["verb"], told["data"]["id"], told["data"]["source"]) == (
        "connected", dashed_id(channel.id), "SMS_TWILIO",
    )  # fmt: skip
    with session(office.resources.engine) as db:
        db.get_one(InboxChannel, channel.id).state = ChannelState.DISCONNECTING.value
    ask(office, "disconnect_inbox_channel", channel.id)
    row = current(office, channel)
    assert (row.state, row.claim, row.sealed_token, number["sms_url"]) == ("disconnected", None, None, "")
    assert [event["verb"] for event in office.events("inbox_channel")] == ["connected", "disconnected"]


def test_a_sender_of_whatsapp_is_connected_and_disconnected(office: Office) -> None:
    office.twilio.add_sender(NUMBER, "Acme")
    channel = office.channel(Source.WHATSAPP_TWILIO, ChannelState.PENDING)
    ask(office, "connect_inbox_channel", channel.id)
    row = current(office, channel)
    assert (row.state, row.name, row.image_url) == ("connected", "Acme", "https://example.com/logo.png")
    (sender,) = office.twilio.senders.values()
    assert sender["webhook"]["callback_url"] == HOOK
    with session(office.resources.engine) as db:
        db.get_one(InboxChannel, channel.id).state = ChannelState.DISCONNECTING.value
    ask(office, "disconnect_inbox_channel", channel.id)
    assert sender["webhook"]["callback_url"] == ""


def test_a_number_that_the_account_does_not_have_is_not_connected(office: Office) -> None:
    channel = office.channel(state=ChannelState.PENDING)
    ask(office, "connect_inbox_channel", channel.id)
    row = current(office, channel)
    assert (row.state, row.claim, row.problem) == ("failed", None, "Twilio: the account has no such number")
    (told,) = office.events("inbox_channel")
    assert (told["verb"], told["data"]["problem"]) == ("failed", row.problem)


@pytest.mark.parametrize(
    ("token", "problem"),
    [
        ("nonsense", "Twilio: the token must be the account's SID, a colon, and its auth token"),
        (TOKEN + "x", "Twilio: 20003 Authenticate"),
    ],
)
def test_a_wrong_token_is_told(office: Office, token: str, problem: str) -> None:
    office.twilio.add_number(NUMBER)
    channel = office.channel(state=ChannelState.PENDING)
    with session(office.resources.engine) as db:
        db.get_one(InboxChannel, channel.id).sealed_token = encrypt(office.resources.settings, token)
    ask(office, "connect_inbox_channel", channel.id)
    assert current(office, channel).problem == problem


def test_a_twilio_that_is_away_is_asked_again(office: Office) -> None:
    office.twilio.add_number(NUMBER)
    office.twilio.interruptions = [Response(status=503)]
    channel = office.channel(state=ChannelState.PENDING)
    ask(office, "connect_inbox_channel", channel.id)
    row = current(office, channel)
    assert (row.state, row.problem) == ("pending", "Twilio: status 503")
    (told,) = office.events("inbox_channel")
    assert (told["verb"], told["data"]["problem"]) == ("delayed", "Twilio: status 503")
    office.works_later()
    row = current(office, channel)
    assert (row.state, row.problem) == ("connected", None)


def test_a_request_does_not_wait_for_the_next_try_of_another(office: Office) -> None:
    office.twilio.add_number(NUMBER)
    office.twilio.interruptions = [Response(status=503)]
    channel = office.channel(state=ChannelState.PENDING)
    ask(office, "connect_inbox_channel", channel.id, new_id())
    ask(office, "connect_inbox_channel", channel.id, new_id())
    assert current(office, channel).state == "connected"
    office.works_later()
    assert current(office, channel).state == "connected"


def test_two_organizations_do_not_have_the_same_channel(office: Office) -> None:
    office.twilio.add_number(NUMBER)
    other = Team(team_name="O", slug="o", owner_id=office.user.id, billing_id=2, number=2)
    theirs = InboxChannel(
        team_id=other.id, source="SMS_TWILIO", external_id=NUMBER, state="connected",
        claim=claim_of("SMS_TWILIO", NUMBER),
    )  # fmt: skip
    office.add(other, theirs)
    channel = office.channel(state=ChannelState.PENDING)
    ask(office, "connect_inbox_channel", channel.id)
    row = current(office, channel)
    assert (row.state, row.problem) == ("failed", "The channel is connected to another organization")


@pytest.mark.parametrize("source", [Source.SMS_TWILIO, Source.WHATSAPP_TWILIO])
def test_the_channels_of_an_account_are_listed_to_who_asked(office: Office, source: Source) -> None:
    office.twilio.page_size = 2
    for number in (NUMBER, "+14165550101", "+14165550102"):
        (office.twilio.add_sender if source is Source.WHATSAPP_TWILIO else office.twilio.add_number)(
            number, number
        )
    office.channel(source)
    request, token = new_id(), encrypt(office.resources.settings, TOKEN).rstrip("=")
    ask(office, "list_inbox_channels", request, office.team.id, office.user.id, source.value, token)
    (told,) = office.events("inbox_channels")
    assert told["data"]["available_channels_request_id"] == dashed_id(request)
    found = {one["external_channel_id"]: one["connected"] for one in told["data"]["channels"]}
    assert found == {NUMBER: True, "+14165550101": False, "+14165550102": False}
    assert told["audience"] == {"team": office.team.id, "users": [office.user.id]}


def test_who_asks_a_source_that_is_away_is_told_at_once(office: Office) -> None:
    office.twilio.interruptions = [Response(status=503)]
    request, token = new_id(), encrypt(office.resources.settings, TOKEN).rstrip("=")
    ask(office, "list_inbox_channels", request, office.team.id, office.user.id, "SMS_TWILIO", token)
    (told,) = office.events("inbox_channels")
    assert (told["data"]["problem"], told["data"]["channels"]) == ("Twilio: status 503", [])
    assert office.waits() == []


def test_a_source_that_this_release_lacks_says_so(office: Office) -> None:
    request, token = new_id(), encrypt(office.resources.settings, TOKEN).rstrip("=")
    ask(office, "list_inbox_channels", request, office.team.id, office.user.id, "GOOGLE", token)
    (told,) = office.events("inbox_channels")
    assert told["data"]["problem"].startswith("GOOGLE: ")
    assert told["data"]["channels"] == []
