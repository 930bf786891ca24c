"""Configuration that changes under live calls. It takes effect at once, and every call keeps a holder."""

from collections.abc import Iterable

from routing.acd import agents, announcements, callbacks, matching, presence, queues, relaxation, work
from routing.calls import legs
from routing.config import (
    AgentConfig,
    ConfigItem,
    DepartmentConfig,
    MailboxConfig,
    NumberConfig,
    QueueConfig,
    RouteConfig,
    TeamConfig,
    UserConfig,
)
from routing.events import ConfigChanged, HangUpRequested, PhoneUse
from routing.handlers.meanings import happens
from routing.ids import (
    AgentId,
    DepartmentId,
    MailboxId,
    MemberId,
    NumberId,
    QueueId,
    RouteId,
    TeamId,
    TimerPurpose,
)
from routing.state import Agent, Call, Phone, Queue, route_versions
from routing.state.phases import OFFERED, CallPhase
from routing.state.world import World


def config_changed(world: World, event: ConfigChanged) -> None:
    for item in event.items:
        put(world, item)
    for id in event.removed:
        remove(world, id)


def put(world: World, item: ConfigItem) -> None:
    match item:
        case TeamConfig():
            _put_team(world, item)
        case RouteConfig():
            route_versions.retire(world, item.id, item.version)
            world.routes[item.id] = item
        case NumberConfig():
            world.numbers.put(item)
        case UserConfig():
            _put_user(world, item)
        case DepartmentConfig():
            world.departments[item.id] = item
        case MailboxConfig():
            world.mailboxes.put(item)
        case AgentConfig():
            _put_agent(world, item)
        case QueueConfig():
            _put_queue(world, item)


def remove(world: World, id: str) -> None:
    """Remove whatever has this id. An id that nothing has is fine."""
    world.teams.pop(TeamId(id), None)
    world.usage.pop(TeamId(id), None)
    route_versions.retire(world, RouteId(id))
    world.numbers.drop(NumberId(id))
    if (member := world.users.by_id.get(MemberId(id))) is not None:
        world.users.drop(member.id)
        presence.forget(world, member)
    world.departments.pop(DepartmentId(id), None)
    world.mailboxes.drop(MailboxId(id))
    if (queue := world.queues.get(QueueId(id))) is not None:
        _remove_queue(world, queue)
    if (agent := world.agents.get(AgentId(id))) is not None:
        _remove_agent(world, agent)


def set_phone(world: World, name: str, *, registered: bool, busy: bool) -> None:
    old = world.phones.get(name)
    phone = world.phones[name] = Phone(registered, busy, PhoneUse.IDLE if old is None else old.use)
    _forget_idle(world, name, phone)
    for id in sorted(world.agents_by_phone.get(name, ())):
        agent = world.agents[id]
        world.publish(agent.config.team, "agent", id)
        agents.sync(world, agent)
    presence.sync_phone(world, name)


def set_use(world: World, name: str, use: PhoneUse) -> None:
    """Note what the phone does. A phone that is not registered may still be in a talk."""
    phone = world.phones.get(name)
    if phone is None and use is not PhoneUse.IDLE:
        world.phones[name] = Phone(False, use=use)
    elif phone is not None:
        phone.use = use
        _forget_idle(world, name, phone)
    presence.sync_phone(world, name)


def _forget_idle(world: World, name: str, phone: Phone) -> None:
    if not (phone.registered or phone.busy or phone.use is not PhoneUse.IDLE):
        del world.phones[name]


def _put_team(world: World, config: TeamConfig) -> None:
    """Replace the team. The worth of a point of priority decides the order of all who wait."""
    old = world.teams.get(config.id)
    world.teams[config.id] = config
    if old is None or old.priority_seconds != config.priority_seconds:
        for queue in world.queues.values():
            if queue.config.team == config.id:
                matching.rebuild(world, queue)
                if queue.work is not None:
                    matching.rebuild(world, queue.work)
    if config.suspended:
        for callback in [callback for callback in world.callbacks.values() if callback.team == config.id]:
            callbacks.drop(world, callback)
        _hang_up(world, [call for call in world.calls.values() if call.team == config.id])


def _put_user(world: World, config: UserConfig) -> None:
    old = world.users.by_id.get(config.id)
    world.users.put(config)
    presence.put(world, old, config)
    if config.suspended:
        involved = [
            call
            for call in world.calls.values()
            if any(leg.member == config.id and leg.ended_at is None for leg in call.legs)
        ]
        _hang_up(world, involved)


