"""The numbers whose calls the dialplan refuses by itself while a node is full. No I/O, no clock."""

# Theory of operation
# ===================
#
# The core decides which call a full node refuses, so that each team has its share. Such a call costs 10 ms of the
# machine, and one that is served 95: at twice the capacity a tenth of the machine refuses. So the dialplan is told of a
# number whose call the core has just refused (`SR_FULL_<digits>`). It refuses that number's calls without asking, as
# long as the node is full (`SR_FULL`), and tells of each, for the log.
#
# After `WINDOW` seconds the core is asked again: both variables have the token of the window as their value, and a new
# window has a new one. So nothing need be taken back, and what a dead engine has left in Asterisk says nothing to the
# next one. Without an engine the dialplan lets the calls go on, since it sees no heartbeat.
#
# A full node is full for a moment only: each call that ends makes room for one. Asterisk is told so at once.

import re
import secrets

from pbx.ami import Action
from pbx.asterisk.protocol import actions

WINDOW = 5.0
"""Seconds until the core is asked again about a number."""


class Gate:
    """One node's. Times are seconds of a clock that never steps."""

    def __init__(self) -> None:
        self._token = ""
        self._until = 0.0
        self._numbers: set[str] = set()
        self._shut = False

    def refused(self, did: str, now: float) -> list[Action]:
        """The core refused a call to this number, as dialled. Return what to tell Asterisk."""
        digits = re.sub("[^0-9]", "", did)[:20]
        if now >= self._until:
            self._token, self._until = secrets.token_hex(4), now + WINDOW
            self._numbers.clear()
            self._shut = False
        if not digits or digits in self._numbers:
            return []
        self._numbers.add(digits)
        return [actions.set_gate(self._token, digits)]

    def look(self, full: bool, now: float) -> list[Action]:
        """The node is full, or is not. Return what to tell Asterisk."""
        shut = full and bool(self._numbers) and now < self._until
        if shut == self._shut:
            return []
        self._shut = shut
        return [actions.set_gate(self._token if shut else "")]

    def open(self) -> list[Action]:
        """Return what opens the gate of an Asterisk of which nothing is known."""
        self._numbers.clear()
        self._shut, self._until = False, 0.0
        return [actions.set_gate("")]
