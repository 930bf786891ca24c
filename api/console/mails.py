"""The HTML of a contact's mail as a page of its own, for a frame that can do nothing.

The mail was made safe when it came (`providers.inbox.mail.reading`). The policy does not rely on that: it runs nothing,
loads nothing but pictures from our storage, and gives the page an origin of its own. So no sender learns that their
mail was read.
"""

from base64 import b64encode
from hashlib import sha256

from sqlmodel import col, select

from api.console.files import storage_origin
from api.core.errors import NotFound
from api.core.scope import Scope
from models import Conversation, InboxFile, InboxMail, InboxMessage
from models.inbox_file import InboxFileState, kind_of, link_of
from providers.inbox.mail.reading import with_pictures
from switchroom.ids import dashed_id, parse_id
from switchroom.inbox import AttachmentType
from switchroom.settings import Settings
from switchroom.storage import Storage

SANDBOX = "allow-popups allow-popups-to-escape-sandbox"
"""What the frame may do: open a link in another tab, which is a page like any other."""
_STYLE = """
body { margin: 12px; font: 15px/1.5 system-ui, sans-serif; color: #1b1f27; background: #fff; overflow-wrap: anywhere; }
table { border-spacing: 0; max-width: 100%; }
td, th { padding: 2px 6px; text-align: start; vertical-align: top; }
blockquote { margin: 8px 0; padding-inline-start: 12px; border-inline-start: 2px solid #c4c9d2; }
pre { white-space: pre-wrap; }
a { color: #1a56b8; }
img { max-width: 100%; height: auto; }
"""
_STYLE_DIGEST = b64encode(sha256(_STYLE.encode()).digest()).decode()


def headers(settings: Settings) -> dict[str, str]:
    """Return the headers of a mail's page."""
    policy = (
        f"sandbox {SANDBOX}",
        "default-src 'none'",
        f"style-src 'sha256-{_STYLE_DIGEST}'",
        f"img-src {storage_origin(settings)}",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'self'",
    )
    return {
        "Content-Security-Policy": "; ".join(policy),
        "X-Frame-Options": "SAMEORIGIN",
        "Cache-Control": "private, no-store",
    }


def mail_page(scope: Scope, storage: Storage, message_id: str) -> str:
    """Return the page of a mail in a conversation of the caller's organizations, with its own pictures. Raises
    NotFound."""
    sought = (
        select(InboxMail.html, Conversation.id)
        .join(InboxMessage, col(InboxMessage.id) == col(InboxMail.message_id))
        .join(Conversation, col(Conversation.id) == col(InboxMessage.conversation_id))
        .where(col(InboxMail.message_id) == parse_id(message_id))
    )
    found = scope.session.exec(sought).first()
    if found is None:
        raise NotFound("mail")
    html, conversation = found
    scope.get(Conversation, conversation, "mail")
    if not html:
        raise NotFound("mail")
    files = scope.session.exec(select(InboxFile).where(col(InboxFile.message_id) == parse_id(message_id)))
    pictures = {
        dashed_id(file.id): link_of(storage, file.id, file.name, file.type)
        for file in files
        if kind_of(file.type) is AttachmentType.IMAGE and file.state == InboxFileState.STORED.value
    }
    html = with_pictures(html, pictures.get)
    return (
        '<!doctype html><html><head><meta charset="utf-8"><base target="_blank"><title>Mail</title>'
        f"<style>{_STYLE}</style></head><body>{html}</body></html>"
    )
