"""ETags: an object's is the time of its last change (`updated_at`) in quotes.

`Work` puts it into the header of every answer that is one object with an `updated_at`. A client that sends it back as
`If-Match` changes or deletes the object only if nobody else has changed it. An operation that takes `If-Match` calls
`require_unchanged` of `api.conventions.resource` before it writes.
"""

from collections.abc import Iterable

EVERY = "*"
"""`If-Match: *` asks only for the object to exist."""


def etag(changed: str) -> str:
    """Return the ETag of an object that was changed at this time, as its answer has the time."""
    return f'"{changed}"'


def parse_if_match(headers: Iterable[str]) -> frozenset[str] | None:
    """Return the ETags of which the object must have one, or None if any will do.

    A weak ETag counts like a strong one, since proxies that compress answers make ETags weak.
    """
    tags = frozenset(tag.strip().removeprefix("W/") for header in headers for tag in header.split(","))
    return None if not tags or EVERY in tags else tags
