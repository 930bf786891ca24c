"""What is done with queues. Each change reaches the engine as `config` in the transaction that makes it."""

from collections.abc import Iterable

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from api.conventions.body import apply
from api.conventions.names import is_taken
from api.conventions.resource import Shown
from api.core.errors import Conflict, Forbidden, NotFound
from api.core.scope import Scope
from api.telephony.call_routes.overflow import checked, queues_that_overflow_to
from api.telephony.call_routes.references import routes_that_name
from api.telephony.departments.passing import departments_that_pass_to
from api.telephony.prompts.service import require_played
from api.telephony.queues.resource import QUEUE
from api.telephony.queues.schemas import Place, QueueCreate, QueueUpdate
from models import Agent, DidNumber, Queue, QueueAgent, QueueManager
from models.outbox import emit_command
from switchroom.ids import public_id
from switchroom.messages.commands import ReloadConfig
from switchroom.prepared import Prepared


def create(scope: Scope, body: QueueCreate) -> Queue:
    """Create a queue of a team that the caller administers. Raises ValidationFailed, Forbidden, Conflict."""
    team_id = scope.team_for(body.team)
    scope.require_admin(team_id)
    _require_free_name(scope.session, team_id, body.name)
    columns = body.model_dump(exclude={"team", "managers", "agents"})
    columns["overflow"] = checked(scope.session, team_id, columns["overflow"])
    require_played(scope.session, team_id, columns)
    queue = Queue(team_id=team_id, **columns)
    scope.session.add(queue)
    scope.session.flush()
    _set_managers(scope, queue, body.managers)
    for order, agent_id in enumerate(dict.fromkeys(body.agents)):
        agent = scope.named(Agent, agent_id, "agents", team_id=team_id)
        scope.session.add(QueueAgent(queue_id=queue.id, agent_id=agent.id, order=order))
    changed(scope.session, queue.id)
    return queue


def update(scope: Scope, queue: Queue, body: QueueUpdate) -> Shown:
    """Write what was sent and return the queue without its people. Raises ValidationFailed, Conflict."""
    changes = body.changes()
    managers = changes.pop("managers", None)
    if "name" in changes and changes["name"] != queue.name:
        _require_free_name(scope.session, queue.team_id, changes["name"], except_id=queue.id)
    if "overflow" in changes:
        changes["overflow"] = checked(scope.session, queue.team_id, changes["overflow"], queue.overflow)
    require_played(scope.session, queue.team_id, changes, queue)
    shown = QUEUE.change(scope, queue, changes)
    if managers is not None:
        _set_managers(scope, queue, managers)
    changed(scope.session, queue.id)
    return shown


def delete(scope: Scope, queue: Queue) -> None:
    """Delete the queue. Its callers overflow. Raises Conflict, which lists what uses it."""
    routes = routes_that_name(scope.session, queue.team_id, queue.id)
    numbers = scope.session.exec(select(DidNumber).where(col(DidNumber.queue_id) == queue.id)).all()
    queues = queues_that_overflow_to(scope.session, queue.team_id, queue.id, but=queue.id)
    departments = departments_that_pass_to(scope.session, queue.team_id, queue.id)
    if routes or numbers or queues or departments:
        raise Conflict(
            "The queue is in use",
            departments=departments,
            queues=queues,
            routes=[{"id": public_id(route.id), "name": route.name} for route in routes],
            numbers=[{"id": public_id(number.id), "number": number.e164} for number in numbers],
        )
    scope.session.delete(queue)
    changed(scope.session, queue.id)


def add_agent(scope: Scope, queue: Queue, agent: Agent, place: Place) -> QueueAgent:
    """Put the agent into the queue, or change their place in it. Raises NotFound for an agent of another team."""
    if agent.team_id != queue.team_id:
        raise NotFound("agent")
    row = place_of(scope.session, queue.id, agent.id) or QueueAgent(queue_id=queue.id, agent_id=agent.id)
    scope.session.add(apply(row, place.columns()))
    scope.session.flush()
    changed(scope.session, queue.id)
    return row


def remove_agent(scope: Scope, queue: Queue, agent: Agent) -> None:
    """Take the agent out of the queue. A call in progress goes on. Raises NotFound if they are not in it."""
    row = place_of(scope.session, queue.id, agent.id)
    if row is None:
        raise NotFound("agent in this queue")
    scope.session.delete(row)
    changed(scope.session, queue.id)


def place_of(session: Session, queue_id: str, agent_id: str) -> QueueAgent | None:
    """Return the agent's place in the queue."""
    query = select(QueueAgent).where(QueueAgent.queue_id == queue_id, QueueAgent.agent_id == agent_id)
    return session.exec(query).first()


def require_manager(scope: Scope, queue: Queue) -> None:
    """Raise Forbidden unless the caller manages the queue or administers its team."""
    if not scope.manages(queue.id, queue.team_id):
        raise Forbidden("Only a manager of the queue or an admin of the team may do this")


def require_view(scope: Scope, queue: Queue) -> None:
    """Raise Forbidden unless the caller manages the queue or is one of its agents."""
    if scope.manages(queue.id, queue.team_id):
        return
    if not _OWN_PLACES.rows(scope.session, {"queue": queue.id, "user": scope.user_id}):
        raise Forbidden("Only the queue's agents and managers and the team's admins may see this")


_OWN_PLACES = Prepared(
    select(QueueAgent.id)
    .join(Agent, col(Agent.id) == col(QueueAgent.agent_id))
    .where(col(QueueAgent.queue_id) == bindparam("queue"), col(Agent.user_id) == bindparam("user"))
)


def changed(session: Session, queue_id: str) -> None:
    """Tell the engine to load the queue again."""
    emit_command(session, ReloadConfig(kind="queue", id=queue_id))


def _require_free_name(session: Session, team_id: str, name: str, *, except_id: str = "") -> None:
    others = col(Queue.team_id) == team_id, col(Queue.id) != except_id
    if is_taken(session, Queue.name, name, *others):
        raise Conflict("The team has a queue of this name", name=name)


def _set_managers(scope: Scope, queue: Queue, people: Iterable[str]) -> None:
    """Set the managers as sent: ids of users or memberships. Raises ValidationFailed for a new one who is no member."""
    present = scope.session.exec(select(QueueManager).where(QueueManager.queue_id == queue.id)).all()
    there = {row.user_id for row in present}
    wanted = dict.fromkeys(
        id if id in there else scope.member_named(queue.team_id, id, "managers").user_id for id in people
    )
    for row in present:
        if row.user_id not in wanted:
            scope.session.delete(row)
    for user_id in wanted.keys() - there:
        scope.session.add(QueueManager(queue_id=queue.id, user_id=user_id))
    scope.session.flush()
