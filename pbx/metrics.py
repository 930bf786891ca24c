"""The engine's metrics, which `/metrics` shows."""

from collections import Counter as Tally
from collections.abc import Iterable, Mapping
from time import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from pbx.ports import LiveCore

_FAST = (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


class Metrics:
    """One engine's metrics, in a registry of its own: a test may make several."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()

        def counter(name: str, text: str, labels: Iterable[str] = ()) -> Counter:
            return Counter(f"switchroom_{name}", text, tuple(labels), registry=registry)

        self.events = counter("engine_events", "Input events handled by the core", ["type"])
        self.rejected = counter("engine_events_rejected", "Events that were illegal in their state")
        self.errors = counter("engine_errors", "Unexpected errors", ["where"])
        self.commands = counter("engine_commands", "Commands of the core", ["type"])
        self.clock_steps = counter("engine_clock_steps", "How often the machine's clock was set")
        self.ami_events = counter("ami_events", "AMI events received", ["node"])
        self.reconnects = counter("ami_connects", "Logins at a node", ["node"])
        self.actions = counter("ami_actions", "AMI actions sent", ["node"])
        self.failed_actions = counter("ami_actions_failed", "AMI actions refused or unanswered", ["node"])
        self.outbound_alarms = counter(
            "outbound_alarms", "Alarms about calls to the telephone network", ["alarm"]
        )
        self.spooled = counter("engine_spooled", "Operations written to the spool while Redis was away")
        self.spool_lost = counter("engine_spool_lost", "Operations that the spool had no room for", ["what"])
        self.replay_lost = counter(
            "replay_journal_lost", "Events that no segment of the replay journal holds"
        )
        self.replay_journal = Gauge(
            "switchroom_replay_journal", "1 while the replay journal is written", registry=registry
        )
        self.offer_latency = Histogram(
            "switchroom_offer_latency_seconds",
            "From the event that let a call be offered to the phone's ringing",
            buckets=_FAST,
            registry=registry,
        )
        self.handling = Histogram(
            "switchroom_engine_event_seconds",
            "From an event's entry until its commands are sent",
            buckets=(0.0001, 0.0005, 0.001, *_FAST),
            registry=registry,
        )
        self.loop_lag = Histogram(
            "switchroom_loop_lag_seconds", "How late the event loop is", buckets=_FAST, registry=registry
        )
        self.batch_size = Histogram(
            "switchroom_redis_batch_operations",
            "Operations in a write to Redis",
            buckets=(1, 5, 20, 100, 500, 2000),
            registry=registry,
        )
        self.refused_calls = counter("calls_refused", "Calls refused at their entry", ["why"])
        self.node_delay = Gauge(
            "switchroom_node_delay_seconds",
            "How much later than usual Asterisk does what it is asked, median",
            ["node"],
            registry=registry,
        )
        self.node_limit = Gauge(
            "switchroom_node_call_limit", "Calls that the node can carry now", ["node"], registry=registry
        )
        self.node_up = Gauge("switchroom_node_up", "1 while a node is connected", ["node"], registry=registry)

    def watch(self, core: LiveCore) -> None:
        """Count calls, agents and waiting callers in the core's live views at each scrape."""
        self.registry.register(_LiveCollector(core))


class _LiveCollector(Collector):
    def __init__(self, core: LiveCore) -> None:
        self._core = core

    def collect(self) -> Iterable[Metric]:
        core = self._core
        calls = [call.state for id in core.call_ids() if (call := core.call(id)) is not None]
        agents = [agent.state for id in core.agent_ids() if (agent := core.agent(id)) is not None]
        queues = [queue for id in core.queue_ids() if (queue := core.queue(id, time())) is not None]
        yield _gauge("switchroom_calls", "Live calls", "state", Tally(calls))
        yield _gauge("switchroom_agents", "Agents", "status", Tally(agents))
        waiting = {str(view.queue): len(view.waiting) for view in queues}
        yield _gauge("switchroom_queue_waiting", "Callers and callbacks that wait", "queue", waiting)


def _gauge(name: str, text: str, label: str, values: Mapping[str, int]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=[label])
    for value, count in values.items():
        family.add_metric([value], count)
    return family
