"""The console as a telephone in tests: an agent whose phone is the page, and people who talk to it."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from sqlmodel import Session, col, select

from models.call import CallLog, WrapUp
from switchroom.ids import parse_id
from tests.support.browser.people import PASSWORD, Staffed, is_now, staffed
from tests.support.browser.sound import FLAGS as SOUND_FLAGS
from tests.support.browser.sound import hears, speaks
from tests.support.browser.visitor import CHROMIUM, FLAGS, SECONDS, Visitor, visitor
from tests.support.e2e.provision import TestAgent
from tests.support.e2e.system import System
from tests.support.servers import wait_until
from tests.support.sip.asterisk import CALLERS
from tests.support.sip.media import Media
from tests.support.sip.realtime import Account
from tests.support.sip.user_agent import Call, UserAgent

CALLER, PAGE, COLLEAGUE = 440, 1000, 800
"""What they say: a tone of so many hertz."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Start a Chromium whose pages may use a microphone and play sound."""
    expect.set_options(timeout=SECONDS * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *SOUND_FLAGS])
        yield browser
        browser.close()


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as made:
        yield made


@pytest.fixture
def queue(system: System, stack: ExitStack, tmp_path: Path) -> Staffed:
    """Return a queue with one agent, whose desk phone is off."""
    return stack.enter_context(staffed(system, tmp_path / "phones", desk_phone=False, ring_timeout=60))


@pytest.fixture
def stranger(system: System, chromium: Browser, stack: ExitStack) -> Visitor:
    """Return somebody who has not signed in, and whose page may use a microphone that gives a tone."""
    base = f"http://127.0.0.1:{system.settings.api_port}"
    who = stack.enter_context(visitor(chromium, base, permissions=["microphone", "notifications"]))
    speaks(who.context, PAGE)
    return who


@pytest.fixture
def kate(system: System, stranger: Visitor, queue: Staffed) -> Visitor:
    """Return the agent at the desk, with the browser as telephone, available."""
    is_telephone(system, stranger.signs_in(queue.email, PASSWORD), queue)
    return stranger


def is_telephone(system: System, page: Page, queue: Staffed) -> None:
    """Make the page the telephone of the queue's agent, and the agent available."""
    page.get_by_role("button", name="Phone: Off").click()
    page.get_by_role("button", name="Switch on").click()
    expect(page.get_by_role("button", name="Phone: Ready")).to_be_visible()
    page.keyboard.press("Escape")
    is_now(page, "Available")
    wait_until(lambda: system.states([queue.agent]) == ["Available"], "the agent is available")


def dials(system: System, stack: ExitStack, did: str) -> tuple[Call, Media]:
    """Let somebody call the number."""
    line = UserAgent(("127.0.0.1", system.settings.sip_port), CALLERS)
    stack.callback(line.close)
    voice = Media(CALLERS, CALLER)
    return line.dial(did, media=voice), voice


def calls(system: System, stack: ExitStack, did: str) -> tuple[Call, Media]:
    """Let somebody call the number. It is answered."""
    call, voice = dials(system, stack, did)
    assert call.final() == 200
    return call, voice


def desk_phone(system: System, stack: ExitStack, agent: TestAgent) -> UserAgent:
    """Register an agent's desk phone, which answers when the test says so."""
    phone = UserAgent(("127.0.0.1", system.settings.sip_port), "127.0.0.1", agent.account)
    stack.callback(phone.close)
    assert phone.register() == 200
    stack.callback(phone.register, 0)
    wait_until(lambda: bool(system.live("agent", agent.id).get("registered")), "the engine knows the phone")
    return phone


def answers(rung: Call) -> Call:
    """Let a desk phone answer the call that rings there. It says a tone."""
    rung.media = Media("127.0.0.1", COLLEAGUE)
    rung.media.send_to(rung.request.partition("\r\n\r\n")[2])
    rung.respond("200 OK")
    rung.confirm()
    return rung


def bob(system: System) -> TestAgent:
    """Return Bob Singh, a colleague in no queue of the tests."""
    facts = system.demo["agents"][1]
    account = Account(facts["extension"], facts["sip_password"], team=system.team_id[-12:])
    return TestAgent(str(parse_id(facts["agent"])), account)


def logs(system: System, did: str) -> list[CallLog]:
    """Return the logs of the calls to this number, oldest first."""

    def work(session: Session) -> list[CallLog]:
        found = select(CallLog).where(CallLog.did == did).order_by(col(CallLog.started_at))
        return [row.model_copy() for row in session.exec(found)]

    return list(system.transaction(work))


def logged(system: System, did: str) -> list[list[str]]:
    """Return the outcomes of the legs of each call to this number."""
    return [[str(leg["outcome"]) for leg in log.legs] for log in logs(system, did)]


def notes(system: System, call: str) -> dict[str, str]:
    """Return what agents have noted after the call, by agent."""

    def work(session: Session) -> dict[str, str]:
        found = session.exec(select(WrapUp).where(col(WrapUp.call_id) == call))
        return {row.agent_id: row.note for row in found if row.note}

    return dict(system.transaction(work))


def steps(log: CallLog) -> list[Any]:
    """Return the kinds of what the call went through."""
    return [step["type"] for step in log.path]


def until_both_hear(page: Page, voice: Media) -> None:
    wait_until(lambda: voice.hears(PAGE), "the caller hears the page", 30)
    wait_until(lambda: hears(page, CALLER), "the page hears the caller", 30)