def _hang_up(world: World, calls: Iterable[Call]) -> None:
    for call in calls:
        happens(world, call, HangUpRequested, HangUpRequested(call.id))


def _put_agent(world: World, config: AgentConfig) -> None:
    agent = world.agents.get(config.id)
    if agent is None:
        agent = world.agents[config.id] = Agent(
            config, since=world.now, idle_since=world.now, status_since=world.now
        )
        world.publish(config.team, "agent", config.id, "created")
    else:
        agents.unlist(world, agent.config)
        agent.config, agent.removed = config, False
        world.publish(config.team, "agent", config.id)
    world.agents_by_phone.setdefault(config.phone, {})[config.id] = None
    world.agents_by_user.setdefault(config.user, {})[config.id] = None
    for id, queue in world.queues.items():
        if config.id in queue.members:
            agents.enlist(world, config.id, id)
    agents.sync(world, agent)


def _remove_agent(world: World, agent: Agent) -> None:
    """Remove the agent. A call that they are in goes on. An offer that only rings is withdrawn from them."""
    agent.removed = True
    world.cancel_timer(agent.config.id, TimerPurpose.LAPSE)
    agents.unlist(world, agent.config)
    for queue in list(world.memberships.get(agent.config.id, ())):
        agents.quit_queue(world, world.queues[queue], agent.config.id)
    work.agent_gone(world, agent)
    for id, talking in sorted(agent.calls.items()):
        call = world.calls.get(id)
        if call is not None and not talking and call.phase is CallPhase.OFFERING:
            legs.withdraw_from(world, call, agent.config.id)
    if not agent.calls:
        agents.forget(world, agent)


def _put_queue(world: World, config: QueueConfig) -> None:
    queue = world.queues.get(config.id)
    verb = "created" if queue is None else "updated"
    if queue is None:
        queue = world.queues[config.id] = Queue(config)
        _remember(world, queue)
    queue.config = config
    if queue.work is not None:
        queue.work.config = config
    _put_members(world, queue)
    for id in list(queue.calls):
        waiter = world.waiter(id)
        if isinstance(waiter, Call):
            queues.start_wait_timer(world, waiter, queue)
            announcements.settings_changed(world, waiter, queue)
        if waiter is not None:
            relaxation.reconsider(world, queue, waiter)
    matching.rebuild(world, queue)
    if queue.work is not None:
        _reconsider_work(world, queue.work)
    callbacks.reconsider(world, queue)
    agents.leave_if_empty(world, queue)
    world.publish(config.team, "queue", config.id, verb)


def _reconsider_work(world: World, line: Queue) -> None:
    for id in list(line.calls):
        relaxation.reconsider(world, line, world.work[id])
    matching.rebuild(world, line)


def _remember(world: World, queue: Queue) -> None:
    """Give a queue that comes back the calls that it had: those that talk, and those whose offer is being called
    off."""
    id = queue.config.id
    queue.pace.talks = legs.talks_of(world, id)
    for call in world.calls.values():
        if call.queue == id:
            queue.calls[call.id] = matching.rank(world, queue, call)
            if call.phase in OFFERED:
                queue.offered[call.id] = None


def _put_members(world: World, queue: Queue) -> None:
    wanted = {member.agent: member for member in queue.config.members}
    for id in [id for id in queue.members if id not in wanted]:
        if (agent := world.agents.get(id)) is not None:
            agents.stop_ringing(world, agent, queue.config.id)
        agents.quit_queue(world, queue, id)
    queue.members = wanted
    if queue.work is not None:
        queue.work.members = wanted
    for id in wanted:
        agents.join_queue(world, queue, id)


def _remove_queue(world: World, queue: Queue) -> None:
    """Remove the queue. Its callers leave by `timeout` (an offer that rings is called off first). Talks go on,
    callbacks do not."""
    for id in list(queue.members):
        agents.quit_queue(world, queue, id)
    callbacks.queue_removed(world, queue)
    work.queue_removed(world, queue)
    world.queues.pop(queue.config.id)
    world.leaving.extend((id, "timeout") for id in queue.calls)
    world.publish(queue.config.team, "queue", queue.config.id, "destroyed")
