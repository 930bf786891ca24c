"""What a file is: typed by its first bytes, never by what the client says. And a name that is safe everywhere."""

import re
import unicodedata

import puremagic

from switchroom.texts import clean, is_visible

HEAD = 64 * 1024
"""Bytes that are looked at."""
TEXT, UNKNOWN = "text/plain", "application/octet-stream"
LONGEST_NAME = 255
_EXTENSION = re.compile(r"[a-z0-9]{1,10}")
_ALIASES = {
    "image/x-ms-bmp": "image/bmp",
    "image/x-bmp": "image/bmp",
    "audio/wave": "audio/wav",
    "audio/x-wav": "audio/wav",
    "audio/mp3": "audio/mpeg",
    "audio/x-flac": "audio/flac",
    "application/ogg": "audio/ogg",
}
_USUAL = {
    "image/jpeg": "jpg",
    "audio/mp4": "m4a",
    "video/mp4": "mp4",
    "audio/ogg": "ogg",
    "image/tiff": "tiff",
}
_LEAST = 0.2
"""The confidence of a guess by two bytes. Less is as good as none."""
_MARKUP = re.compile(rb"<\s*[a-z!?]", re.IGNORECASE)
_BOM = b"\xef\xbb\xbf"
_SVG = re.compile(rb"<(?:\w+:)?svg[\s>/]", re.IGNORECASE)
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|script|iframe|style|title)[\s>/]", re.IGNORECASE)


def type_of(head: bytes, filename: str) -> tuple[str, str]:
    """Return the media type and the extension of what begins with `head`.

    The name chooses only among the types that the content allows, such as a text document among ZIP archives.
    """
    if _MARKUP.match(head.lstrip().removeprefix(_BOM).lstrip()):
        return _markup(head)
    extension = extension_of(filename)
    try:
        found = puremagic.magic_string(head, f"x.{extension}" if extension else None)
    except (puremagic.PureError, ValueError):
        found = []
    known = [one for one in found if one.mime_type and one.confidence >= _LEAST]
    if not known:
        return (TEXT, extension or "txt") if _is_text(head) else (UNKNOWN, extension)
    named = [one for one in known if one.extension == f".{extension}"]
    best = (named or known)[0]
    kind = _ALIASES.get(best.mime_type, best.mime_type)
    usual = extension if named else _USUAL.get(kind, best.extension.removeprefix("."))
    return kind, usual or extension


def typed(content: bytes, name: str) -> tuple[str, str]:
    """Return the media type of a whole file, and its name, with an extension if it had none."""
    media_type, extension = type_of(content[:HEAD], name)
    return media_type, name if extension_of(name) or not extension else f"{name[:200]}.{extension}"


def _markup(head: bytes) -> tuple[str, str]:
    """Type what begins like markup: whatever may hold a script is called by its name."""
    if _SVG.search(head):
        return "image/svg+xml", "svg"
    if _HTML.search(head):
        return "text/html", "html"
    return "application/xml", "xml"


def _is_text(head: bytes) -> bool:
    try:
        # The last letter may be cut off.
        text = head.decode("utf-8") if len(head) < HEAD else head[: HEAD - 4].decode("utf-8", "ignore")
    except UnicodeDecodeError:
        return False
    return not any(unicodedata.category(char) == "Cc" and char not in "\t\n\r\f" for char in text)


def extension_of(name: str) -> str:
    """Return the extension of a name in lower case; empty if it has none that is plain letters and digits."""
    stem, dot, extension = name.rpartition(".")
    extension = extension.lower()
    return extension if dot and stem and _EXTENSION.fullmatch(extension) else ""


def safe_name(name: str) -> str:
    """Return the last part of the name without what is unseen. `file` if nothing is left."""
    last = clean(re.split(r"[/\\]", name)[-1])
    if last.strip(". ") == "" or not is_visible(last):
        return "file"
    if len(last) <= LONGEST_NAME:
        return last
    extension = extension_of(last)
    tail = f".{extension}" if extension else ""
    return last[: LONGEST_NAME - len(tail)] + tail
