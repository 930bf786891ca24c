"""The console's files, as a browser gets them."""

import gzip
import os
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from api.console.files import console_routes, content_policy
from switchroom.settings import Settings

pytestmark = pytest.mark.unit

PAGE, SCRIPT = "<!doctype html><title>Console</title>", "console.log(1)" * 100


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    for name, text in (("index.html", PAGE), ("assets/main-abc.js", SCRIPT)):
        (tmp_path / name).write_text(text)
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress(text.encode()))
    (tmp_path / ".built-from").write_text("x")
    return tmp_path


@pytest.fixture
def browser(folder: Path) -> TestClient:
    return TestClient(Starlette(routes=list(console_routes(Settings(_env_file=None), folder))))


def test_every_path_is_the_page_which_is_asked_for_again(browser: TestClient) -> None:
    for path in ("/console", "/console/", "/console/calls/a0192", "/console/.built-from", "/console/x.gz"):
        answer = browser.get(path)
        assert (answer.status_code, answer.text) == (200, PAGE)
        assert answer.headers["Content-Type"].startswith("text/html")
        assert answer.headers["Cache-Control"] == "no-cache"


def test_hashed_files_stay_for_ever_and_come_compressed(browser: TestClient) -> None:
    answer = browser.get("/console/assets/main-abc.js")
    assert answer.text == SCRIPT
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    plain = browser.get("/console/assets/main-abc.js", headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    assert (plain.text, plain.headers["Vary"]) == (SCRIPT, "Accept-Encoding")


def test_a_browser_that_has_it_gets_nothing(browser: TestClient) -> None:
    tag = browser.get("/console/").headers["ETag"]
    answer = browser.get("/console/", headers={"If-None-Match": tag})
    assert (answer.status_code, answer.content) == (304, b"")


@pytest.mark.parametrize("name", ["gone-abc.js", "../index.html", "..%2f..%2ffiles.py", "main-abc.js.gz"])
def test_a_file_that_is_not_there_is_not_the_page(browser: TestClient, name: str) -> None:
    answer = browser.get(f"/console/assets/{name}")
    assert answer.status_code == 404 or answer.text == PAGE
    assert "def " not in answer.text


def test_a_new_build_is_served(browser: TestClient, folder: Path) -> None:
    browser.get("/console/")
    (folder / "index.html.gz").unlink()
    (folder / "index.html").write_text("new")
    os.utime(folder / "index.html", ns=(1, 1))
    assert browser.get("/console/").text == "new"


def test_without_a_build_the_page_says_how_to_make_one(tmp_path: Path) -> None:
    browser = TestClient(Starlette(routes=list(console_routes(Settings(_env_file=None), tmp_path))))
    answer = browser.get("/console/")
    assert answer.status_code == 503
    assert "make console" in answer.text


def test_a_page_that_opens_it_has_no_hold_of_it(folder: Path) -> None:
    for url, policy in (("https://pbx.example.com", "same-origin"), ("http://127.0.0.1:8000", None)):
        routes = console_routes(Settings(_env_file=None, public_url=url), folder)
        answer = TestClient(Starlette(routes=list(routes))).get("/console/")
        assert answer.headers.get("Cross-Origin-Opener-Policy") == policy


def test_the_page_takes_nothing_from_elsewhere_but_recordings(browser: TestClient) -> None:
    policy = browser.get("/console/").headers["Content-Security-Policy"]
    said = dict(part.split(" ", 1) for part in policy.split("; "))
    assert said.pop("media-src") == "'self' blob: http://127.0.0.1:9390"
    assert said.pop("img-src") == "'self' data: blob: http://127.0.0.1:9390"
    assert said == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "font-src": "'self'",
        "connect-src": "'self'",
        "frame-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "svelte-trusted-html",
    }


def test_recordings_come_from_where_browsers_reach_them() -> None:
    public = Settings(_env_file=None, s3_public_endpoint="https://files.example.com/s3")
    assert "media-src 'self' blob: https://files.example.com;" in content_policy(public)
    amazon = Settings(_env_file=None, s3_endpoint="")
    assert "media-src 'self' blob: https://*.amazonaws.com;" in content_policy(amazon)


def test_the_page_reaches_the_port_of_browser_phones() -> None:
    near = Settings(_env_file=None, sip_ws_port=8088)
    assert "connect-src 'self' ws://127.0.0.1:8088;" in content_policy(near)
    proxied = Settings(_env_file=None, sip_wss_urls=["wss://pbx.example.com/ws", "wss://pbx.example.com/b"])
    assert "connect-src 'self' wss://pbx.example.com;" in content_policy(proxied)
