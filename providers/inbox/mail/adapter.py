"""Connect mailboxes, and send mails of theirs. What they get, the process `switchroom mail-reader` reads."""

from datetime import UTC, datetime

from providers.inbox.base import Accepted, Access, Found, Letter
from providers.inbox.http import SourceRefused
from providers.inbox.mail import smtp
from providers.inbox.mail.accounts import account_of
from providers.inbox.mail.imap import open_mailbox
from providers.inbox.mail.writing import compose, message_id, recipient
from switchroom.inbox import DeliveryState


class Mail:
    """See `providers.inbox.base.Adapter`. `private`: servers that are not public are spoken to, too."""

    def __init__(self, *, private: bool) -> None:
        self._private = private

    def available(self, token: str) -> list[Found]:
        """Return the one address that the account has, if its user is an address."""
        account = account_of(token)
        with open_mailbox(account.imap, private=self._private):
            user = account.imap.user
        return [Found(user.lower(), user)] if "@" in user else []

    def connect(self, access: Access, hook: str) -> Found:
        account = account_of(access.token)
        with open_mailbox(account.imap, private=self._private) as mailbox:
            mailbox.select()
        smtp.check(account.smtp, private=self._private)
        return Found(access.external_id, access.external_id)

    def disconnect(self, access: Access) -> None:
        """Do nothing: no server was told anything."""

    def send(self, access: Access, letter: Letter) -> Accepted:
        try:
            mail = compose(letter, access.external_id, letter.sender_name, datetime.now(UTC))
        except ValueError as error:
            raise SourceRefused(f"E-mail: {error}"[:200]) from None
        server = account_of(access.token).smtp
        smtp.send(server, mail, access.external_id, recipient(letter.to), private=self._private)
        return Accepted(message_id(letter.id, access.external_id), DeliveryState.DELIVERED)

    def find_sent(self, access: Access, letter: Letter, since: datetime) -> list[Accepted]:
        """Return nothing: SMTP cannot be asked. A mail that goes out again has the same Message-ID."""
        return []

    def headers(self, access: Access, url: str) -> dict[str, str]:
        return {}
