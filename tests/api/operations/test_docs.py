"""The reference in the browser needs no other server than this one."""

import re

import pytest

from tests.support.api.client import Api

pytestmark = pytest.mark.service


def test_the_bare_address_leads_to_the_reference(api: Api) -> None:
    answer = api.client.get("/")
    assert (answer.status_code, answer.url.path) == (200, "/docs")


def test_the_page_needs_nothing_from_elsewhere(api: Api) -> None:
    page = api.client.get("/docs")
    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self';")
    assert "http" not in policy
    links = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(links) == 4
    for link in links:
        assert not link.startswith(("http", "/"))
        found = api.client.get(f"/{link}")
        assert found.status_code == 200
        assert found.content
    assert "http" not in api.client.get("/docs/start.js").text


def test_the_page_has_no_other_files(api: Api) -> None:
    for name in ("index.html", "..%2F__init__.py", "swagger-ui.css.map"):
        assert api.client.get(f"/docs/{name}").status_code == 404


def test_authorize_takes_a_token_or_a_password(api: Api) -> None:
    schemes = api.client.get("/openapi.json").json()["components"]["securitySchemes"]
    assert (schemes["bearer"]["type"], schemes["bearer"]["scheme"]) == ("http", "bearer")
    flow = schemes["password"]["flows"]["password"]
    refused = api.client.post(
        flow["tokenUrl"], data={"grant_type": "password", "username": "x", "password": "y"}
    )
    assert refused.status_code == 400
    assert set(refused.json()["response"]) == {"client_id", "client_secret"}
