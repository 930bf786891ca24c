"""Measures how fast one Asterisk reacts, and from that how many calls it can carry now. No I/O, no clock."""

# Theory of operation
# ===================
#
# An Asterisk that has more to do than its machine can carry does not refuse calls. It does everything later: phones
# ring late, callers wait, and each caller who waits costs it more (music, RTP). So it needs an ever larger share of the
# machine for callers whom no agent serves, until no call is served any more. The remedy is to let fewer calls in.
#
# What is measured is the reaction: the time from our action to the event with which the call's own thread in Asterisk
# tells that it has begun. That thread shares the machine with all others, so its delay is the machine's. The answer to
# an AMI action does not show it: it comes from another thread, and stays fast for long. Measured on two cores with
# 5 s of talk (calls a second: median reaction of a Redirect): 8: 6 ms, 16: 20 to 900 ms, 24: 1.5 s, 32: 95 s.
#
# Each kind of action has a fastest reaction: an AGI command waits up to 100 ms for Asterisk's own look-out, and a far
# node is further away. So the fastest that was ever seen is taken off.
#
# The limit is a number of calls, as with TCP's window: when the median of the last second is slow, it is set a little
# below the number of calls that live now, and then it rises again, second by second. Calls that live are never touched.
#
# A flood is far over the limit before the first median is known, and the calls that were let in stay for minutes. So a
# node is full also at each moment in which several actions have waited for too long. Measured with 44 calls a second on
# a machine that carries 24: by the limit alone 19 to 21 were served, by both 24, by such moments alone 14 in the end.

from collections import deque
from enum import StrEnum
from itertools import islice
from math import inf
from statistics import median

from pbx.ami import Action
from pbx.asterisk.protocol.dialplan import Context
from routing.acd.admission import FULL

SLOW = 0.35
"""A median delay (s) from which the node carries too much."""
LATE = 8
"""A node is full for now if so many actions are late."""
LOST = 30.0
"""Seconds after which what has not begun never will: Asterisk refused it, or told us nothing."""
WINDOW = 1.0
"""Seconds of which the median is taken, and between two cuts."""
ENOUGH = 8
"""Fewer delays than this say nothing."""
CUT, GROWTH = 0.95, 1.04
FEWEST = 10
"""Calls that the node may carry at least: one slow moment must not close an idle node."""
FORGET = 4
"""A limit of this many times the calls that live limits nothing: it is dropped."""


class Reaction(StrEnum):
    """What Asterisk is asked to do, of which it tells at once that it does it."""

    AGI = "agi"
    """A short AGI command."""
    OFFER = "offer"


_QUICK = ("EXEC Answer", "SET MUSIC ON")


def begins(action: Action) -> Reaction | None:
    """Return what the action lets Asterisk begin at once; None: a prompt, a recording, or no channel's work."""
    if action.name == "AGI":
        return Reaction.AGI if action.field("Command").startswith(_QUICK) else None
    if action.name == "Redirect" and action.field("Context") == Context.OFFER:
        return Reaction.OFFER
    return None


class Admission:
    """`most`: calls that the node may carry at most, whatever it measures; None: any number. Times are seconds of a
    clock that never steps."""

    def __init__(self, most: int | None = None) -> None:
        self._most = most
        self._limit: float | None = None
        self._sent: dict[tuple[str, Reaction], float] = {}
        """When it was sent, of what has not begun. The oldest comes first."""
        self._fastest: dict[Reaction, float] = {}
        self._delays: deque[tuple[float, float]] = deque()
        self._cut_at = -inf
        self.delay = 0.0
        """The median of the last look."""

    @property
    def limit(self) -> int | None:
        """How many calls the node can carry now; None: no limit is known."""
        limits = [limit for limit in (self._most, self._limit) if limit is not None]
        return int(min(limits)) if limits else None

    def load(self, calls: int, now: float) -> float:
        """Return the share of what the node can carry that it carries with `calls` calls; 0: nothing is known."""
        limit = self.limit
        load = 0.0 if limit is None else calls / max(limit, 1)
        return max(load, FULL) if calls >= FEWEST and self._is_late(now) else load

    def _is_late(self, now: float) -> bool:
        at = next(islice(self._sent.values(), LATE - 1, None), None)
        return at is not None and now - at > SLOW + max(self._fastest.values(), default=0.0)

    def sent(self, channel: str, what: Reaction, now: float) -> None:
        """Note an action for a channel that Asterisk will tell to have begun."""
        self._sent.pop((channel, what), None)
        self._sent[channel, what] = now

    def began(self, channel: str, what: Reaction, now: float) -> None:
        """Note that Asterisk has begun what was sent, if anything was."""
        at = self._sent.pop((channel, what), None)
        if at is not None:
            took = now - at
            fastest = self._fastest[what] = min(self._fastest.get(what, took), took)
            self._delays.append((now, took - fastest))

    def forget(self, channel: str) -> None:
        """The channel is gone: nothing will begin there."""
        for what in Reaction:
            self._sent.pop((channel, what), None)

    def clear(self) -> None:
        """The connection was lost: what was sent may never be told."""
        self._sent.clear()
        self._delays.clear()

    def look(self, calls: int, now: float) -> bool:
        """Adjust the limit to the delays of the last seconds. Call it once a second. Return whether it was cut."""
        while self._delays and self._delays[0][0] <= now - WINDOW:
            self._delays.popleft()
        for key in [key for key, at in self._sent.items() if now - at > LOST]:
            del self._sent[key]
        waits = [now - at for at in self._sent.values()]
        delays = [delay for _, delay in self._delays] + [wait for wait in waits if wait > SLOW]
        self.delay = median(delays) if delays else 0.0
        if self.delay > SLOW and len(delays) >= ENOUGH:
            if now - self._cut_at < WINDOW:
                return False
            self._cut_at = now
            self._limit = max(FEWEST, min(CUT * calls, inf if self._limit is None else self._limit))
            return True
        if self._limit is not None and self.delay < SLOW / 2:
            self._limit = GROWTH * self._limit + 1
            if self._limit > FORGET * max(calls, FEWEST):
                self._limit = None
        return False
