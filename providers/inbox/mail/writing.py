"""Mails of members to contacts, in the thread that the contact began."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from providers.inbox.base import Letter
from switchroom.inbox import AttachmentType
from switchroom.mail_headers import header_text, require_one_line

MOST_REFERENCES = 20


def message_id(message: str, address: str) -> str:
    """Return the Message-ID of a message of ours. It is the same however often the mail goes out."""
    return f"<{message}@{address.rpartition('@')[2]}>"


def recipient(to: str) -> str:
    """Return the address in a conversation's name at the source: `<thread>:<address>`."""
    return to.partition(":")[2]


def compose(letter: Letter, address: str, name: str, now: datetime) -> EmailMessage:
    """Return the mail. Raises ValueError for an address that no header takes, or if there is none to answer."""
    if "@" not in recipient(letter.to):
        raise ValueError("the contact's mail names no address to answer")
    message = EmailMessage()
    user, _, domain = address.rpartition("@")
    message["From"] = Address(header_text(name) if name != address else "", user, domain)
    message["To"] = recipient(letter.to)
    thread = letter.thread
    subject = header_text(thread.subject if thread else "")
    reply = subject if subject.lower().startswith(("re:", "aw:")) else f"Re: {subject}".strip()
    message["Subject"] = reply
    message["Date"] = format_datetime(now)
    message["Message-ID"] = message_id(letter.id, address)
    if letter.automatic:
        message["Auto-Submitted"] = "auto-replied"  # RFC 3834: so that no other machine answers it
    if thread is not None and thread.in_reply_to:
        message["In-Reply-To"] = header_text(thread.in_reply_to)
        message["References"] = header_text(
            " ".join([*thread.references, thread.in_reply_to][-MOST_REFERENCES:])
        )
    require_one_line(message)
    message.set_content(_text(letter), cte="quoted-printable")
    for one in letter.attachments:
        payload = one["payload"]
        if "file_id" in payload and letter.content is not None:
            main, _, sub = payload["media_type"].partition("/")
            content = letter.content(payload["file_id"])
            message.add_attachment(
                content, maintype=main, subtype=sub or "octet-stream", filename=header_text(payload["title"])
            )
    return message


def _text(letter: Letter) -> str:
    """Return the text, and below it the links of what is no file of ours."""
    links = [
        f"{one['payload']['title']}: {one['payload']['url']}"
        if one["type"] == AttachmentType.LINK.value
        else one["payload"]["url"]
        for one in letter.attachments
        if "file_id" not in one["payload"] and one["payload"].get("url")
    ]
    return "\n".join([letter.text, *links]).strip() + "\n"
