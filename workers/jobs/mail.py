"""Mail over SMTP. The message stands in the outbox row: a `switchroom.messages.outbox.Mail`."""

import logging
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, parseaddr
from urllib.parse import unquote, urlsplit

from pydantic import ValidationError

from models import Outbox
from switchroom.database import session
from switchroom.messages.outbox import Mail
from switchroom.settings import Settings
from workers.resources import get_resources

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = 30


class MailError(Exception):
    """The mail was not sent."""


def send_mail(outbox_id: str) -> None:
    """Job: send the mail of this outbox row. Raises `MailError`, `smtplib.SMTPException`, `OSError`.

    A mail that is sent twice (because of a crash) has the same Message-ID, so that mailboxes show it once.
    """
    resources = get_resources()
    with session(resources.engine, readonly=True) as db:
        row = db.get(Outbox, outbox_id)
    if row is None:
        raise MailError(f"no outbox row {outbox_id}: a mail is kept for a day")
    settings = resources.settings
    deliver(settings, compose(settings, row))
    with session(resources.engine) as db:
        row.error = None
        db.merge(row)
    logger.info("mail sent", extra={"outbox": outbox_id})


def compose(settings: Settings, row: Outbox) -> EmailMessage:
    """Make the message of an outbox row. Raises `MailError` if the payload is no mail, or would add headers."""
    try:
        mail = Mail.model_validate(row.payload)
    except ValidationError as error:
        wrong = ", ".join(str(it["loc"][0]) for it in error.errors())
        raise MailError(f"the mail's payload lacks these, or they are no texts: {wrong}") from None
    if "@" not in parseaddr(mail.to)[1] or any(ord(char) < 32 for char in mail.to + mail.subject):
        raise MailError("the mail's address or subject is not valid")
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = settings.mail_from, mail.to, mail.subject
    message["Date"] = formatdate(row.created_at.timestamp())
    message["Message-ID"] = f"<{row.id}@{parseaddr(settings.mail_from)[1].rpartition('@')[2]}>"
    message.set_content(mail.text)
    return message


def deliver(settings: Settings, message: EmailMessage) -> None:
    """Hand the message to the server of `smtp_url` (`smtp://`, with STARTTLS where offered, or
    `smtps://`).
    """
    if not settings.smtp_url:
        raise MailError("not sent: SWITCHROOM_SMTP_URL is not set")
    url = urlsplit(settings.smtp_url)
    if url.scheme not in ("smtp", "smtps") or not url.hostname:
        raise MailError("not sent: SWITCHROOM_SMTP_URL is not smtp://user:password@host:port")
    context = ssl.create_default_context()
    client: smtplib.SMTP
    if url.scheme == "smtps":
        client = smtplib.SMTP_SSL(url.hostname, url.port or 465, timeout=TIMEOUT_SECONDS, context=context)
    else:
        client = smtplib.SMTP(url.hostname, url.port or 587, timeout=TIMEOUT_SECONDS)
    with client:
        client.ehlo()
        if url.scheme == "smtp" and client.has_extn("starttls"):
            client.starttls(context=context)
        if url.username:
            client.login(unquote(url.username), unquote(url.password or ""))
        client.send_message(message)
