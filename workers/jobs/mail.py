"""Mail over SMTP. The message stands in the outbox row: a `switchroom.messages.outbox.Mail`."""

import logging
import smtplib
import ssl
import tempfile
from email.message import EmailMessage
from email.utils import formatdate, parseaddr
from pathlib import Path
from time import monotonic
from urllib.parse import unquote, urlsplit

from pydantic import ValidationError
from rq import Retry, get_current_job

from models import Outbox, Voicemail
from models.stored_file import PLAYED
from switchroom.database import session
from switchroom.mail_headers import header_text
from switchroom.messages.outbox import Mail
from switchroom.settings import Settings
from workers.jobs.reports import attach_report
from workers.resources import Resources, get_resources

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = 30
WAIT_SECONDS, LONGEST_WAITS = 300, 1000
"""How often a mail that waits for a mail server is tried. It is purged long before the last time."""
HANGS_SECONDS = 60
"""How long no mail is tried after one for which the server had no answer: the jobs behind them would wait for each."""


class MailError(Exception):
    """The mail was not sent."""


class NoServerError(MailError):
    """No mail server is configured, or it does not answer. The mail waits for one."""


def send_mail(outbox_id: str) -> Retry | None:
    """Job: send the mail of this outbox row. Raises `MailError`, `smtplib.SMTPException`, `StorageError`, `OSError`.

    While no mail server is configured, or it hangs, it returns an RQ `Retry`, so that the mail waits and uses up no
    try. A mail that is sent twice (because of a crash) has the same Message-ID, so that mailboxes show it once.
    """
    resources = get_resources()
    with session(resources.engine, readonly=True) as db:
        row = db.get(Outbox, outbox_id)
    if row is None:
        give_up()
        raise MailError(f"no outbox row {outbox_id}: a mail is kept for a day")
    try:
        message = compose(resources.settings, row)
        attach(resources, message, row)
        hand_over(resources, message)
    except NoServerError as error:
        return wait_for_server(resources, row, error)
    with session(resources.engine) as db:
        row.error = None
        db.merge(row)
    logger.info("mail sent", extra={"outbox": outbox_id})
    return None


def wait_for_server(resources: Resources, row: Outbox, error: NoServerError) -> Retry:
    """Note on the row that it waits for a mail server. Returns what the job returns to be run again."""
    with session(resources.engine) as db:
        row.error = f"waits: {error}"
        db.merge(row)
    logger.warning("a mail waits for a mail server", extra={"outbox": row.id})
    return Retry(max=LONGEST_WAITS, interval=WAIT_SECONDS)


def give_up() -> None:
    """Let the job that runs fail for good when it raises: another try would change nothing."""
    if (job := get_current_job()) is not None:
        job.retries_left = 0


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
    message["From"], message["To"] = settings.mail_from, mail.to
    message["Subject"] = header_text(mail.subject)
    message["Date"] = formatdate(row.created_at.timestamp())
    message["Message-ID"] = f"<{row.id}@{parseaddr(settings.mail_from)[1].rpartition('@')[2]}>"
    message.set_content(mail.text)
    return message


def attach(resources: Resources, message: EmailMessage, row: Outbox) -> None:
    """Attach the statistics, or the audio of the voicemail, that the mail names. A voicemail that is gone, or too
    large, is left out.

    Raises `StorageError`.
    """
    mail = Mail.model_validate(row.payload)
    if mail.report is not None:
        with session(resources.engine, readonly=True) as db:
            attach_report(message, mail.report, db)
    named = mail.voicemail
    if named is None:
        return
    with session(resources.engine, readonly=True) as db:
        voicemail = db.get(Voicemail, named)
    if voicemail is None or voicemail.s3_key is None or voicemail.state not in PLAYED:
        return
    if (voicemail.size or 0) > resources.settings.voicemail_mail_megabytes * 1_000_000:
        logger.info("a voicemail is too large to be mailed", extra={"voicemail": named})
        return
    with tempfile.TemporaryDirectory(prefix="switchroom-") as folder:
        audio = Path(folder) / "voicemail.wav"
        resources.storage.get_file(voicemail.s3_key, audio)
        name = f"voicemail-{voicemail.created_at:%Y%m%d-%H%M%S}.wav"
        message.add_attachment(audio.read_bytes(), maintype="audio", subtype="wav", filename=name)


def hand_over(resources: Resources, message: EmailMessage) -> None:
    """Deliver the message, unless another one waited in vain for the server's answer a moment ago.

    Raises what `deliver` raises, and `NoServerError`.
    """
    hangs = resources.keys.mail_hangs
    if resources.redis.exists(hangs):
        raise NoServerError("the mail server does not answer")
    began = monotonic()
    try:
        deliver(resources.settings, message)
    except OSError as error:  # also smtplib's
        if monotonic() - began < TIMEOUT_SECONDS:
            raise
        resources.redis.set(hangs, 1, ex=HANGS_SECONDS)
        raise NoServerError("the mail server does not answer") from error


def deliver(settings: Settings, message: EmailMessage) -> None:
    """Hand the message to the server of `smtp_url` (`smtp://`, with STARTTLS where offered, or
    `smtps://`).
    """
    if not settings.smtp_url:
        raise NoServerError("SWITCHROOM_SMTP_URL is not set")
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
