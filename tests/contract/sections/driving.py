"""Drives an operation of the contract as everybody who may ask: outsiders first, then whoever may do it."""

from typing import Any

from models import Role
from tests.support.api.client import Person
from tests.support.api.world import World

HIDDEN = (404,)
EMPTY = "an empty list"
"""What outsiders get of a list that names no object: it has nothing of this team."""


def drive(
    world: World,
    person: Person,
    method: str,
    path: str,
    status: int = 200,
    *,
    strangers: tuple[int, ...] | str = HIDDEN,
    guests: tuple[int, ...] | str = (403, 404),
    **options: Any,
) -> Any:
    """Return what `person` is answered, after a stranger, a guest and somebody without a token have asked the same."""
    assert world.call(None, method, path, **options).status_code == 401
    guest = world.api.person(world.team, Role.GUEST)
    for outsider, expected in ((world.stranger, strangers), (guest, guests)):
        answer = world.call(outsider, method, path, **options)
        if expected == EMPTY:
            assert (answer.status_code, answer.json()) == (200, []), answer.text
        else:
            assert answer.status_code in expected, (expected, answer.status_code, answer.text)
    answer = world.call(person, method, path, **options)
    assert answer.status_code == status, answer.text
    return answer.json()
