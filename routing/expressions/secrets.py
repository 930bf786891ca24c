"""Secrets in settings of blocks: they are written and never read.

A reader sees `PLACEHOLDER` in place of a secret. A writer who sends the placeholder keeps the secret that is stored.

Secret are the values of headers, but for a few harmless ones, and the values in a URL's query whose names say so. What
consists of variables only is no secret.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

PLACEHOLDER = "********"
UNKNOWN = "is hidden: write it again. It is kept only in the same block, and for the same host"
"""What is wrong with a placeholder that stands for nothing."""
_HARMLESS = frozenset({"accept", "accept-language", "cache-control", "user-agent"})
_SECRET_NAME = re.compile(r"key|token|secret|passw|sig|auth|code|credential", re.IGNORECASE)
_VARIABLES = re.compile(r"(?:\{[a-z][a-z0-9_]*\}|\s)*")
_QUERY = re.compile(r"([?&])([^=&#]*)=([^&#]*)")


@dataclass(frozen=True, slots=True)
class Secrets:
    """How a setting's secrets are hidden, and how they are put back from the stored value."""

    hide: Callable[[Any], Any]
    restore: Callable[[Any, Any], Any]
    """(value, stored value) -> the value; a placeholder for which nothing is stored stays."""


def _hide_headers(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    return {
        name: PLACEHOLDER if isinstance(text, str) and _is_secret_header(name, text) else text
        for name, text in value.items()
    }


def _is_secret_header(name: str, text: str) -> bool:
    return name.lower() not in _HARMLESS and not _VARIABLES.fullmatch(text)


def _restore_headers(value: Any, stored: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    known = {name.lower(): text for name, text in stored.items()} if isinstance(stored, Mapping) else {}
    return {
        name: known.get(str(name).lower(), text) if text == PLACEHOLDER else text
        for name, text in value.items()
    }


def _hide_query(value: Any) -> Any:
    def hide(found: re.Match[str]) -> str:
        mark, name, text = found.groups()
        secret = _SECRET_NAME.search(name) and not _VARIABLES.fullmatch(text)
        return f"{mark}{name}={PLACEHOLDER}" if secret else found[0]

    return _QUERY.sub(hide, value) if isinstance(value, str) else value


def _restore_query(value: Any, stored: Any) -> Any:
    if not isinstance(value, str) or not isinstance(stored, str):
        return value
    known = {name: text for _, name, text in _QUERY.findall(stored)}

    def restore(found: re.Match[str]) -> str:
        mark, name, text = found.groups()
        return f"{mark}{name}={known.get(name, text)}" if text == PLACEHOLDER else found[0]

    return _QUERY.sub(restore, value)


HEADERS = Secrets(_hide_headers, _restore_headers)
URL = Secrets(_hide_query, _restore_query)


def has_placeholder(text: str) -> bool:
    """Say whether a header's value or a URL has a placeholder where a secret should be."""
    return text == PLACEHOLDER or any(value == PLACEHOLDER for _, _, value in _QUERY.findall(text))
