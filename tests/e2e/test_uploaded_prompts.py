"""Prompts and music that a team uploaded are heard by callers on a real Asterisk."""

import time
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from switchroom.ids import new_id
from tests.support.e2e.scenes import Scene, SceneSet
from tests.support.e2e.two_nodes import TwoNodes
from tests.support.servers import wait_until
from tests.support.sip.audio import hears_tone, write_tone

pytestmark = [pytest.mark.pbx, pytest.mark.e2e, pytest.mark.timeout(400)]

scene = SceneSet()
CALLER, PROMPT, MUSIC, LATER = 440, 700, 1100, 1700
"""Tones (Hz): what the caller says, the prompt, the music, the music that takes its place."""


def spool(s: Scene) -> Path:
    return s.system.folder / "var/asterisk-a/spool"


def upload(s: Scene, tone: int, seconds: float) -> str:
    """Upload a tone over the api. Return its inner id when it is converted."""
    file = write_tone(s.folder / f"{tone}.wav", seconds, tone, volume=3000)
    with s.system.api as api:
        team = s.system.team_id
        answer = api.post(
            "/prompt", files={"file": file.open("rb")}, data={"name": f"Tone {tone} {new_id()}", "team": team}
        )
        assert answer.status_code == 201, answer.text
        id = answer.json()["id"]
        wait_until(lambda: api.get(f"/prompt/{id}").json()["state"] == "ready", "converted", 60)
    return str(id[1:])


def call(s: Scene, path: str, method: str = "POST", **body: Any) -> dict[str, Any]:
    with s.system.api as api:
        answer = api.request(method, path, json=body)
    assert answer.status_code in (200, 201), answer.text
    return dict(answer.json())


def parts(sound: Path) -> str:
    """Return what was heard, a letter for each 0.2 s: p(rompt), m(usic), l(ater music) or a dot."""
    heard = {letter: hears_tone(sound, tone) for letter, tone in (("p", PROMPT), ("m", MUSIC), ("l", LATER))}
    length = len(heard["p"])
    return "".join(next((letter for letter in heard if heard[letter][i]), ".") for i in range(length))


@scene
def a_prompt_and_music_are_heard_and_music_changes_without_a_reload(s: Scene) -> None:
    prompt, track, other = upload(s, PROMPT, 3), upload(s, MUSIC, 4), upload(s, LATER, 4)
    music = call(s, "/prompt/music", name="Waiting", team="a" + s.system.team_id, tracks=["a" + track])["id"]
    waits = s.queue(1, music=music[1:])
    blocks: dict[str, Any] = {
        "play": {
            "type": "play",
            # The first one is not there: it is left out.
            "settings": {"sound": [f"uploads/{new_id()}", f"uploads/{prompt}"]},
            "exits": {"next": "queue"},
        },
        "queue": {"type": "queue", "settings": {"queue": waits.id}},
    }
    did = s.route("play", **blocks)

    def versions() -> int:
        return len(list((spool(s) / "music").glob(f"{music[1:]}-*")))

    wait_until(lambda: versions() == 1, "the music is on the node", 60)
    # What was copied ahead is lost. The call has it copied again.
    for ending in ("wav", "wav16"):
        (spool(s) / "uploads" / f"{prompt}.{ending}").unlink()

    def listen(calls: int) -> str:
        caller = s.softphone(voice=CALLER)
        caller.dial(did)
        caller.wait_for("CALL_ESTABLISHED")
        time.sleep(8)
        caller.hang_up()
        s.logs(did, calls)
        return parts(caller.heard()[-1])

    heard = listen(1)
    assert heard.count("p") >= 10, heard
    assert heard.count("m") >= 8, heard
    assert heard.rindex("p") < heard.index("m"), heard
    assert "l" not in heard

    call(s, f"/prompt/{music}", "PATCH", tracks=["a" + other])
    wait_until(lambda: versions() == 2, "the new music is on the node", 60)
    heard = listen(2)
    assert heard.count("p") >= 10, heard
    assert heard.count("l") >= 8, heard
    assert "m" not in heard


@pytest.fixture(scope="module")
def played(
    two_nodes: TwoNodes, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[dict[str, Future[None]]]:
    yield from scene.play(two_nodes, tmp_path_factory.mktemp("uploads"), request)


@pytest.mark.parametrize("name", scene.plays)
def test_uploaded_prompts(played: dict[str, Future[None]], name: str) -> None:
    played[name].result(300)
