"""A department as a small call center on a real Asterisk: it rings again, plays its music, and passes callers on."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from switchroom.ids import public_id
from tests.e2e.test_blocks import block
from tests.e2e.test_softphones import share
from tests.e2e.test_uploaded_prompts import MUSIC, call, upload
from tests.support.e2e.scenes import Scene
from tests.support.e2e.two_nodes import TwoNodes
from tests.support.servers import wait_until

pytestmark = [pytest.mark.pbx, pytest.mark.e2e, pytest.mark.timeout(400)]

RING, LONGEST = 5, 14
CUSTOMER = 440


@pytest.fixture
def s(two_nodes: TwoNodes, tmp_path: Path) -> Iterator[Scene]:
    with ExitStack() as stack:
        yield Scene(two_nodes, tmp_path, stack)


def test_a_caller_waits_with_the_departments_music_and_is_passed_on(s: Scene) -> None:
    team = public_id(s.system.team_id)
    music = call(s, "/prompt/music", name="Department", team=team, tracks=[public_id(upload(s, MUSIC, 4))])[
        "id"
    ]
    wait_until(
        lambda: bool(list((s.system.folder / "var/asterisk-a/spool/music").glob(f"{music[1:]}-*"))),
        "the music is on the node",
        60,
    )
    served, helpers = s.queue(1), s.queue(1)
    busy = served.phones(0, available=False, never_answer=True)
    helper = helpers.phones(0, ring=0.2, talk=2)
    made = call(
        s, "/department", name=served.did, team=team, ring_type="sequential",
        callcenter_ring=RING, callcenter_max_time=LONGEST, callcenter_hold_music=music,
        callcenter_transfer_to=public_id(helpers.id), callcenter_voicemail_password="704193",
    )  # fmt: skip
    assert made["callcenter_voicemail_password"] == "********"
    call(s, f"/department/{made['id']}/users", user=public_id(s.member_of(served.agents[0]).user_id))
    did = s.route("one", one=block("department", department=made["id"][1:]))

    caller = s.softphone(voice=CUSTOMER)
    caller.dial(did)
    caller.wait_for("CALL_CLOSED", seconds=60)

    log = s.log(did)
    rung, answered = log.legs[:-1], log.legs[-1]
    assert (answered["agent"], answered["outcome"], log.disposition) == (
        helpers.agents[0].id, "answered", "answered",
    )  # fmt: skip
    assert len(rung) >= 2, "the phone is rung again"
    assert {leg["outcome"] for leg in rung} == {"no-answer"}
    assert len(busy.events("cancelled")) == len(rung)
    for leg in rung[:-1]:
        assert RING - 1 < leg["ended_at"] - leg["offered_at"] < RING + 3
    assert LONGEST - 2 < answered["offered_at"] - rung[0]["offered_at"] < LONGEST + 6
    assert len(helper.events("answered")) == 1
    assert share(caller.heard()[-1], MUSIC) > 0.4
