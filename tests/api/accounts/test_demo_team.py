"""The demo team is made through the REST API, whatever the settings say of accounts."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from cli.api_client import ApiClient
from cli.run import demo_team
from switchroom import database
from tests.support.api.client import Api


def test_its_admin_makes_it_although_nobody_reads_their_mail(
    make_api: Callable[..., Api], any_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = make_api(any_database_url, smtp_url="smtp://127.0.0.1:1")

    def client(headers: dict[str, str], **_: Any) -> TestClient:
        return TestClient(api.client.app, headers=headers)

    def session() -> Any:
        return database.session(api.context.engine)

    monkeypatch.setattr(httpx, "Client", client)
    monkeypatch.setattr(demo_team, "session", session)
    anonymous = ApiClient("http://api.test")
    application = anonymous.post("/auth/client", {"name": "demo"})
    admin = demo_team._admin(anonymous, application, "Demo-password-1")
    made = demo_team._team(admin)
    assert admin.get("/v1/user/me")["teams"] == [made]
    assert demo_team._team(admin) == made, "the next start finds it"
