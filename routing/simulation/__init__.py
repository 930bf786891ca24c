"""The routing core under a virtual clock: the same `Engine`, with made-up or observed traffic.

`simulate` runs a `Scenario`. `run_trace` runs observed calls again under another strategy or staff. `erlang` has the
formulas that a queue of identical agents must agree with. Times are in seconds. Rates are per second unless a name
says otherwise.
"""

from routing.simulation.history import Arrival, History
from routing.simulation.plan import Plan, PlanError, scenario_of
from routing.simulation.scenario import Scenario
from routing.simulation.simulator import simulate
from routing.simulation.stats import Result
from routing.simulation.trace import Trace, run_trace

__all__ = [
    "Arrival",
    "History",
    "Plan",
    "PlanError",
    "Result",
    "Scenario",
    "Trace",
    "run_trace",
    "scenario_of",
    "simulate",
]
