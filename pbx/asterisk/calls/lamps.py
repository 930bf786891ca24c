"""The lamps of desk phones (BLF): what a phone sees that subscribes to a colleague's extension.

Asterisk has a hint for each extension, in a context of its team: `hints-<the end of the team's SIP accounts>`. A SIP
account subscribes in the context of its own team, so it sees no other team. A hint shows the phone itself, as this node
knows it, together with the device `Custom:<phone>`, which is set here: do-not-disturb, and calls at other nodes.
"""

import re
from collections.abc import Callable, Iterator, Mapping

from pbx.ami import Action
from pbx.asterisk.protocol import actions
from routing.state import Availability

_A = Availability
DEVICES: dict[str, str] = {
    _A.AVAILABLE: "NOT_INUSE",
    _A.RINGING: "RINGING",
    _A.ON_CALL: "INUSE",
    _A.DND: "BUSY",
    _A.AWAY: "NOT_INUSE",
    _A.OFFLINE: "UNAVAILABLE",
}
"""State -> the device state of Asterisk. There is none for `away`."""
_ACCOUNT = re.compile(r"e[0-9]{2,6}t([0-9a-f]{12})")


class Lamps:
    """The lamps of one node. `lamps` returns the state of every member by their SIP account."""

    def __init__(self, lamps: Callable[[], Mapping[str, str]]) -> None:
        self._lamps = lamps
        self._teams: set[str] = set()

    def show_all(self) -> Iterator[Action]:
        """Return what shows everything: the node may have forgotten the hints, and missed changes."""
        self._teams.clear()
        for phone, state in self._lamps().items():
            yield from self.show(phone, state)

    def show(self, phone: str, state: str) -> Iterator[Action]:
        """Return what shows a member's state. The first one of a team makes the team's hints."""
        account = _ACCOUNT.fullmatch(phone)
        if account is None:
            return
        if account[1] not in self._teams:
            self._teams.add(account[1])
            yield from (actions.add_hints(account[1], digits) for digits in range(2, 7))
        yield actions.set_lamp(phone, DEVICES[state])
