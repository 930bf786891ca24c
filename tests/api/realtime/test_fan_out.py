"""The fan-out's own work: who is told what of a page of events, how often that is decided, and in how many pieces."""

from dataclasses import dataclass, field

import orjson
import pytest
from sqlmodel import select

from api.core.identities import Identity, read_identity
from api.realtime.change import Changes
from api.realtime.fan_out import Entries, FanOut
from api.realtime.visibility import Facts
from models import AuthSession
from switchroom.ids import new_id
from switchroom.messages.events import Audience, Changed, to_admins, to_team, to_user
from tests.support.api.client import Person
from tests.support.api.world import World

pytestmark = pytest.mark.service


@dataclass(eq=False)
class Listener:
    """A client that keeps what it is told."""

    identity: Identity
    fan_out: FanOut
    told: list[Changes] = field(default_factory=list)
    takes_away: "Listener | None" = None

    def tell(self, told: Changes) -> None:
        self.told.append(told)
        if self.takes_away:
            self.fan_out.remove(self.takes_away)

    def reset(self, cursor: str) -> None: ...

    def end(self) -> None: ...

    def may_stay(self, identity: Identity) -> bool:
        return True

    @property
    def models(self) -> list[list[str]]:
        return [[change.model for change in told.changes] for told in self.told]


def listener(world: World, fan_out: FanOut, person: Person) -> Listener:
    with world.api.session() as session:
        mine = session.exec(select(AuthSession.id).where(AuthSession.user_id == person.user.id)).one()
        identity = read_identity(session, person.user.id, mine)
    assert identity is not None
    made = Listener(identity, fan_out)
    fan_out.add(made)
    return made


def page(*told: tuple[str, Audience]) -> Entries:
    """Return the entries of a page: an event of each model for its audience."""
    events = [
        Changed(model=model, verb="updated", id=new_id(), audience=audience) for model, audience in told
    ]
    return [
        (f"{number}-0".encode(), {b"body": orjson.dumps(event.model_dump())})
        for number, event in enumerate(events, 1)
    ]


async def test_what_comes_together_is_told_in_one_piece_and_in_order(world: World) -> None:
    fan_out = FanOut(world.api.context)
    team, other = world.team.id, world.stranger.member
    assert other is not None
    admin, member, stranger = (
        listener(world, fan_out, person) for person in (world.admin, world.member, world.stranger)
    )
    await fan_out._hand_over(
        page(
            ("a", to_team(team)),
            ("b", to_admins(team)),
            ("c", to_user(world.member.user.id)),
            ("d", to_team(team)),
            ("e", to_team(other.team_id)),
        )
    )
    assert (admin.models, member.models, stranger.models) == ([["a", "b", "d"]], [["a", "c", "d"]], [["e"]])
    assert fan_out.cursor == "5-0"


async def test_visibility_is_decided_once_for_each_audience(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    fan_out, asked, sees = FanOut(world.api.context), [], Facts.sees

    def counted(facts: Facts, identity: Identity, audience: Audience) -> bool:
        asked.append(audience)
        return sees(facts, identity, audience)

    monkeypatch.setattr(Facts, "sees", counted)
    clients = [listener(world, fan_out, world.admin) for _ in range(10)]
    clients += [listener(world, fan_out, world.member) for _ in range(10)]
    await fan_out._hand_over(page(*[("a", to_team(world.team.id))] * 50, ("b", to_admins(world.team.id))))
    assert len(asked) == 4, "two sessions, two audiences"
    assert len({id(client.told[0]) for client in clients}) == 2, (
        "the bytes are made once for those who see the same"
    )


async def test_a_client_that_leaves_meanwhile_is_told_nothing(world: World) -> None:
    fan_out = FanOut(world.api.context)
    one, two = (listener(world, fan_out, person) for person in (world.admin, world.member))
    one.takes_away, two.takes_away = two, one
    await fan_out._hand_over(page(("a", to_team(world.team.id))))
    assert sorted([len(one.told), len(two.told)]) == [0, 1]
