"""Whom the events of live calls concern: those who may see them over REST."""

from typing import Any

import pytest

from api.realtime.live import Views
from api.realtime.visibility import Visibility
from api.telephony.live_views import Live
from switchroom.ids import new_id, public_id
from switchroom.messages.events import Audience, Event, Published
from tests.support.api.client import Person
from tests.support.api.told import told_from
from tests.support.api.world import World

pytestmark = pytest.mark.service


def told_of(world: World, known: dict[str, Audience], **view: Any) -> Audience:
    """Return the audience of an event of this live call; without a view it is over."""
    event = Published(team=world.team.id, kind="call", id=view.get("call", "0" * 32), verb="updated")
    with world.api.session() as session:
        views = Views(Live(world.api.context), session, [("call", event.id)], known)
        (change,) = views.changes("1-0", event)
    return change.audience


def test_a_talk_concerns_the_managers_of_the_queue_and_everyone_in_it(world: World) -> None:
    queue, agent = world.queue(), world.agent(world.member)
    assert world.admin.member
    call, known = new_id(), dict[str, Audience]()
    none = {"number": None, "queue": None, "talking": True, "muted": False}
    parties = [
        {**none, "kind": "agent", "agent": agent.id, "member": None, "queue": queue.id},
        {**none, "kind": "member", "agent": None, "member": world.admin.member.id},
    ]
    view = {
        "call": call, "team": world.team.id, "did": "+14165550100", "caller": "+14165550199", "node": "a",
        "queue": None, "agent": None, "started_at": 1_700_000_000.0, "state": "talking", "parties": parties,
    }  # fmt: skip
    world.engine.shows("call", view)
    found = told_of(world, known, **view)
    assert (found.admins, found.queues) == (True, (queue.id,))
    assert set(found.users) == {world.member.user.id, world.admin.user.id}
    # Who was told of the call is told of its end, of which there is no view.
    context = world.api.context
    context.redis.hdel(context.keys.live("call"), call)
    assert told_of(world, known, call=call) == found


def test_who_is_rung_is_told_of_the_call_and_of_its_end(any_world: World) -> None:
    world, call = any_world, new_id()
    colleague = world.api.person(world.team, extension="103")
    visibility = Visibility(world.api.context)

    def tells(person: Person, cursor: int, *parties: dict[str, Any]) -> list[str]:
        view = {
            "call": call, "team": world.team.id, "did": "102", "caller": "101", "state": "dialing",
            "queue": None, "agent": None, "started_at": 1_700_000_000.0, "node": "a", "parties": list(parties),
        }  # fmt: skip
        world.engine.shows("call", view)
        return hears(person, cursor)

    def hears(person: Person, cursor: int) -> list[str]:
        event = Published(team=world.team.id, kind="call", id=call, verb="updated")
        events: list[tuple[str, Event]] = [(f"{cursor}-0", event)]
        (heard,) = told_from(world.api, visibility, events, person)
        return [f"{one['model']} {one['verb']} {one['id']}" for one in heard]

    assert world.member.member is not None
    rung = {"kind": "member", "member": world.member.member.id}
    updated = [f"call updated {public_id(call)}"]
    assert tells(world.member, 1) == []
    assert tells(world.member, 2, rung) == updated
    assert tells(colleague, 3, rung) == []
    assert tells(world.stranger, 4, rung) == []
    assert tells(world.admin, 5, rung) == updated
    destroyed = [f"call destroyed {public_id(call)}"]
    assert tells(world.member, 6) == destroyed, "it rings somebody else now"
    assert tells(world.member, 7, rung) == updated
    world.api.context.redis.hdel(world.api.context.keys.live("call"), call)
    assert hears(world.member, 8) == destroyed


def test_who_parked_a_call_is_told_where(any_world: World) -> None:
    world, call = any_world, new_id()
    visibility = Visibility(world.api.context)
    assert world.member.member is not None
    view: dict[str, Any] = {
        "call": call, "team": world.team.id, "did": "102", "caller": "101", "queue": None, "agent": None,
        "started_at": 1_700_000_000.0, "node": "a", "parties": [],
    }  # fmt: skip

    def tells(cursor: int, **changes: Any) -> list[str]:
        world.engine.shows("call", {**view, **changes})
        event = Published(team=world.team.id, kind="call", id=call, verb="updated")
        (heard,) = told_from(world.api, visibility, [(f"{cursor}-0", event)], world.member)
        return [one["verb"] if one["verb"] == "destroyed" else one["data"]["slot"] for one in heard]

    def sees() -> list[str]:
        return [
            one["slot"]
            for one in world.call(world.member, "GET", f"/team/{public_id(world.team.id)}/calls").json()
        ]

    assert tells(1, state="parked", slot="701", parked_by=[world.member.member.id]) == ["701"]
    assert sees() == ["701"]
    assert tells(2, state="talking") == ["destroyed"], "someone has fetched the caller"
    assert sees() == []
