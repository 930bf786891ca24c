"""What a message's body holds: links, and mentions of users and chats.

A mention is an element as the apps write it: `<mention user='a...'>Ann</mention>` or `<mention room='a...'>`.
"""

import re

from switchroom.ids import parse_id

MOST_LINKS = 50
LONGEST_LINK = 2000
_LINK = re.compile(r"https?://[^\s<>\"'`\\^{}|]+", re.IGNORECASE)
_TRAILING = ".,;:!?*_~"
_MENTION = re.compile(
    r"<mention\s+(user|room)\s*=\s*(?:'([^'<>]{1,40})'|\"([^\"<>]{1,40})\")\s*/?>", re.IGNORECASE
)


def links_in(body: str) -> list[str]:
    """Return the addresses in the body, each once, in their order. They begin with http:// or https://."""
    found = (_trimmed(match[0]) for match in _LINK.finditer(body))
    wanted = (link for link in found if len(link) <= LONGEST_LINK and not link.endswith("://"))
    return list(dict.fromkeys(wanted))[:MOST_LINKS]


def _trimmed(link: str) -> str:
    """Return the link without what ends the sentence, and without a bracket that it does not open."""
    while link:
        last = link[-1]
        if last in _TRAILING or (last == ")" and link.count("(") < link.count(")")) or last == "]":
            link = link[:-1]
        else:
            break
    return link


def mentions_in(body: str) -> tuple[list[str], list[str]]:
    """Return the (parsed) ids of the users and of the chats that the body mentions, each once."""
    users: dict[str, None] = {}
    rooms: dict[str, None] = {}
    for kind, single, double in _MENTION.findall(body):
        found = parse_id(single or double)
        if found is not None:
            (users if kind.lower() == "user" else rooms)[found] = None
    return list(users), list(rooms)
