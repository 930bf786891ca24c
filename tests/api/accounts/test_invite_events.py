"""Events of invitations: the team's admins are told, and the invited user if they have an account. No token is told."""

import re

import pytest

from models import Role
from tests.support.api.client import Person
from tests.support.api.mails import mails_to
from tests.support.api.told import Told, told
from tests.support.api.world import World, pid

pytestmark = pytest.mark.service

NEW = "new@example.org"


def invite(world: World, email: str) -> dict[str, object]:
    answer = world.call(world.admin, "POST", f"/team/{pid(world.team)}/invite", json=[{"email": email}])
    assert answer.status_code == 201
    (item,) = answer.json()
    assert isinstance(item, dict)
    return item


def invites(heard: list[Told]) -> list[tuple[str, str]]:
    return [(it["verb"], it["data"]["email"]) for it in heard if it["model"] == "invite"]


def everybody(world: World) -> list[Person]:
    """Return an admin, a member, a guest, and a stranger."""
    return [world.admin, world.member, world.api.person(world.team, Role.GUEST), world.stranger]


def test_admins_are_told_of_an_invitation_and_its_end_and_nobody_else(any_world: World) -> None:
    world = any_world
    people = everybody(world)
    answer = invite(world, NEW)
    path = f"/team/{pid(world.team)}"
    assert world.call(world.admin, "POST", f"{path}/resendInvite", json={"email": NEW}).is_success
    assert world.call(world.admin, "DELETE", f"{path}/users/{answer['user_id']}").is_success
    admin, *others = told(world.api, *people)
    verbs = ["created", "destroyed", "created", "destroyed"]
    assert invites(admin) == [(verb, NEW) for verb in verbs]
    assert [invites(heard) for heard in others] == [[], [], []]
    (first, *_) = (it["data"] for it in admin if it["model"] == "invite")
    assert {name: first[name] for name in ("email", "user_id", "mailed")} == {
        name: answer[name] for name in ("email", "user_id", "mailed")
    }
    assert first["invited_by"] == world.admin.id
    assert str(answer["token"]) not in str(admin)


def test_an_invited_user_with_an_account_is_told_and_of_nothing_else_of_the_team(any_world: World) -> None:
    world = any_world
    invited = world.stranger
    invite(world, invited.user.email)
    invite(world, NEW)
    [heard] = told(world.api, invited)
    assert [(it["model"], it["verb"]) for it in heard] == [("invite", "created")]
    assert heard[0]["data"]["team"] == pid(world.team)


def test_an_accepted_invitation_is_told_and_the_new_member_with_it(any_world: World) -> None:
    world = any_world
    token = invite(world, NEW)["token"]
    body = {"token": token, "firstname": "Ann", "lastname": "Lee", "password": "hunter22"}
    assert world.call(None, "POST", f"/team/{pid(world.team)}/accept", json=body).is_success
    admin, member = told(world.api, world.admin, world.member)
    assert invites(admin) == [("created", NEW), ("updated", NEW)]
    accepted = [it["data"]["accepted_at"] for it in admin if it["model"] == "invite"]
    assert accepted[0] is None
    assert accepted[1] is not None
    for heard in (admin, member):
        seen = [(it["verb"], it["data"]["status"]) for it in heard if it["model"] == "teamuser"]
        assert seen == [("created", "pending"), ("updated", "active")]


def test_the_events_hold_no_token_of_the_mail(any_world: World) -> None:
    world = any_world
    invite(world, NEW)
    (mail,) = mails_to(world.api, NEW)
    (token,) = re.findall(r"token=(\w+)", mail)
    [admin] = told(world.api, world.admin)
    assert invites(admin) == [("created", NEW)]
    assert token not in str(admin)
