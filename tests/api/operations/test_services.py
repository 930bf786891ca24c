"""Which services the installation is configured for, over HTTP."""

from collections.abc import Callable

import pytest

from models import Outbox, utcnow
from tests.support.api.client import Api

pytestmark = pytest.mark.service


def test_members_see_what_is_configured_and_no_secret(make_api: Callable[..., Api], sqlite_url: str) -> None:
    url = "smtp://user:hidden@mail.example.com:25"
    for settings, mail in (({}, False), ({"smtp_url": url}, True)):
        api = make_api(sqlite_url, **settings)
        answer = api.client.get("/v1/services", headers=api.person(api.team()).headers)
        assert (answer.status_code, answer.json()["mail"]) == (200, mail)
        assert "hidden" not in answer.text
        assert answer.json()["outside_calls"] is False
        assert api.client.get("/v1/services").status_code == 401


def test_mails_that_wait_are_counted(make_api: Callable[..., Api], sqlite_url: str) -> None:
    api = make_api(sqlite_url)
    admin = api.person(api.team())
    api.add(Outbox(kind="mail", payload={}, delivered_at=utcnow(), error="waits: no server"))
    api.add(Outbox(kind="mail", payload={}, delivered_at=utcnow()))
    api.add(Outbox(kind="command", payload={}))
    shown = api.client.get("/v1/services", headers=admin.headers).json()
    assert (shown["mail"], shown["mails_waiting"]) == (False, 1)
