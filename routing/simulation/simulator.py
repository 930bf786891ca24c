"""The virtual clock, and what is around the core in a simulation: callers, agents, an Asterisk that is never late."""

import math
import time
from collections import deque
from collections.abc import Callable, Iterator
from heapq import heappop, heappush
from itertools import count, cycle
from random import Random
from typing import Any

from routing import commands as c
from routing import events as e
from routing.engine import Engine
from routing.events import AgentStatus, LegFailure
from routing.figures import Outcome
from routing.ids import AgentId, CallId, TimerId
from routing.simulation.distributions import Constant
from routing.simulation.occupancy import Occupancy
from routing.simulation.scenario import Scenario
from routing.simulation.setup_events import agent_id, did_of, distinct_needs, setup_events
from routing.simulation.silent_world import SilentWorld
from routing.simulation.stats import Result, Sample, result_of

Progress = Callable[[int], None]
"""Told from time to time how many calls have entered."""
PROGRESS_EVERY = 500


def simulate(scenario: Scenario, seed: int = 0, progress: Progress | None = None) -> Result:
    """Run the scenario. The same scenario and seed give the same result, except for `seconds`.

    `progress` is told every few hundred calls how many have entered.
    """
    began = time.perf_counter()
    simulator = _Simulator(scenario, seed, progress)
    simulator.run()
    occupancy = simulator.occupancy
    return result_of(
        simulator.sample,
        threshold=scenario.queue.call_service_good,
        short=scenario.queue.short_abandon,
        busy=occupancy.busy_seconds,
        staffed=occupancy.staffed_seconds,
        seconds=time.perf_counter() - began,
    )


NO_PHONES: dict[AgentId, None] = {}
"""The phones of a caller for whom none rings. It is never changed."""


class _Caller:
    __slots__ = ("agent", "entered", "id", "measured", "more", "offer", "over", "rung", "talk")

    def __init__(self, id: CallId, entered: float, talk: float, measured: bool) -> None:
        self.id = id
        self.entered = entered
        self.talk = talk
        self.measured = measured
        self.agent: AgentId | None = None
        self.rung = NO_PHONES
        self.offer = 0
        """Counts the offers: what was planned for an earlier one is stale."""
        self.more = 0
        self.over = False


