"""Members as parties of a call: who calls from a phone, and the colleague who is called."""

from routing.acd import agents
from routing.config import UserConfig
from routing.state import Call, Leg, Role
from routing.state.world import World


def join(
    world: World, call: Call, role: Role, phone: str, member: UserConfig | None, number: str, *, talking: bool
) -> None:
    """Add a party to the call, and hold the agent who uses the phone. (Members may ring themselves when there is no
    engine; the agent is held once.)"""
    id = agents.of_phone(world, phone) if phone else None
    if id in [leg.agent for leg in call.legs if leg.ended_at is None]:
        id = None
    call.legs.append(
        Leg(role, world.now, agent=id, number=number, member=None if member is None else member.id)
    )
    agent = None if id is None else world.agents.get(id)
    if agent is not None:
        agents.occupy(world, agent, call.id, talking=talking)
