"""Customers who write to the demo team."""

import secrets

from sqlmodel import Session

from models import ChannelState, InboxChannel, InboxSettings, utcnow
from models.inbox_channel import claim_of
from models.inbox_message import receive
from switchroom.encryption import encrypt
from switchroom.ids import dashed_id, new_id, parse_id
from switchroom.inbox import Inbound, Source
from tests.support.e2e.system import System


def hears(
    system: System, text: str, sender: str = "+14165550188", *, queue: str = "", channel: str = "Shop"
) -> str:
    """Let Grace Hopper write to a new channel of the team, which has this name. Return the conversation's id.

    `queue`: whose agents are offered it.
    """

    def writes(session: Session) -> str:
        source, number = Source.SMS_TWILIO.value, f"+1416777{secrets.randbelow(10_000):04}"
        made = InboxChannel(
            team_id=system.team_id, source=source, external_id=number, name=channel,
            state=ChannelState.CONNECTED.value, claim=claim_of(source, number),
            sealed_token=encrypt(system.settings, "AC0:secret"),
        )  # fmt: skip
        session.add(made)
        session.flush()
        if queue:
            session.add(InboxSettings(channel_id=made.id, team_id=made.team_id, queue_id=parse_id(queue)))
        said = Inbound(
            sender=sender, sender_name="Grace Hopper", text=text, provider_id=new_id(), sent_at=utcnow()
        )
        message = receive(session, made, said)
        assert message is not None
        return dashed_id(message.conversation_id)

    return str(system.transaction(writes))