class _Simulator:
    def __init__(self, scenario: Scenario, seed: int, progress: Progress | None) -> None:
        self.scenario = scenario
        rng = _stream(seed, "engine")
        self.engine = Engine(rng, SilentWorld(rng))
        self.occupancy = Occupancy()
        self.sample = Sample()
        self.now = scenario.start
        self.talk = scenario.talk.sampler(_stream(seed, "talk"))
        self.patience = scenario.patience.sampler(_stream(seed, "patience")) if scenario.patience else None
        self.answer = scenario.answer.sampler(_stream(seed, "answer"))
        self.at_once = scenario.answer == Constant(0.0)
        """Whether each phone is answered as soon as it is rung."""
        self.wraps_up = scenario.queue.wrap_up > 0.0
        self.callers: dict[CallId, _Caller] = {}
        self.entered = 0
        self.unsettled = 0
        """Measured callers who are neither answered nor gone yet."""
        self.progress = progress
        kinds = distinct_needs(scenario)
        dids = {needs: did_of(kinds, place) for place, needs in enumerate(kinds)}
        self._dids = cycle(
            [dids[needs] for needs in scenario.needs] if len(kinds) > 1 or kinds[0] else [dids[()]]
        )
        self._arrivals = scenario.arrivals.times(_stream(seed, "arrivals"))
        self._numbers = count()
        self._agenda: list[tuple[float, int, Callable[[Any], None], Any]] = []
        self._inbox: deque[e.Event] = deque()
        self._started: dict[TimerId, float] = {}
        self._timer_fires = self._timer
        """One object, so that `_work` knows timers on the agenda by it."""
        self._reactions: dict[type, Callable[[Any], None]] = {
            c.StartTimer: self._start_timer,
            c.CancelTimer: self._cancel_timer,
            c.OfferCall: self._offer,
            c.AddToOffer: self._add,
            c.WithdrawOffer: self._withdraw,
            c.Play: self._play,
            c.HangUp: self._hang_up,
            c.LogWrapUp: self._wrapped_up,
        }

    # -- the clock ---------------------------------------------------------------------------------------

    def run(self) -> None:
        self.occupancy.begin(self.now)
        for event in setup_events(self.scenario):
            self._happens(event)
        for shift in self.scenario.shifts:
            self._plan(self.scenario.start + shift.start, self._comes, agent_id(shift.agent))
            if shift.end < math.inf:
                self._plan(self.scenario.start + shift.end, self._goes, agent_id(shift.agent))
        self._work()
        for caller in list(self.callers.values()):
            if caller.agent is None:
                self._gives_up(caller)
        self.occupancy.close(self.now)

    def _work(self) -> None:
        """Let everything happen in its order, until nothing is left or every measured call is answered or gone."""
        agenda, arrivals, timer, due = self._agenda, self._times(), self._timer_fires, self.engine.timers.get
        counted, enters = self.scenario.calls is not None, self._enters
        upcoming = next(arrivals, math.inf)
        while True:
            if agenda and agenda[0][0] <= upcoming:
                at, _, action, subject = heappop(agenda)
                if action is not timer or due(subject, math.inf) <= at:
                    self.now = at
                    action(subject)
            elif upcoming < math.inf:
                self.now = upcoming
                enters()
                upcoming = next(arrivals, math.inf)
            else:
                return
            if counted and not self.unsettled and upcoming == math.inf:
                return

    def _plan(self, at: float, action: Callable[[Any], None], subject: Any) -> None:
        heappush(self._agenda, (at, next(self._numbers), action, subject))

    def _happens(self, event: e.Event) -> None:
        """Tell the core of the event, and of what its commands bring about at once."""
        inbox, handle, reactions, now = self._inbox, self.engine.handle, self._reactions, self.now
        while True:
            for command in handle(event, now):
                react = reactions.get(type(command))
                if react is not None:
                    react(command)
            if not inbox:
                break
            event = inbox.popleft()
        if self._started:
            for timer, at in self._started.items():
                self._plan(at, self._timer_fires, timer)
            self._started.clear()

    # -- callers -----------------------------------------------------------------------------------------

    def _times(self) -> Iterator[float]:
        """Yield when each call comes."""
        scenario = self.scenario
        left = math.inf if scenario.calls is None else scenario.warm_up + scenario.calls
        for at in self._arrivals:
            if at >= scenario.until:
                return
            yield scenario.start + at
            left -= 1
            if not left:
                self.occupancy.close(self.now)
                return

    def _enters(self) -> None:
        number = self.entered = self.entered + 1
        now, warm_up = self.now, self.scenario.warm_up
        measured = number > warm_up
        caller = _Caller(CallId(f"call{number}"), now, self.talk(), measured)
        patience = math.inf if self.patience is None else self.patience()
        self.callers[caller.id] = caller
        self.unsettled += measured
        self._happens(e.CallEntered(caller.id, next(self._dids), ""))
        if caller.agent is None and not caller.over:
            self.sample.delayed += measured and not caller.rung
            if patience < math.inf:
                self._plan(now + patience, self._gives_up, caller)
        if number == warm_up:
            self.occupancy.begin(now)
        if self.progress is not None and not number % PROGRESS_EVERY:
            self.progress(number)

    def _gives_up(self, caller: _Caller) -> None:
        if caller.agent is None and not caller.over:
            self._settle(caller, Outcome.ABANDONED)
            self._leaves(caller)

    def _settle(self, caller: _Caller, outcome: str) -> None:
        if caller.measured:
            self.unsettled -= 1
            entered = caller.entered
            talk = caller.talk if outcome == Outcome.ANSWERED else 0.0
            self.sample.add(entered - self.scenario.start, self.now - entered, outcome, talk)

    def _leaves(self, caller: _Caller) -> None:
        """Take away the caller's channel, and with it every leg."""
        caller.over = True
        id, agent, inbox = caller.id, caller.agent, self._inbox
        del self.callers[id]
        inbox.append(e.CallHungUp(id))
        if caller.rung:
            inbox.extend([e.OfferFailed(id, rung, LegFailure.CALLER_GONE) for rung in caller.rung])
            caller.rung = NO_PHONES
        if agent is not None:
            inbox.append(e.AgentLegEnded(id, agent))
            if not self.wraps_up:
                self.occupancy.rests(agent, self.now)
        self._happens(inbox.popleft())

    # -- agents ------------------------------------------------------------------------------------------

    def _comes(self, agent: AgentId) -> None:
        self.occupancy.comes(agent, self.now)
        self._happens(e.AgentStatusSet(agent, AgentStatus.AVAILABLE))

    def _goes(self, agent: AgentId) -> None:
        self.occupancy.goes(agent, self.now)
        self._happens(e.AgentStatusSet(agent, AgentStatus.OFFLINE))

    def _answers(self, rung: tuple[_Caller, AgentId, int]) -> None:
        caller, agent, offer = rung
        if caller.offer == offer and agent in caller.rung:
            self._connect(caller, agent, tuple(caller.rung))
            self._happens(self._inbox.popleft())

    def _connect(self, caller: _Caller, agent: AgentId, rung: tuple[AgentId, ...]) -> None:
        """Let the agent take the call. The other phones that are `rung` stop ringing."""
        caller.rung, caller.agent = NO_PHONES, agent
        self._settle(caller, Outcome.ANSWERED)
        self.occupancy.works(agent, self.now)
        self._plan(self.now + caller.talk, self._leaves, caller)
        self._inbox.append(e.AgentAnswered(caller.id, agent))
        if len(rung) > 1:
            self._inbox.extend(
                [e.OfferFailed(caller.id, other, LegFailure.WITHDRAWN) for other in rung if other != agent]
            )

    def _misses(self, rung: tuple[_Caller, AgentId, int]) -> None:
        caller, agent, offer = rung
        if caller.offer == offer and agent in caller.rung:
            self._drop(caller, (agent,), LegFailure.NO_ANSWER)
            self._happens(self._inbox.popleft())

    def _drop(self, caller: _Caller, agents: tuple[AgentId, ...], reason: LegFailure) -> None:
        """Let phones stop ringing. If no phone rings and none is to be added, the caller's channel is back."""
        for agent in agents:
            if agent in caller.rung:
                del caller.rung[agent]
                self._inbox.append(e.OfferFailed(caller.id, agent, reason))
        if not caller.rung and not caller.more:
            self._inbox.append(e.CallReturned(caller.id))

    # -- what the core says ------------------------------------------------------------------------------

    def _start_timer(self, command: c.StartTimer) -> None:
        self._started[command.timer] = command.at

    def _cancel_timer(self, command: c.CancelTimer) -> None:
        self._started.pop(command.timer, None)

    def _timer(self, timer: TimerId) -> None:
        """Let the timer fire. A timer that was cancelled or started again stays on the agenda. `_work` leaves it out,
        and the clock does not run on to it."""
        self._happens(e.TimerFired(timer))

    def _offer(self, command: c.OfferCall) -> None:
        caller = self.callers[command.call]
        if self.at_once:
            self._connect(caller, command.agents[0], command.agents)
            return
        caller.offer += 1
        caller.rung, caller.more = dict.fromkeys(command.agents), command.more
        for agent in command.agents:
            if self._rings(caller, agent, command.timeout):
                return
        if command.more:
            self._plan(self.now + command.timeout, self._offer_over, (caller, caller.offer))

    def _rings(self, caller: _Caller, agent: AgentId, timeout: float) -> bool:
        """Plan what becomes of a ringing phone. Return whether it is answered at once."""
        delay = self.answer()
        if delay <= 0.0:
            self._connect(caller, agent, tuple(caller.rung))
            return True
        outcome = self._answers if delay < timeout else self._misses
        self._plan(self.now + min(delay, timeout), outcome, (caller, agent, caller.offer))
        return False

    def _add(self, command: c.AddToOffer) -> None:
        caller = self.callers[command.call]
        if caller.agent is None:
            caller.more -= 1
            caller.rung[command.agent] = None
            self._rings(caller, command.agent, self.scenario.queue.ring_timeout)

    def _offer_over(self, offered: tuple[_Caller, int]) -> None:
        caller, offer = offered
        if caller.offer == offer and caller.agent is None and not caller.over:
            caller.more = 0
            self._drop(caller, tuple(caller.rung), LegFailure.NO_ANSWER)
            self._happens(self._inbox.popleft())

    def _withdraw(self, command: c.WithdrawOffer) -> None:
        caller = self.callers.get(command.call)
        if caller is None or caller.agent is not None:
            return
        if not command.agents:
            caller.more = 0
        self._drop(caller, command.agents or tuple(caller.rung), LegFailure.WITHDRAWN)

    def _play(self, command: c.Play) -> None:
        self._inbox.append(e.PlaybackFinished(command.call, command.token))

    def _hang_up(self, command: c.HangUp) -> None:
        """Let the core send the caller away: neither answered nor abandoned. The core knows how their stay ended."""
        caller = self.callers.get(command.call)
        if caller is not None:
            if caller.agent is None:
                self._settle(caller, self.engine.stays(command.call)[-1]["outcome"])
            self._leaves(caller)

    def _wrapped_up(self, command: c.LogWrapUp) -> None:
        self.occupancy.rests(AgentId(command.record["agent"]), self.now)


def _stream(seed: int, purpose: str) -> Random:
    """Make a generator for one purpose. Another strategy then draws more values of one kind, not other values of
    another."""
    return Random(f"{seed}/{purpose}")  # noqa: S311 - a simulation, not a secret
