"""How mails are parsed so that none takes long, whoever wrote it.

The standard library reads the headers and parts of a mail in a time that grows with the square of what a stranger
chooses: how long a header is, how deep parts lie in parts, how many there are. So headers are cut, and a mail whose
parts would take too long is not parsed.
"""

import re
from email import policy
from email.message import Message
from email.parser import BytesHeaderParser, BytesParser

LONGEST_HEADER = 20_000
MOST_CONTAINERS = 60
"""Parts that hold others. So deep they can lie in each other."""
MOST_BOUNDARIES = 20_000
MOST_COMPARED = 4_000_000
"""Each line is compared with the boundaries of all parts that it stands in."""
_CONTAINER = re.compile(rb"[\r\n]content-type:\s*(?:multipart|message)/", re.IGNORECASE)
_BOUNDARY = re.compile(rb"[\r\n]--")
_END_OF_HEADERS = re.compile(rb"\r?\n\r?\n|\r\r")


class TooComplex(ValueError):
    """To read the parts of the mail would take too long."""


class _ShortHeaders(policy.Compat32):
    """Cuts headers. Of the mails that a mail refers to, the last ones count."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        last = name.lower() == "references"
        return name, value[-LONGEST_HEADER:] if last else value[:LONGEST_HEADER]


_POLICY = _ShortHeaders()


def parse(raw: bytes) -> Message:
    """Return the mail with all its parts. Raises TooComplex; RecursionError and others for what is no mail."""
    containers = len(_CONTAINER.findall(b"\n" + raw))
    lines = max(raw.count(b"\n"), raw.count(b"\r"))
    if (
        containers > MOST_CONTAINERS
        or lines * (containers + 1) > MOST_COMPARED
        or (containers and len(_BOUNDARY.findall(raw)) > MOST_BOUNDARIES)
    ):
        raise TooComplex
    return BytesParser(policy=_POLICY).parsebytes(raw)


def parse_headers(raw: bytes) -> Message:
    """Return the mail without its content."""
    end = _END_OF_HEADERS.search(raw)
    return BytesHeaderParser(policy=_POLICY).parsebytes(raw[: end.start()] if end else raw[:LONGEST_HEADER])
