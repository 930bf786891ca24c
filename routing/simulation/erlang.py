"""What theory says of a queue with identical agents, Poisson arrivals and exponential talks, served in order.

Erlang C (M/M/c: no caller gives up) and Erlang A (M/M/c+M: exponential patience), in the steady state. Sources:
A. K. Erlang (1917); C. Palm (1957); A. Mandelbaum and S. Zeltyn, "The Palm/Erlang-A queue, with applications to call
centers" (2005).
Definitions are those of `routing.simulation.stats.Result`. Times are in seconds, `rate` is calls per second.
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Expected:
    p_wait: float
    asa: float
    """Mean wait of the answered calls."""
    service_level: float
    """Share of all calls that are answered within the threshold."""
    abandonment: float
    occupancy: float


def erlang_b(agents: int, load: float) -> float:
    """Return the share of calls that `agents` lines without a queue lose. `load` is in erlangs. The recursion in the
    number of lines is used: each of its terms is a probability, so none overflows."""
    lost = 1.0
    for lines in range(1, agents + 1):
        lost = load * lost / (lines + load * lost)
    return lost


def erlang_c(agents: int, rate: float, aht: float, threshold: float) -> Expected:
    """Return the figures if no caller gives up. Raises `ValueError` unless the load is below the number of agents."""
    load = rate * aht
    if not 0.0 < load < agents:
        raise ValueError(f"no steady state: {load} erlangs for {agents} agents")
    lost = erlang_b(agents, load)
    occupancy = load / agents
    p_wait = lost / (1.0 - occupancy * (1.0 - lost))
    spare = agents / aht - rate
    return Expected(
        p_wait=p_wait,
        asa=p_wait / spare,
        service_level=1.0 - p_wait * math.exp(-spare * threshold),
        abandonment=0.0,
        occupancy=occupancy,
    )


def erlang_a(
    agents: int, rate: float, aht: float, patience: float, threshold: float, short: float = 0.0
) -> Expected:
    """Return the figures if callers give up after an exponential time with the mean `patience`, at any load. Callers
    who give up in less than `short` seconds are short abandons: the shares leave them out, except for `p_wait`."""
    busy = agents / aht
    queue, scale = _queue_weights(busy, rate, 1.0 / patience)
    at_once = (1.0 / erlang_b(agents, rate * aht) - 1.0) * scale
    delay, early = _Delay(busy, 1.0 / patience, threshold), _Delay(busy, 1.0 / patience, short)
    turn, stays = _Delay(busy, 1.0 / patience, short, patient=False), math.exp(-short / patience)
    answered = waited = in_time = gone = 0.0
    for weight in queue:
        served, wait, soon = delay.one_more_ahead()
        gone += weight * (1.0 - served * early.one_more_ahead()[2] - stays * (1.0 - turn.one_more_ahead()[2]))
        answered += weight * served
        waited += weight * served * wait
        in_time += weight * served * soon
    total = at_once + math.fsum(queue)
    abandonment = max(0.0, 1.0 - (at_once + answered) / total)
    shorts = max(0.0, gone / total)
    return Expected(
        p_wait=math.fsum(queue) / total,
        asa=waited / (at_once + answered),
        service_level=(at_once + in_time) / total / (1.0 - shorts),
        abandonment=(abandonment - shorts) / (1.0 - shorts),
        occupancy=rate * (1.0 - abandonment) / busy,
    )


def _queue_weights(busy: float, rate: float, leaving: float) -> tuple[list[float], float]:
    """Return how likely it is that all agents are busy and 0, 1, 2 ... callers wait, and the scale of these numbers.

    The likeliest number of waiting callers counts as 1. The scale is what a weight of 1 for an empty queue becomes. (A
    long queue can be likelier than an empty one by more than a float can hold.)"""
    logs, log = [0.0], 0.0
    peak = 0.0
    while log > peak - 45.0:
        log += math.log(rate / (busy + len(logs) * leaving))
        logs.append(log)
        peak = max(peak, log)
    return [math.exp(log - peak) for log in logs], math.exp(-peak)


class _Delay:
    """The wait of a caller with 0, 1, 2 ... others ahead: a sum of exponential stages with the rates
    `busy + i * leaving`. The caller must be more patient than each stage is long.

    For callers who are, stage i has the rate `busy + (i + 1) * leaving`. For m such stages exp(-leaving * wait) is
    distributed as Beta(busy / leaving + 1, m). So the distribution of the wait is a regularized incomplete beta
    function. It is summed here term by term, by logarithms, so that no term underflows.

    With `patient` False the share within the threshold is that of the turns: of the times after which the caller would
    be served if they never gave up. Then stage i has the rate `busy + i * leaving`, and the Beta distribution the first
    parameter `busy / leaving`.
    """

    def __init__(self, busy: float, leaving: float, threshold: float, *, patient: bool = True) -> None:
        self._busy, self._leaving = busy, leaving
        self._shape = busy / leaving + patient
        self._kept = -leaving * threshold
        self._gone = -math.expm1(self._kept)
        self._log_term = self._shape * self._kept
        self._beyond = 0.0
        self._wait = 0.0
        self._stages = 0

    def one_more_ahead(self) -> tuple[float, float, float]:
        """Return the share of callers who are served, their mean wait, and their share within the threshold.

        The first time for a caller with no other ahead, each later time for one with one more ahead."""
        rate = self._busy + (self._stages + 1) * self._leaving
        self._wait += 1.0 / rate
        self._beyond += math.exp(self._log_term)
        self._stages += 1
        if self._gone > 0.0:
            self._log_term += math.log(self._gone * (self._stages - 1 + self._shape) / self._stages)
        else:
            self._log_term = -math.inf
        return self._busy / rate, self._wait, max(0.0, 1.0 - self._beyond)
