"""Sounds and music over HTTP, and routes that name a sound which does not exist."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from switchroom.ids import new_id
from tests.support.api.client import Api
from tests.support.api.world import World, world_of

pytestmark = pytest.mark.service


def put(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")


@pytest.fixture
def desk(make_api: Callable[..., Api], sqlite_url: str, tmp_path: Path) -> World:
    """A world whose api knows a small sound library, with a sound of the team and one of another."""
    folder = tmp_path / "sounds"
    world = world_of(make_api(sqlite_url, sounds_dir=folder, music_classes=["default", "jazz"]))
    put(folder, "en/vm-intro.wav", "en/vm-intro.gsm", "de/vm-intro.wav", "en/digits/1.ulaw", "beep.wav")
    put(folder, "en/README.txt", "en/Upper.wav", "secret.txt")
    put(folder, f"en/team/{world.team.id}/hello.wav", f"en/team/{new_id()}/theirs.wav")
    return world


def test_members_see_the_librarys_sounds_and_their_own(desk: World) -> None:
    path = f"/team/{desk.member.team}/sounds"
    listed = desk.call(desk.member, "GET", path)
    assert listed.json() == [
        {"name": "beep", "languages": []},
        {"name": "digits/1", "languages": ["en"]},
        {"name": f"team/{desk.team.id}/hello", "languages": ["en"]},
        {"name": "vm-intro", "languages": ["de", "en"]},
    ]
    assert listed.headers["X-Total-Count"] == "4"
    found = desk.call(desk.member, "GET", path, params={"search": "VM-"}).json()
    assert [sound["name"] for sound in found] == ["vm-intro"]
    assert desk.call(desk.stranger, "GET", path).status_code == 404
    assert desk.call(None, "GET", path).status_code == 401
    music = desk.call(desk.member, "GET", "/music")
    assert music.json() == [{"name": "default"}, {"name": "jazz"}]
    assert desk.call(None, "GET", "/music").status_code == 401


def saved(world: World, *sounds: Any, method: str = "POST", path: str = "/callroute") -> Any:
    blocks = {
        "play": {"type": "play", "settings": {"sound": list(sounds)}, "exits": {"next": "end"}},
        "end": {"type": "hangup", "settings": {}, "exits": {}},
    }
    body = {"name": "Main", "entry": "play", "blocks": blocks, "team": world.admin.team}
    if path.endswith("validate"):
        del body["name"]
    return world.call(world.admin, method, path, json=body)


def test_a_sound_that_does_not_exist_is_refused_when_the_route_is_saved(desk: World) -> None:
    good = ["vm-intro", "digits/1", "beep", f"team/{desk.team.id}/hello", {"say": "Hello"}]
    made = saved(desk, *good)
    assert made.status_code == 201, made.text
    theirs = f"team/{desk.stranger.team[1:]}/hello"
    for bad in ("vm-intr", "digits/2", "vm-intro/x", "readme", "team", theirs):
        refused = saved(desk, "vm-intro", bad)
        assert refused.status_code == 400, bad
        assert refused.json()["response"]["blocks.play.settings.sound"] == f"there is no sound {bad}"
    path = f"/callroute/{made.json()['id']}"
    assert saved(desk, "nothing", method="PATCH", path=path).status_code == 400
    checked = saved(desk, "nothing", path="/callroute/validate").json()
    assert (checked["valid"], len(checked["problems"])) == (False, 1)


def test_an_api_that_does_not_know_the_library_says_so_and_checks_no_names(world: World) -> None:
    answer = world.call(world.member, "GET", f"/team/{world.member.team}/sounds")
    assert answer.status_code == 503
    assert "SWITCHROOM_SOUNDS_DIR" in answer.text
    assert saved(world, "nothing").status_code == 201


def test_a_library_that_is_gone_has_no_sounds(
    make_api: Callable[..., Api], sqlite_url: str, tmp_path: Path
) -> None:
    world = world_of(make_api(sqlite_url, sounds_dir=tmp_path / "gone"))
    assert world.call(world.member, "GET", f"/team/{world.member.team}/sounds").json() == []
    assert saved(world, "vm-intro").status_code == 400
