"""One Dial of one call: who was rung, on which legs, and what came of it.

A party is an agent's phone, or the outside line of a `DialOut`. Each gets exactly one of answered and failed,
and 'ended' if it answered. A phone with several contacts has several legs and is one party all the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from routing.events import (
    AgentAnswered,
    AgentLegEnded,
    Event,
    LegFailure,
    NumberAnswered,
    NumberFailed,
    NumberLegEnded,
    OfferFailed,
    PhoneRang,
)
from routing.ids import AgentId, CallId

LINE = "line"
"""The party's key when it is the outside line of a `DialOut`."""

_UNREACHABLE = frozenset({1, 2, 3, 20, 27, 38})
"""Q.850: no such number, no route, subscriber absent, destination or network out of order."""
_UNCLEAR = frozenset({0, 16, 18, 102})
"""Q.850: nothing said, normal, no user responding, timer expired: it matters whether the phone rang."""
_ANSWERED_ELSEWHERE = 26


class _State(Enum):
    PENDING = auto()
    ANSWERED = auto()
    OVER = auto()


@dataclass(slots=True)
class Leg:
    channel: str
    party: str
    rang: bool = False
    status: str = ""
    """DIALSTATUS of this leg, once Dial has ended it."""
    gone: bool = False
    reason: LegFailure | None = None


@dataclass(slots=True)
class _Party:
    agent: AgentId | None
    state: _State = _State.PENDING
    rang: bool = False
    withdrawn: bool = False
    legs: list[Leg] = field(default_factory=list)
    answered_by: Leg | None = None


