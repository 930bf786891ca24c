"""Which function takes which event. Each event of a call goes by the phase rules (`routing.state.rules`)."""

from collections.abc import Callable
from typing import Any

from routing import events as e
from routing.acd import agents, statistics, work
from routing.calls import rooms
from routing.commands import COMMANDS
from routing.figures import Stays
from routing.handlers import (
    calls,  # noqa: F401 - it registers what events mean
    configuration,
    control,  # noqa: F401 - the same
    resync,
    timers,
)
from routing.handlers.meanings import ACTS, happens
from routing.state.rules import CALL_EVENTS, RULES
from routing.state.world import World

_ACTS = {phase: {what: ACTS.get(rule) for what, rule in row.items()} for phase, row in RULES.items()}
"""What is done about each happening in each phase; None: it is ignored."""


def call_event(world: World, event: Any) -> None:
    """Do what the phase rules say. (This is `happens`, with fewer look-ups.)"""
    call = world.calls.get(event.call)
    act = _ACTS[None if call is None else call.phase][type(event)]
    if act is not None:
        act(world, call, event)


def command_failed(world: World, event: e.CommandFailed) -> None:
    """Do what the phase rules say. A refused command counts as the end of what it was to begin."""
    refused = COMMANDS.get(event.command)
    if refused is not None:
        happens(world, world.calls.get(event.call), refused, event)


def agent_status_set(world: World, event: e.AgentStatusSet) -> None:
    if (agent := world.agents.get(event.agent)) is not None and not agent.removed:
        agents.set_status(world, agent, event.status, event.queue, event.reason)


def phone_state_changed(world: World, event: e.PhoneStateChanged) -> None:
    configuration.set_phone(world, event.phone, registered=event.registered, busy=event.busy)


def phone_used(world: World, event: e.PhoneUsed) -> None:
    configuration.set_use(world, event.phone, event.use)


def stays_counted(world: World, event: e.StaysCounted) -> None:
    if (queue := world.queues.get(event.queue)) is not None:
        statistics.take_over(world, queue, event.since, [Stays(*group) for group in event.stays])


HANDLERS: dict[type, Callable[[World, Any], None]] = {
    **dict.fromkeys(CALL_EVENTS, call_event),
    e.CommandFailed: command_failed,
    e.AgentStatusSet: agent_status_set,
    e.PhoneStateChanged: phone_state_changed,
    e.PhoneUsed: phone_used,
    e.TimerFired: timers.timer_fired,
    e.ConfigChanged: configuration.config_changed,
    e.RoomChangeRequested: rooms.change_requested,
    e.WorkEntered: work.entered,
    e.WorkAccepted: work.accepted,
    e.WorkDeclined: work.declined,
    e.WorkTransferred: work.transferred,
    e.WorkClosed: work.closed,
    e.StaysCounted: stays_counted,
    e.StateResynced: resync.state_resynced,
}
