"""Presence: what colleagues see of a member. It follows the telephone, the member's settings and the agent's status."""

from routing.commands import ShowState
from routing.config import UserConfig
from routing.events import AgentStatus, PhoneUse
from routing.ids import TeamId, UserId
from routing.state import Availability, Presence
from routing.state.world import World

_AWAY = frozenset({AgentStatus.AWAY, AgentStatus.BREAK, AgentStatus.UNAVAILABLE})
_USES = {PhoneUse.TALKING: Availability.ON_CALL, PhoneUse.RINGING: Availability.RINGING}


def sync(world: World, member: UserConfig) -> None:
    """Tell clients and telephones if the member's state is another one."""
    state, known = _state(world, member), world.presence.get(member.id)
    if known is not None and known.state is state:
        return
    world.presence[member.id] = Presence(state, world.now)
    world.publish(member.team, "member", member.id, "created" if known is None else "updated")
    if member.phone and world.watched:
        world.emit(ShowState(member.phone, str(state)))


def put(world: World, old: UserConfig | None, member: UserConfig) -> None:
    """Take over a member's new configuration. A SIP account that they no longer have shows nobody."""
    if old is not None and old.phone != member.phone:
        del world.presence[member.id]
        if old.phone and world.watched:
            world.emit(ShowState(old.phone, str(Availability.OFFLINE)))
    sync(world, member)


def sync_phone(world: World, phone: str) -> None:
    """Do the same for the member whose SIP account it is."""
    member = world.users.of_phone(phone)
    if member is not None:
        sync(world, member)


def sync_user(world: World, team: TeamId, user: UserId) -> None:
    member = world.users.find(team, user)
    if member is not None:
        sync(world, member)


def forget(world: World, member: UserConfig) -> None:
    """Forget who is no member any more."""
    if world.presence.pop(member.id, None) is None:
        return
    world.publish(member.team, "member", member.id, "destroyed")
    if member.phone and world.watched:
        world.emit(ShowState(member.phone, str(Availability.OFFLINE)))


def registered(world: World, phone: str) -> bool:
    """Return whether a telephone is registered with this SIP account."""
    known = world.phones.get(phone)
    return known is not None and known.registered


def _state(world: World, member: UserConfig) -> Availability:
    phone = world.phones.get(member.phone)
    if phone is not None and phone.use in _USES:
        return _USES[phone.use]
    if member.do_not_disturb:
        return Availability.DND
    agents = [world.agents[id] for id in world.agents_by_user.get(member.user, ())]
    if any(agent.config.team == member.team and agent.status in _AWAY for agent in agents):
        return Availability.AWAY
    return Availability.AVAILABLE if registered(world, member.phone) else Availability.OFFLINE
