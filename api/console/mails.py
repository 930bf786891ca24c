"""The HTML of a contact's mail as a page of its own, for a frame that can do nothing.

The mail was made safe when it came (`providers.inbox.mail.reading`). The policy does not rely on that: it runs nothing,
loads nothing from anywhere, and gives the page an origin of its own. So no sender learns that their mail was read.
"""

from base64 import b64encode
from hashlib import sha256

from sqlmodel import col, select

from api.core.errors import NotFound
from api.core.scope import Scope
from models import Conversation, InboxMail, InboxMessage
from switchroom.ids import parse_id

SANDBOX = "allow-popups allow-popups-to-escape-sandbox"
"""What the frame may do: open a link in another tab, which is a page like any other."""
_STYLE = """
body { margin: 12px; font: 15px/1.5 system-ui, sans-serif; color: #1b1f27; background: #fff; overflow-wrap: anywhere; }
table { border-spacing: 0; max-width: 100%; }
td, th { padding: 2px 6px; text-align: start; vertical-align: top; }
blockquote { margin: 8px 0; padding-inline-start: 12px; border-inline-start: 2px solid #c4c9d2; }
pre { white-space: pre-wrap; }
a { color: #1a56b8; }
"""
_STYLE_DIGEST = b64encode(sha256(_STYLE.encode()).digest()).decode()
HEADERS = {
    "Content-Security-Policy": "; ".join(
        (
            f"sandbox {SANDBOX}",
            "default-src 'none'",
            f"style-src 'sha256-{_STYLE_DIGEST}'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'self'",
        )
    ),
    "X-Frame-Options": "SAMEORIGIN",
    "Cache-Control": "private, no-store",
}


def mail_page(scope: Scope, message_id: str) -> str:
    """Return the page of a mail in a conversation of the caller's organizations. Raises NotFound."""
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
    return (
        '<!doctype html><html><head><meta charset="utf-8"><base target="_blank"><title>Mail</title>'
        f"<style>{_STYLE}</style></head><body>{html}</body></html>"
    )
