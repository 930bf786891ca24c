"""URLs and headers of the requests that a route makes: what may be written, before any name is resolved."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from routing.expressions import secrets, variables
from routing.expressions.shapes import shaped

_URL = re.compile(r"(https?)://([^/?#]+)([/?#].*)?")
_HOST = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
)
_IPV6 = re.compile(r"\[[0-9A-Fa-f:.]{2,45}\]")
_HEADER = re.compile(r"[A-Za-z0-9-]{1,64}")
_PATH = re.compile(r"[A-Za-z0-9_-]{1,64}(?:\.[A-Za-z0-9_-]{1,64}){0,15}")
_OURS = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-length",
        "content-type",
        "expect",
        "host",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""Headers that belong to the connection: a route must not set them."""


@shaped(type="string", minLength=1, maxLength=2000, pattern="^https?://")
def check_url(value: Any) -> str | None:
    """Check a URL: `http` or `https`, a host that is written out, no user's name. Variables may follow the host."""
    if not isinstance(value, str) or not 1 <= len(value) <= 2000 or not value.isascii() or " " in value:
        return "must be a URL of at most 2000 ASCII characters without blanks"
    if problem := variables.check_template(value, longest=2000):
        return problem
    if secrets.has_placeholder(value):
        return f"has a value that {secrets.UNKNOWN}"
    found = _URL.fullmatch(value)
    if found is None:
        return "must begin with http:// or https:// and a host"
    authority = found.group(2)
    if "@" in authority:
        return "must not hold a user's name or a password"
    if "{" in authority or "}" in authority or "%" in authority or "\\" in value:
        return "must have a host without variables"
    return _check_authority(authority)


def _check_authority(authority: str) -> str | None:
    try:
        parts = urlsplit(f"//{authority}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "must have a good host and port"
    bare = (
        authority[: authority.rindex("]") + 1] if authority.startswith("[") else authority.partition(":")[0]
    )
    good = _IPV6.fullmatch(bare) if bare.startswith("[") else len(host) <= 253 and _HOST.fullmatch(bare)
    return None if good and port != 0 else "must have a good host and port"


@shaped(type="object", maxProperties=20, additionalProperties={"type": "string", "maxLength": 1000})
def check_headers(value: Any) -> str | None:
    """Check `{"Authorization": "Bearer ..."}`. Values may hold variables."""
    if not isinstance(value, dict) or len(value) > 20:
        return "must map at most 20 names to texts"
    for name, text in value.items():
        if not _HEADER.fullmatch(name) or name.lower() in _OURS:
            return f"{name!r:.70} is no header that a route may set"
        if problem := variables.check_template(text, longest=1000, empty=True):
            return f"{name} {problem}"
        if secrets.has_placeholder(text):
            return f"{name} {secrets.UNKNOWN}"
        if not text.isascii() or "\n" in text:
            return f"{name} must be of printable ASCII characters"
    return None


def header(text: str) -> str:
    """Return a header's value without the characters that could end the line."""
    return "".join(c for c in text if " " <= c <= "~").strip()[:1000]


@shaped(type="object", maxProperties=20, additionalProperties={"type": "string"})
def check_paths(value: Any) -> str | None:
    """Check `{"name": "customer.name", "everything": ""}`: variables and the paths of their values in the reply."""
    if not isinstance(value, dict) or len(value) > 20:
        return "must map at most 20 variables to paths in the reply"
    for name, path in value.items():
        if problem := variables.check_name(name):
            return f"{name!r:.50} {problem}"
        if not isinstance(path, str) or (path and not _PATH.fullmatch(path)):
            return (
                f"{name} must be a dotted path such as customer.orders.0.state, or empty for the whole reply"
            )
    return None


@shaped(description="Any JSON value.")
def check_body(value: Any) -> str | None:
    """Check a JSON value. Its texts may hold variables."""
    count = 0
    todo: list[tuple[Any, int]] = [(value, 0)]
    while todo:
        item, depth = todo.pop()
        count += 1
        if count > 200 or depth > 8:
            return "must have at most 200 values, nested at most 8 deep"
        if isinstance(item, str) and (problem := variables.check_template(item, empty=True)):
            return problem
        if isinstance(item, dict | list):
            todo += [(part, depth + 1) for part in (item.values() if isinstance(item, dict) else item)]
    return None


def fill_body(value: Any, fill: Any) -> Any:
    """Return the JSON with its texts filled in. Keys and other values stay."""
    if isinstance(value, str):
        return fill(value)
    if isinstance(value, Mapping):
        return {key: fill_body(item, fill) for key, item in value.items()}
    if isinstance(value, list):
        return [fill_body(item, fill) for item in value]
    return value
