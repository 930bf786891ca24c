"""The second factor: enrol, confirm, sign in by a code or a recovery code, turn off."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
import pytest
from sqlmodel import Session, select

from api.accounts.auth import second_factor
from api.core.passwords import hash_password
from models import RecoveryCode, Role, SecondFactor, User
from tests.support.api.client import Api
from tests.support.api.mails import mailed_token

pytestmark = pytest.mark.service

PASSWORD = "Example1"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Jane:
    """A user with a clock of her own."""

    def __init__(self, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
        self.api, self.now = api, NOON
        monkeypatch.setattr(second_factor, "utcnow", lambda: self.now)
        user = User(email="jane@example.com", password_hash=hash_password(PASSWORD), verified_at=NOON)
        self.id = user.id
        api.add(user)
        made = api.client.post("/auth/client", json={"name": "Desk"}).json()
        self.client = {name: made[name] for name in ("client_id", "client_secret")}
        self.headers = self.signed_in()
        self.secret = ""
        self.recovery_codes: list[str] = []

    def login(self, **more: str) -> Any:
        body = {"grant_type": "password", "username": "jane@example.com", "password": PASSWORD, **self.client}
        return self.api.client.post("/auth/login-user", json={**body, **more})

    def signed_in(self, **more: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.login(**more).json()['access_token']}"}

    def post(self, path: str, **body: str) -> Any:
        return self.api.client.post(f"/auth/second-factor{path}", json=body, headers=self.headers)

    def code(self, steps: int = 0) -> str:
        return pyotp.TOTP(self.secret).at(self.now, counter_offset=steps)

    def enrols(self) -> None:
        begun = self.post("", password=PASSWORD)
        assert begun.status_code == 200
        self.secret = begun.json()["secret"]
        assert begun.json()["uri"].startswith("otpauth://totp/Switchroom:jane%40example.com?secret=")
        self.recovery_codes = self.post("/confirm", code=self.code()).json()["recovery_codes"]
        self.now += timedelta(minutes=1)


@pytest.fixture
def jane(any_api: Api, monkeypatch: pytest.MonkeyPatch) -> Jane:
    return Jane(any_api, monkeypatch)


def test_a_factor_counts_once_a_code_confirms_it(jane: Jane) -> None:
    assert jane.post("", password="wrong").json()["response"] == {"password": "Wrong"}
    jane.secret = jane.post("", password=PASSWORD).json()["secret"]
    assert jane.login().status_code == 200
    assert jane.post("/confirm", code="000000").json()["response"] == {"code": "Wrong"}
    other = jane.signed_in()
    confirmed = jane.post("/confirm", code=jane.code())
    assert len(set(confirmed.json()["recovery_codes"])) == 10
    assert jane.api.client.get("/v1/user/me", headers=other).status_code == 401
    state = jane.api.client.get("/auth/second-factor", headers=jane.headers)
    assert state.json() == {"enabled": True, "recovery_codes_left": 10}
    assert jane.post("", password=PASSWORD).status_code == 409
    assert jane.post("/confirm", code=jane.code()).status_code == 409


def test_sign_in_takes_a_code_once(jane: Jane) -> None:
    jane.enrols()
    missing, wrong = jane.login(), jane.login(code="000000")
    assert (missing.status_code, missing.json()["response"]["code"]) == (401, "Required")
    assert (wrong.status_code, wrong.json()["response"]["code"]) == (401, "Wrong")
    assert "code" not in jane.login(password="wrong", code=jane.code()).json()["response"]
    assert jane.login(code="१२३४५६").status_code == 401
    assert jane.login(code=jane.code()).status_code == 200
    assert jane.login(code=jane.code()).status_code == 401
    jane.now += timedelta(minutes=5)
    assert jane.login(code=jane.code(-2)).status_code == 401
    assert jane.login(code=jane.code(-1)).status_code == 200
    assert jane.login(code=jane.code(1)).status_code == 200


def test_a_recovery_code_is_good_once(jane: Jane) -> None:
    jane.enrols()
    one, two, *_ = jane.recovery_codes
    assert [jane.login(code=code).status_code for code in (one, one, two.upper())] == [200, 401, 200]
    state = jane.api.client.get("/auth/second-factor", headers=jane.headers)
    assert state.json()["recovery_codes_left"] == 8


def test_wrong_codes_slow_down(jane: Jane) -> None:
    jane.enrols()
    assert [jane.login(code="000000").status_code for _ in range(11)] == [401] * 10 + [429]


def test_the_password_turns_it_off(jane: Jane) -> None:
    jane.enrols()
    assert jane.post("/disable", password="wrong").status_code == 400
    assert jane.post("/disable", password=PASSWORD).status_code == 200
    assert jane.login().status_code == 200
    with Session(jane.api.context.engine) as session:
        assert session.exec(select(RecoveryCode)).all() == []


def test_nothing_is_stored_that_signs_in(jane: Jane) -> None:
    jane.enrols()
    with Session(jane.api.context.engine) as session:
        stored = session.exec(select(SecondFactor)).one().secret
        hashes = set(session.exec(select(RecoveryCode.code_hash)))
    assert jane.secret not in stored
    assert not hashes & set(jane.recovery_codes)


def test_a_reset_of_the_password_keeps_it_and_an_operator_drops_it(jane: Jane) -> None:
    jane.enrols()
    jane.api.client.post("/auth/forgot-password", json={"email": "jane@example.com"})
    body = {"token": mailed_token(jane.api, "jane@example.com"), "password": PASSWORD}
    assert jane.api.client.post("/auth/reset-password", json=body).status_code == 200
    assert jane.login().status_code == 401
    operator = jane.api.person()
    with jane.api.session() as session:
        session.get(User, operator.user.id).operator = True
    path = f"/v1/platform/user/{jane.id}/drop-second-factor"
    assert jane.api.client.post(path, headers=operator.headers).status_code == 200
    assert jane.login().status_code == 200


def test_an_invitation_is_accepted_by_password_and_code(jane: Jane) -> None:
    jane.enrols()
    admin = jane.api.person(jane.api.team(), Role.ADMIN)
    path = f"/v1/team/{admin.team}"
    jane.api.client.post(f"{path}/invite", json=[{"email": "jane@example.com"}], headers=admin.headers)
    body = {"token": mailed_token(jane.api, "jane@example.com"), "password": PASSWORD}
    assert jane.api.client.post(f"{path}/accept", json=body).status_code == 401
    body["code"] = jane.code()
    assert jane.api.client.post(f"{path}/accept", json=body).status_code == 200


def test_no_token(api: Api) -> None:
    for path, body in (("", {"password": "x"}), ("/confirm", {"code": "1"}), ("/disable", {"password": "x"})):
        assert api.client.post(f"/auth/second-factor{path}", json=body).status_code == 401
    assert api.client.get("/auth/second-factor").status_code == 401
