"""A source of our own: a message is there for the visitor as soon as it is stored."""

from datetime import datetime

from providers.inbox.base import Accepted, Access, Found, Letter
from providers.inbox.http import SourceRefused
from switchroom.inbox import DeliveryState


class WebChat:
    """See `providers.inbox.base.Adapter`. A message is `DELIVERED` when the visitor's page says that it showed it."""

    def available(self, token: str) -> list[Found]:
        return []

    def connect(self, access: Access, hook: str) -> Found:
        raise SourceRefused("Web chats are made by /save-web-chat")

    def disconnect(self, access: Access) -> None:
        """Do nothing: a channel that is not connected answers no visitor."""

    def send(self, access: Access, letter: Letter) -> Accepted:
        return Accepted(letter.id, DeliveryState.PENDING)

    def find_sent(self, access: Access, letter: Letter, since: datetime) -> list[Accepted]:
        return [Accepted(letter.id, DeliveryState.PENDING)]

    def headers(self, access: Access, url: str) -> dict[str, str]:
        return {}
