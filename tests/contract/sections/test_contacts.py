"""The section `contacts` of the contract, with the document's own bodies. `test_integrations.py` has the other two."""

from typing import Any

import pytest

from tests.contract.sections.driving import EMPTY, drive
from tests.support.api.documented import assert_documented
from tests.support.api.world import World

pytestmark = pytest.mark.service

SENT = {
    "first_name": "asdf", "last_name": "asdf", "email": "user@example.com", "work_number": "+18888988826",
    "home_number": "+18888988826", "cell_number": "+18888988826",
}  # fmt: skip
MADE = {
    "first_name": "Jane", "last_name": "Doe", "email": "user@example.com", "work_number": "+18888988826",
    "home_number": "+18888988826", "cell_number": "+18888988826", "id": "a66c8e9a1c28afd5e36a102fefd954f96",
    "owner": "a9090474a9b626f43d0b42b4cc67d483e",
}  # fmt: skip


def made_by(world: World) -> dict[str, Any]:
    return dict(world.call(world.member, "POST", "/contact", json=SENT).json())


@pytest.mark.operation("create-contact")
def test_create_contact(any_world: World) -> None:
    world = any_world
    mine = drive(world, world.member, "POST", "/contact", 201, json=SENT, strangers=(201,), guests=(201,))
    assert_documented(mine, MADE)
    assert {name: mine[name] for name in SENT} == SENT
    assert mine["owner"] == world.member.id


@pytest.mark.operation("list-contacts", "get-contact")
def test_list_and_get_contacts(any_world: World) -> None:
    world, contact = any_world, made_by(any_world)
    assert_documented(drive(world, world.member, "GET", f"/contact/{contact['id']}"), MADE)
    assert drive(world, world.member, "GET", "/contact", strangers=EMPTY, guests=EMPTY) == [contact]
    assert world.call(world.admin, "GET", f"/contact/{contact['id']}").status_code == 404, "it is personal"


@pytest.mark.operation("update-contact", "delete-contact")
def test_update_and_delete_contact(any_world: World) -> None:
    world, contact = any_world, made_by(any_world)
    path = f"/contact/{contact['id']}"
    changed = drive(world, world.member, "PATCH", path, json={**contact, "first_name": "Jane"})
    assert_documented(changed, MADE)
    assert (changed["first_name"], changed["last_name"]) == ("Jane", "asdf")
    assert drive(world, world.member, "DELETE", path)["id"] == contact["id"]
    assert world.call(world.member, "GET", path).status_code == 404
