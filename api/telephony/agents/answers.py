"""What clients get of agents."""

from typing import Any

from api.accounts.users.answers import Profile
from api.conventions.answers import Answer, PublicId, Time, answer, either, many
from api.telephony.agents.resource import AGENT
from api.telephony.calls.answers import LiveCallAnswer
from api.telephony.queues.answers import QueueNow
from api.telephony.queues.resource import QUEUE


class QueueStatus(Answer):
    """The agent's own status in one queue."""

    status: str
    reason: str


class AgentNow(Answer):
    """What the engine knows of the agent. `since`: when this state began. `call`: the call in hand."""

    status: str
    reason: str
    state: str
    since: Time
    call: PublicId | None


QueueSummary = answer("QueueSummary", QUEUE)
_PARTS: dict[str, Any] = {
    "user": either(PublicId, Profile),
    "queues": many(either(PublicId, QueueSummary)),
    "queue_statuses": dict[PublicId, QueueStatus],
}
AgentAnswer = answer(
    "Agent", AGENT, "`queue_statuses`: the queues in which the agent has a status of their own.", **_PARTS
)
AgentChanged = answer(
    "AgentChanged", AGENT, "With what the engine knew before the change.", **_PARTS, live=AgentNow | None
)


class AgentQueueNow(QueueNow):
    """A queue of the agent, and the agent's status there."""

    queue: PublicId
    name: str
    status: str


class AgentLive(Answer):
    """What an agent's screen shows. `stale`: no engine is at work, so this is the last that was known."""

    agent: PublicId
    team: PublicId
    name: str
    status: str
    reason: str
    state: str | None
    since: Time | None
    call: LiveCallAnswer | None
    stale: bool
    queues: list[AgentQueueNow]
