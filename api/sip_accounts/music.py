"""Classes of music on hold that teams uploaded, as Asterisk asks for them once: `pbx/effects/uploads.py` makes them."""

import re

from api.sip_accounts.rows import Row
from switchroom.settings import AsteriskNode

MUSIC = "musiconhold"
"""The table that Asterisk asks."""
_CLASS = re.compile(r"[0-9a-f]{32}-[0-9a-f]{8}(r?)")


def music_rows(node: AsteriskNode, wanted: list[tuple[str, str]]) -> list[Row]:
    """Return the class that is asked for by name. Its folder is in the node's spool: the engine put it there."""
    name = dict(wanted).get("name", "")
    found = _CLASS.fullmatch(name)
    if found is None:
        return []
    order = "random" if found[1] else "alpha"
    return [{"name": name, "mode": "files", "directory": f"{node.spool}/music/{name}", "sort": order}]
