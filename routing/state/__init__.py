"""The core's memory: what is known of each call, agent and queue. Only plain data, so that it can be snapshotted."""

from routing.state.agent import Agent, Attendance, Phone, QueueStatus, Tally, WrapUp
from routing.state.call import Call, Callback, Decision, Leg, QueuePlace, Role, Stay, Visit
from routing.state.directory import Availability, Mailboxes, Numbers, Presence, Users
from routing.state.queue import Counters, Day, LastTalk, Pace, Queue
from routing.state.room import Participant, Room
from routing.state.work import Waiter, WorkItem, WorkPhase

__all__ = [
    "Agent",
    "Attendance",
    "Availability",
    "Call",
    "Callback",
    "Counters",
    "Day",
    "Decision",
    "LastTalk",
    "Leg",
    "Mailboxes",
    "Numbers",
    "Pace",
    "Participant",
    "Phone",
    "Presence",
    "Queue",
    "QueuePlace",
    "QueueStatus",
    "Role",
    "Room",
    "Stay",
    "Tally",
    "Users",
    "Visit",
    "Waiter",
    "WorkItem",
    "WorkPhase",
    "WrapUp",
]
