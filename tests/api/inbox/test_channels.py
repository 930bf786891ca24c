"""All channels of an organization, with what became of them."""

import pytest

from models import ChannelState, InboxChannel
from tests.support.api.inbox import Inbox, did

pytestmark = pytest.mark.service


def test_admins_see_every_channel_with_its_state(inbox: Inbox) -> None:
    admin, team = inbox.world.admin, inbox.world.team.id
    failed = InboxChannel(
        team_id=team,
        source="FACEBOOK",
        external_id="page42",
        name="Page",
        state=ChannelState.FAILED.value,
        problem="The token is not good",
        sealed_token="sealed",
    )
    inbox.world.api.add(failed)
    known = {
        "id": did(inbox.channel), "name": inbox.channel.name, "source": "SMS_TWILIO", "organization_id": inbox.org,
        "external_channel_id": inbox.channel.external_id, "image_url": None, "state": "connected", "problem": None,
    }  # fmt: skip
    shown = inbox.drive(admin, "/all-channels", organization_id=inbox.org)["channels"]
    assert sorted(shown, key=lambda one: one["state"]) == [
        known,
        {
            **known, "id": did(failed), "name": "Page", "source": "FACEBOOK", "external_channel_id": "page42",
            "state": "failed", "problem": "The token is not good",
        },
    ]  # fmt: skip
    answer = inbox.ask(inbox.world.member, "/all-channels", organization_id=inbox.org)
    assert answer.json()["code"] == 103
