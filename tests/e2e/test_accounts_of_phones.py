"""SIP accounts from the API to Asterisk: a browser's, and a password that is made anew. On the whole system."""

from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from sqlmodel import Session

from api.core.tokens import make_access_token
from models import AuthSession, utcnow
from switchroom.ids import public_id
from tests.support.e2e.provision import TestAgent
from tests.support.e2e.scenes import Scene, SceneSet
from tests.support.e2e.two_nodes import TwoNodes
from tests.support.servers import wait_until
from tests.support.sip.realtime import Account
from tests.support.sip.user_agent import UserAgent, body_of
from tests.support.sip.web_phone import WebPhone

pytestmark = [pytest.mark.pbx, pytest.mark.e2e, pytest.mark.timeout(400)]

scene = SceneSet()


def signed_in(s: Scene, agent: TestAgent) -> httpx.Client:
    """Return a client of the API in a new session of the agent's user."""
    user = s.member_of(agent).user_id

    def work(session: Session) -> str:
        opened = AuthSession(user_id=user, expires_at=utcnow() + timedelta(days=1))
        session.add(opened)
        return opened.id

    token = make_access_token(s.system.settings, user, s.system.transaction(work))
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.Client(base_url=s.system.demo["api_base"], headers=headers, timeout=20)


def registered(s: Scene, account: str) -> bool:
    return account in s.system.sip().cli("pjsip show contacts")


@scene
def a_rotated_password_is_refused_at_once(s: Scene) -> None:
    agent = s.queue(1, recording="none").agents[0]
    old = agent.account
    server = ("127.0.0.1", s.system.settings.sip_port)
    with UserAgent(server, "127.0.0.1", old) as phone, s.system.api as api:
        assert phone.register() == 200
        wait_until(lambda: registered(s, old.phone), "registration")
        member = s.member_of(agent)
        path = f"/team/{public_id(member.team_id)}/users/{public_id(member.user_id)}"
        answer = api.patch(path, json={"rotate_secret": True})
        assert answer.status_code == 200, answer.text
        wait_until(lambda: not registered(s, old.phone), "end of what was registered")
        assert phone.register() == 401
        fresh = replace(old, password=str(s.member_of(agent).extension_secret))
        assert fresh.password != old.password
        with UserAgent(server, "127.0.0.1", fresh) as again:
            assert again.register() == 200
            wait_until(lambda: registered(s, old.phone), "registration with the new password")


@scene
def a_browser_rings_beside_the_desk_phone_until_its_session_ends(s: Scene) -> None:
    served = s.queue(1, recording="none")
    agent = served.agents[0]
    server = ("127.0.0.1", s.system.settings.sip_port)
    with signed_in(s, agent) as api, UserAgent(server, "127.0.0.1", agent.account) as desk:
        phone = api.post("/phone", json={}).json()
        assert desk.register() == 200
        account = _account(agent, phone["username"], phone["password"])
        with WebPhone(phone["sockets"][0], account) as page:
            assert page.register() == 200
            wait_until(lambda: registered(s, phone["username"]), "the browser's registration")
            s.available([agent])
            caller = s.caller(served.did, hang_up=1)
            invite = page.invited()
            assert "a=fingerprint:" in invite
            (view,) = (v for v in s.system.lives("call") if v["did"] == served.did)
            assert f"X-Switchroom-Id: {public_id(view['call'])}" in invite
            rung = desk.rung()
            rung.media.send_to(body_of(rung.request))
            rung.respond("200 OK")
            page.cancelled()
            s.ended(caller)
            assert [leg["outcome"] for leg in s.log(served.did).legs] == ["answered"], "one agent, one leg"
            s.until_states([agent], "Available", 40)
            assert api.post(f"{s.system.demo['auth_base']}/logout-user").status_code == 200
            wait_until(lambda: not registered(s, phone["username"]), "end of the browser's registration")
            assert page.register() in (401, 403), (
                "403: the account's endpoint is not forgotten yet, its password is"
            )


def _account(agent: TestAgent, username: str, password: str) -> Account:
    return replace(agent.account, password=password, browser=username.rpartition("w")[2])


@pytest.fixture(scope="module")
def played(
    two_nodes: TwoNodes, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[dict[str, Future[None]]]:
    yield from scene.play(two_nodes, tmp_path_factory.mktemp("accounts"), request)


@pytest.mark.parametrize("name", scene.plays)
def test_account(played: dict[str, Future[None]], name: str) -> None:
    played[name].result(300)
