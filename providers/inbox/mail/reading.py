"""What a mail says (RFC 5322, MIME), whether a person wrote it, and which mail of ours came back.

Nothing that a stranger writes makes these functions fail: what cannot be read is left out.
"""

import codecs
import email
import email.header
import hashlib
import html as entities
import logging
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import policy
from email.errors import MessageError
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from typing import Any
from urllib.parse import unquote

import nh3

from providers.inbox.mail.parsing import parse, parse_headers
from switchroom.file_content import safe_name
from switchroom.texts import clean

logger = logging.getLogger(__name__)

LONGEST_HTML = 200_000
_LONGEST_CID = 250
_OWN_PICTURE = re.compile(r'(<img\b[^<>]*?) src="\s*cid:([^"]*)"', re.IGNORECASE)
"""A picture that is a file of its mail, in HTML that nh3 wrote: there `<` and `>` stand for nothing but tags."""
DEEPEST_HTML = 1000
MOST_FILES = 50
_YEARS = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
_MID = re.compile(r"<[^<>\s]{1,250}>")
_LOCAL = re.compile(r"[^\s@<>\",;:]{1,64}")
_DOMAIN = re.compile(r"[A-Za-z0-9.-]{1,160}")
"""Shorter than a domain may be: the address stands beside its thread in what a conversation is known by."""
_BULK = frozenset({"bulk", "junk", "list", "auto_reply"})
_SUPPRESSED = frozenset({"all", "autoreply", "oof"})
"""Of Microsoft's `X-Auto-Response-Suppress`: which answers the sender does not want."""
_TAGS = {
    "a", "b", "blockquote", "br", "code", "dd", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i",
    "img", "li", "ol", "p", "pre", "s", "span", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead",
    "tr", "u", "ul",
}  # fmt: skip
_UNREAD = {"script", "style", "title", "head"}
_UNSAFE = _UNREAD | {"template", "textarea", "select", "svg", "math"}
"""What goes together with its content: what no reader sees, and what looks like a part of our page."""
_BREAKS = re.compile(r"<\s*(?:br|/p|/div|/tr|/li|/h[1-6]|/blockquote|hr)\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_NESTS = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_CLOSED_BY_NEXT = frozenset(
    {
        "area",
        "br",
        "col",
        "dd",
        "dt",
        "hr",
        "img",
        "input",
        "li",
        "link",
        "meta",
        "option",
        "p",
        "td",
        "th",
        "tr",
    }
)
"""Elements without an end, or which the next one of their kind ends."""
_NO_CHARSETS = frozenset({"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"})
"""What Python calls encodings, and no mail is written in. Some take a time that grows with the square of the text."""
_FAILED = re.compile(r"^Action:\s*failed\b", re.IGNORECASE | re.MULTILINE)
_REASON = re.compile(r"^(Diagnostic-Code|Status):\s*(.+(?:\n[ \t].+)*)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file of a mail. `content_id` is what its HTML calls it; empty: nothing."""

    name: str
    content: bytes
    content_id: str = ""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as it came. `html` is safe to show: no scripts, forms, styles or frames, and no pictures but its
    own files', as `<img src="cid:...">`.

    `sender`: empty if the mail names no address that could be answered. `automatic`: a machine wrote it (an
    out-of-office note, a mailing list, a failure report), so no machine answers it.
    """

    message_id: str
    sender: str
    sender_name: str
    subject: str
    text: str
    html: str | None
    sent_at: datetime
    in_reply_to: str | None = None
    references: list[str] = field(default_factory=list)
    files: list[Enclosure] = field(default_factory=list)
    automatic: bool = False
    digest: str = ""
    """Differs if another mail has the same Message-ID, and is the same for another copy of this one."""


@dataclass(frozen=True, slots=True)
class Bounce:
    """A mail of ours that was not delivered (RFC 3464). `message_id` is its own."""

    message_id: str
    problem: str


def read(raw: bytes, now: datetime) -> Mail | Bounce | None:
    """Return what the mail says. None: it only says that something is late.

    One that cannot be read soon is a mail whose file is all of it.
    """
    try:
        return _read(parse(raw), now)
    except Exception as error:  # whatever the standard library raises for what a stranger wrote
        logger.info("a mail is not read, but kept as a file", extra={"error": type(error).__name__})
        return _mail(parse_headers(raw), now, "", None, [Enclosure("mail.eml", raw)])


def _read(message: Message, now: datetime) -> Mail | Bounce | None:
    if (
        message.get_content_type() == "multipart/report"
        and _parameter(message, "report-type") == "delivery-status"
    ):
        bounce = _bounce(message)
        if bounce is None or bounce.message_id:
            return bounce
        # Somebody must hear of it, even if it does not say which mail has failed.
    return _mail(message, now, *_content(message))


def _mail(message: Message, now: datetime, text: str, html: str | None, files: list[Enclosure]) -> Mail:
    name, sender = _sender(message)
    if html is not None and not text.strip():
        text = _plain(html)
    subject = _header(message, "Subject")[:500]
    date = _header(message, "Date")
    told = "\0".join((sender, date, subject, text))
    return Mail(
        message_id=_first_id(_header(message, "Message-ID")),
        sender=sender,
        sender_name=name[:200],
        subject=subject,
        text=_storable(text).strip(),
        html=_safe(html) if html is not None else None,
        sent_at=_time(date, now),
        in_reply_to=_first_id(_header(message, "In-Reply-To")) or None,
        references=_MID.findall(_header(message, "References"))[-50:],
        files=files[:MOST_FILES],
        automatic=_is_automatic(message),
        digest=hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()[:16],
    )


def _header(message: Message, name: str) -> str:
    """Return a header in one line, decoded (RFC 2047)."""
    decoded = written = _written(message, name)
    with suppress(MessageError, LookupError, ValueError, AttributeError):
        decoded = str(email.header.make_header(email.header.decode_header(written)))
    return clean(" ".join(_storable(decoded).split()))


def _written(message: Message, name: str) -> str:
    """Return a header as it was written. What is not ASCII is UTF-8 (RFC 6532), or Latin-1 as in older mails."""
    lines = (value for one, value in message.raw_items() if one.lower() == name.lower())
    raw = str(next(lines, "")).encode("utf-8", "surrogateescape")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _sender(message: Message) -> tuple[str, str]:
    """Return the name and the address of who wants the answer. Without an address the name is what `From` says."""
    for header in ("Reply-To", "From", "Sender"):
        for name, written in _addresses(message, header):
            if address := _address(written):
                own = name or next((one for one, _ in _addresses(message, "From")), "")
                return own, address
    return _header(message, "From"), ""


def _address(written: str) -> str:
    """Return the address in its one form: in small letters, with the domain as DNS has it. Empty: it is none."""
    local, _, domain = written.lower().rpartition("@")
    with suppress(UnicodeError):
        domain = domain.encode("idna").decode()
        if _LOCAL.fullmatch(local) and _DOMAIN.fullmatch(domain):
            return f"{local}@{domain}"
    return ""


def _addresses(message: Message, name: str) -> list[tuple[str, str]]:
    try:
        return getaddresses([_header(message, name)])
    except RecursionError:  # comments in comments
        return []


def _first_id(text: str) -> str:
    found = _MID.search(text)
    return found[0] if found else ""


def _is_automatic(message: Message) -> bool:
    """Return whether a machine wrote the mail, or it says that machines must not answer (RFC 3834, section 2)."""
    submitted = _header(message, "Auto-Submitted").partition(";")[0].strip().lower()
    suppressed = re.split(r"[\s,]+", _header(message, "X-Auto-Response-Suppress").lower())
    return (
        submitted not in ("", "no")
        or message.get_content_type() == "multipart/report"
        or _header(message, "Return-Path") == "<>"
        or not _SUPPRESSED.isdisjoint(suppressed)
        or _header(message, "Precedence").lower() in _BULK
        or any(name in message for name in ("List-Id", "List-Unsubscribe", "X-Autoreply", "X-Autorespond"))
    )


def _content(message: Message) -> tuple[str, str | None, list[Enclosure]]:
    """Return the text, the HTML beside it, and the files."""
    texts: list[str] = []
    html: str | None = None
    files: list[Enclosure] = []
    for part in _leaves(message):
        kind, name = part.get_content_type(), _filename(part)
        attached = part.get_content_disposition() == "attachment" or bool(name)
        if kind == "text/plain" and not attached:
            texts.append(_decoded(part))
        elif kind == "text/html" and not attached and html is None:
            html = _decoded(part)[:LONGEST_HTML]
            if _is_too_deep(html):
                texts.append(entities.unescape(_TAG.sub(" ", html)))
                html = None
        elif (content := _bytes(part)) and (attached or part.get_content_maintype() != "text"):
            content_id = _header(part, "Content-ID").strip("<>")[:_LONGEST_CID]
            files.append(Enclosure(safe_name(name or "file"), content, content_id))
    return "\n".join(texts), html, files


def _leaves(message: Message) -> Iterator[Message]:
    """Yield the parts that have content; a mail that was forwarded as a file is one."""
    if message.get_content_maintype() == "message" and message.is_multipart():
        yield message
    elif message.is_multipart():
        for part in message.get_payload():
            if isinstance(part, Message):
                yield from _leaves(part)
    else:
        yield message


def _filename(part: Message) -> str:
    try:
        found = part.get_filename() or ""
    except (MessageError, LookupError, ValueError, TypeError):
        return ""
    with suppress(MessageError, LookupError, ValueError):
        found = str(email.header.make_header(email.header.decode_header(found)))
    if not found and part.get_content_type() == "message/rfc822":
        return "mail.eml"
    return _storable(found)


def _bytes(part: Message) -> bytes:
    if part.is_multipart():  # a forwarded mail
        inner = part.get_payload()
        return inner[0].as_bytes() if isinstance(inner, list) and isinstance(inner[0], Message) else b""
    found: Any = part.get_payload(decode=True)
    return found if isinstance(found, bytes) else b""


def _decoded(part: Message) -> str:
    content = _bytes(part)
    for charset in (part.get_content_charset() or "utf-8", "utf-8"):
        try:
            if codecs.lookup(charset).name not in _NO_CHARSETS:
                return _storable(content.decode(charset))
        except (LookupError, ValueError):
            continue
    return _storable(content.decode("latin-1"))


def _is_too_deep(html: str) -> bool:
    """Return whether elements lie so deep in each other that to clean the HTML would take long."""
    depth = 0
    open_: Counter[str] = Counter()
    for closes, written in _NESTS.findall(html):
        name = written.lower()
        if name in _CLOSED_BY_NEXT or (closes and not open_[name]):
            continue
        change = -1 if closes else 1
        open_[name] += change
        depth += change
        if depth > DEEPEST_HTML:
            return True
    return False


def _safe(html: str) -> str:
    """Return the HTML without anything that runs, loads, or looks like a part of our page."""
    return nh3.clean(
        html,
        tags=_TAGS,
        clean_content_tags=_UNSAFE,
        attributes={
            "a": {"href"},
            "img": {"alt", "src"},
            "td": {"colspan", "rowspan"},
            "th": {"colspan", "rowspan"},
        },
        attribute_filter=_not_loaded,
        url_schemes={"http", "https", "mailto", "tel", "cid"},
        link_rel="noopener noreferrer nofollow",
    )


def _not_loaded(tag: str, attribute: str, value: str) -> str | None:
    """Leave out the address of what a page would load from elsewhere, and links to parts of the mail."""
    own = value.strip().lower().startswith("cid:")
    return value if own is (tag == "img") or attribute not in ("src", "href") else None


def with_pictures(html: str, sources: Callable[[str], str | None]) -> str:
    """Return the safe HTML of a mail with other sources of the pictures that are its files. `sources` gets what stands
    behind `cid:`; a picture without a source has none."""

    def sourced(found: re.Match[str]) -> str:
        source = sources(unquote(entities.unescape(found[2])))
        return f'{found[1]} src="{entities.escape(source)}"' if source else found[1]

    return _OWN_PICTURE.sub(sourced, html)


def _plain(html: str) -> str:
    """Return the text of HTML, with the line breaks that a reader sees."""
    stripped = nh3.clean(_BREAKS.sub("\n", html), tags=set(), clean_content_tags=_UNREAD)
    lines = (" ".join(line.split()) for line in entities.unescape(stripped).splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _bounce(message: Message) -> Bounce | None:
    """Return which mail failed and why; its name is empty if the report has none. None: none has failed for good."""
    status, original = "", ""
    for part in message.walk():
        kind = part.get_content_type()
        if kind == "message/delivery-status":
            inner = part.get_payload()
            status = "\n".join(str(one) for one in inner) if isinstance(inner, list) else str(inner)
        elif kind == "message/rfc822" and part.is_multipart():
            original = original or _first_id(_header(part.get_payload()[0], "Message-ID"))  # type: ignore[arg-type,index]
        elif kind == "text/rfc822-headers":
            original = original or _first_id(
                _header(email.message_from_string(_decoded(part), policy=policy.compat32), "Message-ID")
            )
    if not _FAILED.search(status):
        return None
    reasons = {name.lower(): " ".join(text.split()) for name, text in _REASON.findall(status)}
    reason = reasons.get("diagnostic-code") or reasons.get("status") or "it was not delivered"
    return Bounce(original, _storable(f"E-mail: {reason}")[:300])


def _parameter(message: Message, name: str) -> str:
    found = message.get_param(name)
    return str(found).lower() if found else ""


def _time(text: str, now: datetime) -> datetime:
    try:
        found = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return now
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    try:
        return found if _YEARS[0] < found <= now else now
    except OverflowError:
        return now


def _storable(text: str) -> str:
    """Return the text without what no database stores: NUL, and halves of surrogate pairs."""
    return text.replace("\0", "").replace("\r\n", "\n").encode("utf-8", "replace").decode()
