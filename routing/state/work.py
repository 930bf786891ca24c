"""What is known of one conversation that agents are to look after."""

from dataclasses import dataclass, field
from enum import StrEnum

from routing.config import SkillNeed
from routing.enum_members import quick_members
from routing.ids import AgentId, CallId, QueueId, TeamId
from routing.state.call import Call, Callback, Decision, Stay


@quick_members
class WorkPhase(StrEnum):
    """Where a work item is. One that is closed is not kept."""

    WAITING = "waiting"
    OFFERED = "offered"
    ACCEPTED = "accepted"


@dataclass(slots=True)
class WorkItem:
    """A conversation as work. While it waits it stands in a queue like a call, with the fields of one."""

    id: CallId
    """Of its own: neither a call's nor the conversation's."""
    team: TeamId
    queue: QueueId
    """The queue in which it waits, or from which an agent has it. That one may be gone."""
    joined_at: float
    sequence: int
    customer: str = ""
    """By which the contact is recognized; empty: not at all."""
    priority: int = 0
    needs: tuple[SkillNeed, ...] = ()
    relaxed: int = 0
    preferred: AgentId | None = None
    waits_for_preferred: bool = False
    phase: WorkPhase = WorkPhase.WAITING
    since: float = 0.0
    """When the phase began."""
    agent: AgentId | None = None
    """Who is offered it, or has accepted it."""
    weight: float = 0.0
    """How much of the agent's capacity it takes."""
    stays: list[Stay] = field(default_factory=list)
    """Those that are not written down yet, and the last one."""
    stays_begun: int = 0
    decisions: list[Decision] = field(default_factory=list)


Waiter = Call | Callback | WorkItem
"""Those who stand in a queue."""
