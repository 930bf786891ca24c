"""What the engine measures, for `/metrics`."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from pbx.ports import Views

_FAST = (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


class Metrics:
    """One engine's figures, in a registry of its own so that tests may make several."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()

        def counter(name: str, text: str, labels: Iterable[str] = ()) -> Counter:
            return Counter(f"switchroom_{name}", text, tuple(labels), registry=registry)

        self.events = counter("engine_events", "Input events handled by the core", ["type"])
        self.rejected = counter("engine_events_rejected", "Events that were illegal in their state")
        self.errors = counter("engine_errors", "Unexpected errors", ["where"])
        self.commands = counter("engine_commands", "Commands of the core", ["type"])
        self.ami_events = counter("ami_events", "AMI events received", ["node"])
        self.reconnects = counter("ami_connects", "Logins at a node", ["node"])
        self.actions = counter("ami_actions", "AMI actions sent", ["node"])
        self.failed_actions = counter("ami_actions_failed", "AMI actions refused or unanswered", ["node"])
        self.spooled = counter("engine_spooled", "Operations written to the spool while Redis was away")
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
        self.node_up = Gauge("switchroom_node_up", "1 while a node is connected", ["node"], registry=registry)

    def watch(self, views: Views) -> None:
        """Read calls, queues and agents from the core's live views whenever somebody scrapes."""
        self.registry.register(_LiveCollector(views))


class _LiveCollector(Collector):
    def __init__(self, views: Views) -> None:
        self._views = views

    def collect(self) -> Iterable[Metric]:
        calls = GaugeMetricFamily("switchroom_calls", "Live calls", labels=["state"])
        for state, count in self._views.calls_by_state().items():
            calls.add_metric([state], count)
        agents = GaugeMetricFamily("switchroom_agents", "Agents", labels=["status"])
        for status, count in self._views.agents_by_status().items():
            agents.add_metric([status], count)
        queues = GaugeMetricFamily(
            "switchroom_queue_waiting", "Callers who wait in a queue", labels=["queue"]
        )
        for queue, count in self._views.queue_lengths().items():
            queues.add_metric([queue], count)
        return [calls, agents, queues]
