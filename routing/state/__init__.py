"""The core's memory: what is known of each call, agent and queue. Only plain data, so that it can be snapshotted."""

from routing.state.agent import Agent, Attendance, Phone, QueueStatus, Tally, WrapUp
from routing.state.call import Call, Callback, Decision, Leg, QueuePlace, Role, Stay, Visit, Waiter
from routing.state.directory import Numbers, Users
from routing.state.queue import Counters, Day, LastTalk, Pace, Queue

__all__ = [
    "Agent",
    "Attendance",
    "Call",
    "Callback",
    "Counters",
    "Day",
    "Decision",
    "LastTalk",
    "Leg",
    "Numbers",
    "Pace",
    "Phone",
    "Queue",
    "QueuePlace",
    "QueueStatus",
    "Role",
    "Stay",
    "Tally",
    "Users",
    "Visit",
    "Waiter",
    "WrapUp",
]
