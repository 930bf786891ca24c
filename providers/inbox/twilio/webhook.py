"""What Twilio sends us: messages of people, and what became of ours.

https://www.twilio.com/docs/usage/webhooks/webhooks-security
https://www.twilio.com/docs/messaging/guides/webhook-request
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from providers.inbox.twilio.states import state_of
from switchroom.ids import parse_id
from switchroom.inbox import AttachmentType, Inbound, Receipt, Source

_WHATSAPP = "whatsapp:"
_SID = re.compile(r"[A-Z]{2}[0-9a-zA-Z]{1,40}")
_NUMBER = re.compile(r"\+?[0-9]{2,20}|[0-9A-Za-z ._-]{1,40}")
"""Who wrote: a number, a short code, or an alphanumeric sender."""
Form = Mapping[str, Sequence[str]]
"""Name -> its values."""


def signature(auth_token: str, url: str, form: Form) -> str:
    """Return what the header `X-Twilio-Signature` must be: of the whole address, and of the form sorted by names."""
    parts = [name + value for name in sorted(form) for value in sorted(set(form[name]))]
    signed = (url + "".join(parts)).encode()
    return base64.b64encode(hmac.new(auth_token.encode(), signed, hashlib.sha1).digest()).decode()


def is_signed(auth_token: str, url: str, form: Form, given: str) -> bool:
    """Return whether Twilio signed the request. It may have left out the port, or named it."""
    return any(
        hmac.compare_digest(signature(auth_token, spelling, form).encode(), given.encode())
        for spelling in _spellings(url)
    )


def _spellings(url: str) -> list[str]:
    parts = urlsplit(url)
    port = {"https": 443, "http": 80}.get(parts.scheme, 0)
    host = parts.hostname or ""
    bare, named = (parts._replace(netloc=host).geturl(), parts._replace(netloc=f"{host}:{port}").geturl())
    return [url, named] if parts.port is None else [url, bare]


def channel_of(form: Form) -> tuple[str, str] | None:
    """Return the source and the number that the request is about: whom people wrote to, or which of ours sent.

    None: it names none.
    """
    number = _value(form, "From" if is_receipt(form) else "To")
    source = Source.WHATSAPP_TWILIO if number.startswith(_WHATSAPP) else Source.SMS_TWILIO
    number = number.removeprefix(_WHATSAPP)
    return (source.value, number) if _NUMBER.fullmatch(number) else None


def is_receipt(form: Form) -> bool:
    """Return whether it says what became of a message of ours."""
    return "MessageStatus" in form


def inbound_of(form: Form, now: datetime) -> Inbound | None:
    """Return the message. None: the form has none."""
    sid, sender = _value(form, "MessageSid"), _value(form, "From").removeprefix(_WHATSAPP)
    if not _SID.fullmatch(sid) or not _NUMBER.fullmatch(sender):
        return None
    return Inbound(
        provider_id=sid,
        sender=sender,
        sender_name=_value(form, "ProfileName"),
        text=_value(form, "Body"),
        sent_at=now,
        attachments=list(_media(form)),
    )


def receipt_of(form: Form, message: str) -> Receipt | None:
    """Return what became of a message. `message`: our id of it, as the query has it. None: the form has none."""
    sid = _value(form, "MessageSid")
    if not _SID.fullmatch(sid):
        return None
    error = _value(form, "ErrorCode")
    problem = f"Twilio: error {error}" if error.isdecimal() else ""
    return Receipt(sid, state_of(_value(form, "MessageStatus")), parse_id(message), problem)


def _media(form: Form) -> list[dict[str, Any]]:
    number = _value(form, "NumMedia")
    found = []
    for place in range(min(int(number), 10) if number.isdecimal() and len(number) < 4 else 0):
        url, kind = _value(form, f"MediaUrl{place}"), _value(form, f"MediaContentType{place}")
        if url.startswith(("https://", "http://")):
            type_ = {
                "image": AttachmentType.IMAGE,
                "video": AttachmentType.VIDEO,
                "audio": AttachmentType.AUDIO,
            }.get(kind.partition("/")[0], AttachmentType.FILE)
            found.append({"type": type_.value, "payload": {"url": url[:2000]}})
    return found


def _value(form: Form, name: str) -> str:
    """Return the first value of a field, without what no database stores."""
    return next(iter(form.get(name) or ()), "").replace("\0", "").strip()
