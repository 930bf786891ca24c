"""The figures of a queue: one definition of each. docs/statistics.md says them in plain words, with an example.

A stay is what begins when a caller enters a queue, and ends when they leave it. Every figure is computed here, from
groups of stays that are alike: for the live view, for the statistics of past days, for simulations and what-if.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from routing.enum_members import quick_members


@quick_members
class Outcome(StrEnum):
    """How a stay ended."""

    WAITING = "waiting"
    """It has not ended: the caller waits, or their callback does."""
    ANSWERED = "answered"
    """An agent of the queue took the call."""
    ABANDONED = "abandoned"
    """The caller hung up, or a manager ended the call."""
    TIMED_OUT = "timed-out"
    """The longest wait was over, and no one else took the call."""
    PASSED_ON = "passed-on"
    """The caller left, and the call went on to another queue, an agent, a user, a department, a number, a conference or
    a mailbox, or to a callback of another queue."""
    LEFT = "left"
    """The caller left in any other way, and no one else took the call."""
    UNREACHED = "unreached"
    """The callback that the caller had asked for is over, and no one was reached."""
    TURNED_AWAY = "turned-away"
    """The caller was not let in: the queue was closed, empty or full."""


class Stays(NamedTuple):
    """Stays that are alike. `calls` says how many; `talk` and `wrap_up` are their sums in seconds."""

    outcome: str
    wait: float
    """Seconds on the line in this queue: of each stay, or with `waited` of one of them."""
    callback: bool = False
    """Whether the callers asked to be called back."""
    calls: int = 1
    talk: float = 0.0
    wrap_up: float = 0.0
    waited: float | None = None
    """The sum of their waits. All of them are on the same side of each threshold. None: all have the same wait."""
    longest: float = 0.0
    """With `waited`: the longest of their waits."""


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of some stays. Shares are 0 to 1, times are seconds with milliseconds.
    None: there is nothing to divide by."""

    offered: int
    """Calls that entered the queue. Each is counted once among the next eight."""
    waiting: int
    """Calls that still wait: callers on the line, and callbacks."""
    answered: int
    abandoned: int
    """Callers who hung up. Short abandons are not counted here."""
    short_abandons: int
    """Callers who hung up in less than `short_abandon` seconds."""
    timed_out: int
    passed_on: int
    left: int
    unreached: int
    turned_away: int
    """Calls that were not let in. They are not offered."""
    callbacks: int
    """Offered calls whose caller asked for a callback."""
    callbacks_answered: int
    answered_in_threshold: int
    service_level: float | None
    """Answered within the threshold / (offered - short abandons - waiting)."""
    abandonment: float | None
    """Abandoned / (offered - short abandons - waiting)."""
    asa: float | None
    """Average speed of answer: the mean wait of the answered calls."""
    average_wait: float | None
    """The mean wait of all calls that wait no more."""
    longest_wait: float | None
    average_abandon_wait: float | None
    """The mean wait of the abandoned calls."""
    average_talk: float | None
    aht: float | None
    """Average handle time: the mean of talk and wrap-up of the answered calls."""


@dataclass(frozen=True, slots=True)
class ServiceLevels:
    """The definitions of the service level that the field uses beside `Figures.service_level`, by name. All count the
    answers within the threshold; they differ in what they divide by. None: there is nothing to divide by."""

    abandoned_in_threshold: int
    """Callers who hung up within the threshold. Short abandons are not counted here."""
    abandoned_after_threshold: int
    service_level_offered: float | None
    """/ (offered - waiting): short abandons count as not served."""
    service_level_answered: float | None
    """/ answered: of those who were served, who was served in time."""
    service_level_handled: float | None
    """/ (answered + abandoned): only what agents or callers ended."""
    service_level_patient: float | None
    """(answered + abandoned, both within the threshold) / (offered - short abandons - waiting): a caller who hangs up
    in time lowers nothing."""


