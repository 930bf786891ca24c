"""The section `channels` of the inbox's contract. `tests/workers/jobs/test_inbox_channels.py` has what comes of it."""

import pytest

from models import ChannelState, InboxChannel
from switchroom.encryption import decrypt
from switchroom.inbox import Source
from tests.contract.sections.inbox.test_messages import jobs
from tests.support.api.inbox import Inbox, did

pytestmark = pytest.mark.service

NUMBERS = ["+14165550101", "+1 416 555 0102"]


@pytest.mark.operation("inbox-connect-channels")
def test_connect_channels(inbox: Inbox) -> None:
    admin = inbox.world.admin
    body = {
        "organization_id": inbox.org, "source": "SMS_TWILIO", "external_channel_ids": NUMBERS, "token": "AC1:secret",
        "name": "My custom name", "image_url": "https://example.com/jeff.jpg",
    }  # fmt: skip
    pending = inbox.drive(admin, "/connect-channels", 202, **body)["pending_channel_ids"]
    assert list(pending) == NUMBERS
    assert inbox.ask(inbox.world.member, "/connect-channels", **body).json()["code"] == 103
    rows = [inbox.world.api.get(InboxChannel, id.replace("-", "")) for id in pending.values()]
    assert [row.external_id for row in rows] == ["+14165550101", "+14165550102"]
    assert {row.state for row in rows} == {"pending"}
    settings = inbox.world.api.context.settings
    assert {decrypt(settings, row.sealed_token) for row in rows} == {"AC1:secret"}
    assert [channel for channel, _ in jobs(inbox, "connect_inbox_channel")] == [row.id for row in rows]
    again = inbox.ask(admin, "/connect-channels", **body).json()["pending_channel_ids"]
    assert again == pending
    wrong = inbox.ask(admin, "/connect-channels", **{**body, "external_channel_ids": ["page"]})
    assert wrong.json()["message"].startswith("external_channel_ids: ")


def test_a_channel_of_another_organization_is_not_taken(inbox: Inbox) -> None:
    stranger = inbox.world.stranger
    assert stranger.member
    body = {
        "organization_id": did(stranger.member.team_id), "source": "SMS_TWILIO", "token": "AC1:secret",
        "external_channel_ids": [inbox.channel.external_id],
    }  # fmt: skip
    answer = inbox.ask(stranger, "/connect-channels", **body)
    assert (answer.status_code, answer.json()["code"]) == (409, 306)


def test_an_address_is_kept_from_no_organization(inbox: Inbox) -> None:
    """Whoever has any mailbox can name any address, so naming it first proves nothing."""
    inbox.connected(Source.EMAIL, "desk@acme.example")
    stranger = inbox.world.stranger
    assert stranger.member
    body = {
        "organization_id": did(stranger.member.team_id), "source": "EMAIL", "token": "imaps://u:p@h smtps://u:p@h",
        "external_channel_ids": ["Desk@acme.example"],
    }  # fmt: skip
    answer = inbox.ask(stranger, "/connect-channels", **body)
    assert answer.status_code == 202
    assert did(inbox.channel) not in answer.json()["pending_channel_ids"].values()


@pytest.mark.operation("inbox-disconnect-channels")
def test_disconnect_channels(inbox: Inbox) -> None:
    admin, other = inbox.world.admin, inbox.connected(Source.SMS_TWILIO, "+14165550188")
    named = {"organization_id": inbox.org, "source": "SMS_TWILIO"}
    by_external = {**named, "external_channel_ids": [inbox.channel.external_id]}
    assert inbox.drive(admin, "/disconnect-channels", 202, **by_external) == {}
    assert inbox.ask(admin, "/disconnect-channels", **named, channel_ids=[did(other)]).status_code == 202
    for channel in (inbox.channel, other):
        assert inbox.world.api.get(InboxChannel, channel.id).state == ChannelState.DISCONNECTING.value
    assert jobs(inbox, "disconnect_inbox_channel") == [[inbox.channel.id], [other.id]]
    unknown = inbox.ask(admin, "/disconnect-channels", **named, external_channel_ids=["+14165550000"])
    assert (unknown.status_code, unknown.json()["code"]) == (404, 206)
    assert inbox.ask(admin, "/disconnect-channels", **named).json()["code"] == 101
    assert inbox.ask(inbox.world.member, "/disconnect-channels", **by_external).json()["code"] == 103


@pytest.mark.operation("inbox-available-channels")
def test_available_channels(inbox: Inbox) -> None:
    body = {"organization_id": inbox.org, "source": "SMS_TWILIO", "token": "AC1:secret"}
    request = inbox.drive(inbox.world.admin, "/channels", 202, **body)["available_channels_request_id"]
    ((id, team, user, source, token),) = jobs(inbox, "list_inbox_channels")
    assert (did(id), team, user, source) == (
        request, inbox.world.team.id, inbox.world.admin.user.id, "SMS_TWILIO",
    )  # fmt: skip
    assert "secret" not in token
    assert "=" not in token
    padded = token + "=" * (-len(token) % 4)
    assert decrypt(inbox.world.api.context.settings, padded) == "AC1:secret"
    assert inbox.ask(inbox.world.member, "/channels", **body).json()["code"] == 103


@pytest.mark.operation("inbox-connected-channels")
def test_connected_channels(inbox: Inbox) -> None:
    inbox.world.api.add(InboxChannel(team_id=inbox.world.team.id, source="FACEBOOK", external_id="page42"))
    (shown,) = inbox.drive(inbox.world.member, "/connected-channels", organization_id=inbox.org)["channels"]
    assert shown == {
        "id": did(inbox.channel), "name": inbox.channel.name, "source": "SMS_TWILIO", "organization_id": inbox.org,
        "external_channel_id": inbox.channel.external_id, "image_url": None,
    }  # fmt: skip
