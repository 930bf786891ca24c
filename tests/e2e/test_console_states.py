"""What a screen shows when its data is not there: an error, no leave, nothing; and what can be done about it."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect

from models import CallLog, Recording, utcnow
from switchroom.ids import new_id, public_id
from switchroom.storage import Storage
from tests.support.browser.build import built_console
from tests.support.browser.visitor import DESKTOP, Visitor, chromium, visitor
from tests.support.e2e.system import System
from tests.support.servers import wait_until
from tests.support.sip.audio import voice, write_samples

__all__ = ["built_console", "chromium"]

pytestmark = [
    pytest.mark.browser, pytest.mark.e2e, pytest.mark.timeout(240), pytest.mark.usefixtures("built_console"),
]  # fmt: skip


@pytest.fixture
def people(system: System, chromium: Browser) -> Iterator[tuple[Visitor, Visitor]]:
    """The team's admin and its first agent."""
    base = f"http://127.0.0.1:{system.settings.api_port}"
    with ExitStack() as stack:
        dana, alice = (stack.enter_context(visitor(chromium, base)) for _ in range(2))
        for who, facts in ((dana, system.demo["admin"]), (alice, system.demo["agents"][0])):
            who.signs_in(facts["email"], facts["password"])
        yield dana, alice


def test_errors_no_leave_and_nothing(people: tuple[Visitor, Visitor]) -> None:
    dana, alice = people
    page, request = dana.page, new_id()

    def fails(route: Route) -> None:
        body = {"errorType": "server", "response": {"message": "The server failed"}}
        route.fulfill(status=500, json=body, headers={"X-Request-Id": request})

    def is_empty(route: Route) -> None:
        route.fulfill(json=[], headers={"X-Total-Count": "0"})

    for path, asked, nothing in (
        ("/routes", "**/v1/callroute?*", "No call route yet"),
        ("/audit", "**/v1/team/*/audit?*", "Nothing was recorded yet"),
        ("/system", "**/v1/job/failed", "No job failed"),
    ):
        page.route(asked, fails)
        dana.opens(path)
        failure = page.locator(".failure[data-kind=error]")
        expect(failure).to_have_count(1)
        expect(failure).to_contain_text("The server failed")
        expect(failure.locator("code")).to_have_text(request)
        dana.checks_screen(f"{path} with an error")
        dana.excuse("500")
        page.unroute(asked, fails)
        page.route(asked, is_empty)
        failure.get_by_role("button", name="Try again").click()
        expect(page.get_by_text(nothing)).to_be_visible()
        expect(failure).to_have_count(0)
        dana.checks_screen(f"{path} with nothing")
        page.unroute(asked, is_empty)

    for path in ("/audit", "/system", "/queues", "/people", "/numbers", "/routes", "/channels"):
        alice.opens(path)
        expect(alice.page.locator("[data-kind=forbidden]").first).to_be_visible()
        expect(alice.page.get_by_role("main").get_by_text("Loading")).to_have_count(0)
    alice.checks_screen("what an agent may not see")
    alice.tolerate("403")


def test_words_lead_to_their_second_and_a_failed_job_is_started_again(
    system: System, people: tuple[Visitor, Visitor], tmp_path: Path
) -> None:
    dana, _ = people
    now, base, key = utcnow(), new_id(), f"recordings/{new_id()}.wav"
    Storage(system.settings).put_file(key, write_samples(tmp_path / "talk.wav", voice(6)), "audio/wav")
    call = CallLog(
        team_id=system.team_id, caller="+14165550189", did="+14165550100", disposition="answered", talk=6.0,
        started_at=now, ended_at=now + timedelta(seconds=6),
    )  # fmt: skip
    words = [
        {"text": text, "start": start, "end": start + 0.9, "probability": 0.9}
        for text, start in (("Good", 1.0), ("morning", 4.0))
    ]
    line = {"speaker": "caller", "start": 1.0, "end": 5.0, "text": "Good morning", "words": words}
    talk = Recording(
        call_id=call.id, team_id=system.team_id, file_base=base, state="stored", s3_key=key, seconds=6.0,
        transcript={"lines": [line], "text": "Good morning"}, transcript_state="done",
    )  # fmt: skip
    lost = Recording(
        call_id=call.id, team_id=system.team_id, number=2, file_base=new_id(), state="failed", seconds=6.0,
        error="The file was not there",
    )  # fmt: skip
    system.transaction(lambda session: session.add_all((call, talk, lost)))
    page = dana.opens(f"/calls/{public_id(call.id)}")
    page.get_by_role("button", name="morning", exact=True).click()
    player = page.locator("audio")
    wait_until(lambda: 4 <= float(player.evaluate("one => one.currentTime")) < 6, "the word is played")
    expect(page.get_by_role("button", name="Good", exact=True)).not_to_have_class("word now")
    page.get_by_role("button", name="0:01", exact=True).press("Enter")
    wait_until(lambda: 1 <= float(player.evaluate("one => one.currentTime")) < 4, "the line is played")
    dana.checks_screen("transcript")
    page.set_viewport_size(DESKTOP)

    dana.opens("/system")
    row = page.get_by_role("row").filter(has_text="The file was not there")
    expect(row).to_have_count(1)
    dana.checks_screen("failed jobs")
    row.get_by_role("button", name="Start again").click()
    expect(row).to_have_count(0)