@dataclass(slots=True)
class Sums:
    """Sums over stays, for one pair of thresholds. All times are whole milliseconds, so that their order does not
    matter and stays can be taken out again."""

    good: float
    """Seconds of `call_service_good`: an answer after so many seconds is still in time."""
    short: float
    """Seconds of `short_abandon`: a caller who hangs up earlier is a short abandon."""
    calls: dict[str, int] = field(default_factory=dict)
    """By outcome."""
    waits: dict[str, int] = field(default_factory=dict)
    """By outcome."""
    in_threshold: int = 0
    short_abandons: int = 0
    short_waits: int = 0
    callbacks: int = 0
    callbacks_answered: int = 0
    longest: int | None = None
    talk: int = 0
    wrap_up: int = 0

    def add(self, stays: Stays) -> None:
        """Add the stays. A negative number of `calls` takes them out again."""
        outcome, wait, callback, calls, talk, wrap_up, sum_of_waits, longest_wait = stays
        self.calls[outcome] = self.calls.get(outcome, 0) + calls
        if outcome == Outcome.TURNED_AWAY:
            return
        longest = _milliseconds(wait if sum_of_waits is None else longest_wait)
        waited = longest * calls if sum_of_waits is None else _milliseconds(sum_of_waits)
        self.waits[outcome] = self.waits.get(outcome, 0) + waited
        if callback:
            self.callbacks += calls
        if talk:
            self.talk += _milliseconds(talk)
        if wrap_up:
            self.wrap_up += _milliseconds(wrap_up)
        ended = outcome != Outcome.WAITING or callback
        if ended and calls > 0 and (self.longest is None or longest > self.longest):
            self.longest = longest
        if outcome == Outcome.ANSWERED:
            self.in_threshold += calls * (wait <= self.good)
            self.callbacks_answered += calls * callback
        elif outcome == Outcome.ABANDONED and wait < self.short:
            self.short_abandons += calls
            self.short_waits += waited

    def figures(self) -> Figures:
        """Return the figures."""
        calls = self.calls.get
        offered = sum(self.calls.values()) - calls(Outcome.TURNED_AWAY, 0)
        waiting, answered = calls(Outcome.WAITING, 0), calls(Outcome.ANSWERED, 0)
        abandoned = calls(Outcome.ABANDONED, 0) - self.short_abandons
        counted = offered - self.short_abandons - waiting
        answered_waits = self.waits.get(Outcome.ANSWERED, 0)
        abandoned_waits = self.waits.get(Outcome.ABANDONED, 0) - self.short_waits
        waits = sum(self.waits.values()) - self.waits.get(Outcome.WAITING, 0)
        return Figures(
            offered=offered,
            waiting=waiting,
            answered=answered,
            abandoned=abandoned,
            short_abandons=self.short_abandons,
            timed_out=calls(Outcome.TIMED_OUT, 0),
            passed_on=calls(Outcome.PASSED_ON, 0),
            left=calls(Outcome.LEFT, 0),
            unreached=calls(Outcome.UNREACHED, 0),
            turned_away=calls(Outcome.TURNED_AWAY, 0),
            callbacks=self.callbacks,
            callbacks_answered=self.callbacks_answered,
            answered_in_threshold=self.in_threshold,
            service_level=_ratio(self.in_threshold, counted),
            abandonment=_ratio(abandoned, counted),
            asa=_seconds(answered_waits, answered),
            average_wait=_seconds(waits, offered - waiting),
            longest_wait=None if self.longest is None else self.longest / 1000,
            average_abandon_wait=_seconds(abandoned_waits, abandoned),
            average_talk=_seconds(self.talk, answered),
            aht=_seconds(self.talk + self.wrap_up, answered),
        )


def sums(groups: Iterable[Stays], *, good: float, short: float) -> Sums:
    """Return the sums of these stays. `good` and `short` are the queue's `call_service_good` and `short_abandon`."""
    found = Sums(good, short)
    for stays in groups:
        found.add(stays)
    return found


def figures(groups: Iterable[Stays], *, good: float, short: float) -> Figures:
    """Return the figures of these stays. `good` and `short` are the queue's `call_service_good` and `short_abandon`."""
    return sums(groups, good=good, short=short).figures()


def service_levels(groups: Iterable[Stays], *, good: float, short: float) -> ServiceLevels:
    """Return the other service levels of these stays. `good` and `short`: see `figures`."""
    stays = list(groups)
    of = figures(stays, good=good, short=short)
    in_time, ended = of.answered_in_threshold, of.offered - of.waiting
    early = sum(
        alike.calls for alike in stays if alike.outcome == Outcome.ABANDONED and short <= alike.wait <= good
    )
    return ServiceLevels(
        abandoned_in_threshold=early,
        abandoned_after_threshold=of.abandoned - early,
        service_level_offered=_ratio(in_time, ended),
        service_level_answered=_ratio(in_time, of.answered),
        service_level_handled=_ratio(in_time, of.answered + of.abandoned),
        service_level_patient=_ratio(in_time + early, ended - of.short_abandons),
    )


CONTACT_WINDOW = 7 * 86_400.0
"""Seconds within which a caller who comes back had not been helped, and one who was here is not here for the first
time."""


class Contact(NamedTuple):
    """A call of a caller with a number that an agent of the queue answered. POSIX seconds."""

    at: float
    """When it entered the queue."""
    before: float | None
    """When the last call of this caller entered the queue that was answered before; None: there is none."""
    next: float | None
    """When the next call of this caller entered the queue, answered or not; None: there is none."""


@dataclass(frozen=True, slots=True)
class FirstContacts:
    """How many callers were helped by their first call. docs/statistics.md says it in plain words."""

    first_contacts: int
    """Answered calls of callers of whom none was answered in the seven days before, and of which it is known whether
    they called again within seven days."""
    first_contacts_resolved: int
    """Those of them who did not."""
    first_contact_resolution: float | None
    """Resolved / first contacts."""


def first_contacts(contacts: Iterable[Contact], *, until: float) -> FirstContacts:
    """Return the figures of these contacts. `until`: the moment up to which calls are known, POSIX seconds."""
    first = [one for one in contacts if one.before is None or one.at - one.before > CONTACT_WINDOW]
    again = [one.next is not None and one.next - one.at <= CONTACT_WINDOW for one in first]
    known = [came for one, came in zip(first, again, strict=True) if came or one.at + CONTACT_WINDOW < until]
    resolved = known.count(False)
    return FirstContacts(len(known), resolved, _ratio(resolved, len(known)))


def adherence(planned: float, adherent: float) -> float | None:
    """Return which share of the planned time an agent was `Available`. Both are seconds."""
    return round(adherent / planned, 4) if planned else None


def occupancy(handled: float, available: float) -> float | None:
    """Return which share of the time in which an agent was `Available` they talked or did after-call work for the
    queues' calls, at most 1: a call goes on after its agent has chosen another status. Both are seconds."""
    return round(min(1.0, handled / available), 4) if available else None


def measured(seconds: float) -> float:
    """Return a wait as it is recorded: in tenths of a second."""
    return round(max(0.0, seconds), 1)


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _seconds(milliseconds: int, calls: int) -> float | None:
    return round(milliseconds / calls) / 1000 if calls else None


NONE = figures((), good=0.0, short=0.0)
"""The figures of no stays."""