class Dial:
    """`parties`: phone -> agent, or `{LINE: None}`."""

    def __init__(self, call: CallId, parties: dict[str, AgentId | None]) -> None:
        self.call = call
        self.legs: dict[str, Leg] = {}
        """By the leg's Uniqueid."""
        self._parties = {key: _Party(agent) for key, agent in parties.items()}
        self._early: dict[str, str] = {}
        self._won = False

    @property
    def phones(self) -> tuple[str, ...]:
        """The phones that are neither failed nor ended."""
        return tuple(k for k, p in self._parties.items() if p.state is not _State.OVER and k != LINE)

    @property
    def ringing(self) -> tuple[str, ...]:
        """The parties that have no outcome yet."""
        return tuple(k for k, p in self._parties.items() if p.state is _State.PENDING)

    @property
    def talking(self) -> bool:
        return any(p.state is _State.ANSWERED for p in self._parties.values())

    @property
    def talker(self) -> AgentId | None:
        """The agent who answered and is still there."""
        return next((p.agent for p in self._parties.values() if p.state is _State.ANSWERED), None)

    @property
    def quiet(self) -> bool:
        """Whether every leg that began is gone."""
        return all(leg.gone for leg in self.legs.values())

    @property
    def all_withdrawn(self) -> bool:
        return all(p.withdrawn for p in self._parties.values() if p.state is _State.PENDING)

    @property
    def talking_legs(self) -> tuple[str, ...]:
        """The channels that answered and are still there."""
        answered = (p.answered_by for p in self._parties.values() if p.state is _State.ANSWERED)
        return tuple(leg.channel for leg in answered if leg is not None and not leg.gone)

    def phone_of(self, agent: AgentId) -> str | None:
        return next((key for key, party in self._parties.items() if party.agent == agent), None)

    def agent(self, key: str) -> AgentId | None:
        return self._parties[key].agent

    def began(self, unique_id: str, channel: str, dialled: str) -> tuple[list[Event], list[str]]:
        """A leg is dialled: events, and channels to hang up because their party was withdrawn before."""
        key = LINE if LINE in self._parties else dialled.partition("/")[0].partition("@")[0]
        party = self._parties.get(key)
        if party is None or unique_id in self.legs:
            return [], []
        leg = self.legs[unique_id] = Leg(channel, key)
        party.legs.append(leg)
        if party.withdrawn:
            return [], [channel]
        early = self._early.pop(unique_id, None)
        return (self.changed(unique_id, early), []) if early else ([], [])

    def changed(self, unique_id: str, state: str) -> list[Event]:
        """The leg's channel became `Ringing` or `Up`. This may come a moment before `began`."""
        leg = self.legs.get(unique_id)
        if leg is None:
            self._early[unique_id] = state
            return []
        party = self._parties[leg.party]
        if state == "Ringing":
            return self._ring(leg, party)
        if state == "Up" and not self.talking and party.state is _State.PENDING and not party.withdrawn:
            return self._answer(leg, party)
        return []

    def ended(self, unique_id: str, status: str) -> list[Event]:
        """Dial is done with the leg. `ANSWER` names the one that it connects if several picked up at once."""
        leg = self.legs.get(unique_id)
        if leg is None:
            return []
        leg.status = status
        party = self._parties[leg.party]
        if status == "ANSWER" and party.state is _State.PENDING:
            return self._answer(leg, party)
        return []

    def hung_up(self, unique_id: str, cause: int) -> list[Event]:
        """The leg's channel is gone."""
        leg = self.legs.get(unique_id)
        if leg is None or leg.gone:
            return []
        leg.gone = True
        party = self._parties[leg.party]
        if party.answered_by is leg:
            return self._end(party)
        leg.reason = self._reason(leg, party, cause)
        if party.state is _State.PENDING and all(other.gone for other in party.legs):
            return [self._fail(party, _first_telling([other.reason for other in party.legs]))]
        return []

    def withdraw(self, agents: tuple[AgentId, ...]) -> list[str]:
        """Channels to hang up now; legs of these agents that begin later are named by `began`."""
        channels = []
        for party in self._parties.values():
            if party.agent in agents and party.state is _State.PENDING:
                party.withdrawn = True
                channels += [leg.channel for leg in party.legs if not leg.gone]
        return channels

    def finish(self, caller_gone: bool) -> list[Event]:
        """Dial is over, or never was: outcomes for all that have none yet."""
        events: list[Event] = []
        for party in self._parties.values():
            if party.state is _State.ANSWERED:
                events += self._end(party)
            elif party.state is _State.PENDING:
                events.append(self._fail(party, self._last_reason(party, caller_gone)))
        return events

    def refuse(self, reason: LegFailure) -> list[Event]:
        """The Dial could not be begun."""
        pending = [p for p in self._parties.values() if p.state is _State.PENDING]
        return [self._fail(p, LegFailure.WITHDRAWN if p.withdrawn else reason) for p in pending]

    def _last_reason(self, party: _Party, caller_gone: bool) -> LegFailure:
        if party.withdrawn or self._won:
            return LegFailure.WITHDRAWN
        if caller_gone:
            return LegFailure.CALLER_GONE
        reasons = [leg.reason or self._reason(leg, party, 0) for leg in party.legs]
        return _first_telling(reasons)

    def _ring(self, leg: Leg, party: _Party) -> list[Event]:
        leg.rang = True
        if party.rang or party.state is not _State.PENDING or party.agent is None:
            return []
        party.rang = True
        return [PhoneRang(self.call, party.agent)]

    def _answer(self, leg: Leg, party: _Party) -> list[Event]:
        party.state = _State.ANSWERED
        party.answered_by = leg
        self._won = True
        if party.agent is None:
            return [NumberAnswered(self.call)]
        return [AgentAnswered(self.call, party.agent)]

    def _end(self, party: _Party) -> list[Event]:
        party.state = _State.OVER
        party.answered_by = None
        if party.agent is None:
            return [NumberLegEnded(self.call)]
        return [AgentLegEnded(self.call, party.agent)]

    def _fail(self, party: _Party, reason: LegFailure) -> Event:
        party.state = _State.OVER
        if party.agent is None:
            return NumberFailed(self.call, reason)
        return OfferFailed(self.call, party.agent, reason)

    def _reason(self, leg: Leg, party: _Party, cause: int) -> LegFailure:
        """Dial says `NOANSWER` for 603 and 480 as well, so the cause speaks first."""
        if party.withdrawn or self._won or cause == _ANSWERED_ELSEWHERE:
            return LegFailure.WITHDRAWN
        if leg.status == "CANCEL":
            return LegFailure.CALLER_GONE
        if cause == 17 or leg.status == "BUSY":
            return LegFailure.BUSY
        if cause == 21:
            return LegFailure.REJECTED
        if cause == 19:
            return LegFailure.NO_ANSWER
        if cause in _UNREACHABLE:
            return LegFailure.UNREACHABLE
        if cause in _UNCLEAR:
            return LegFailure.NO_ANSWER if leg.rang else LegFailure.UNREACHABLE
        return LegFailure.FAILED


def _first_telling(reasons: Sequence[LegFailure | None]) -> LegFailure:
    """Of a phone's legs the one that was reachable speaks; a phone without a leg is unreachable."""
    telling = [r for r in reasons if r is not None and r is not LegFailure.UNREACHABLE]
    return telling[0] if telling else LegFailure.UNREACHABLE
