"""The script on a page of another origin, in a real browser, under a strict content policy."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect
from pydantic import SecretStr
from pytest_httpserver import HTTPServer
from werkzeug import Response

from api.core.context import make_context
from switchroom.database import upgrade
from switchroom.settings import Settings
from switchroom.storage import Storage
from tests.api.web_chat.test_visitors import png
from tests.support.api.client import Api
from tests.support.api.inbox import Inbox
from tests.support.api.world import world_of
from tests.support.browser.visitor import axe_findings, chromium
from tests.support.realtime.process import ApiProcess
from tests.support.servers import S3Server, new_redis, wait_until

__all__ = ["chromium"]

pytestmark = [
    pytest.mark.service,
    pytest.mark.browser,
    pytest.mark.timeout(240),
]


class Shop:
    """An organization whose page, of another origin, shows its web chat."""

    def __init__(self, inbox: Inbox, process: ApiProcess, site: HTTPServer, storage: str) -> None:
        self.inbox, self.process, self.site = inbox, process, site
        self.headers = inbox.world.admin.headers
        self.origin = site.url_for("").rstrip("/")
        made = self.ask(
            "save-web-chat", organization_id=inbox.org, name="Shop", title="Acme", greeting="How can we help?",
            origins=[self.origin], color="0a7d33",
        )  # fmt: skip
        self.channel = made["id"]
        policy = (
            f"default-src 'none'; script-src {process.url}; connect-src {process.url}; img-src {storage}; "
            "style-src 'none'; require-trusted-types-for 'script'"
        )
        snippet = (
            f'<script src="{process.url}/web-chat/widget.js" data-channel="{self.channel}" async></script>'
        )
        html = f'<!doctype html><html lang="en"><title>Shop</title><body><h1>Shop</h1>{snippet}'
        headers = {"Content-Security-Policy": policy, "Content-Type": "text/html; charset=utf-8"}
        site.expect_request("/").respond_with_response(Response(html, headers=headers))
        site.expect_request("/favicon.ico").respond_with_response(Response(status=204))

    def ask(self, path: str, **body: object) -> dict:  # type: ignore[type-arg]
        answer = httpx.post(f"{self.process.url}/inbox/{path}", json=body, headers=self.headers, timeout=30)
        assert answer.status_code in (200, 201), answer.text
        return dict(answer.json())

    def conversations(self) -> list[dict]:  # type: ignore[type-arg]
        return list(self.ask("conversations", organization_id=self.inbox.org)["data"])

    def answers(self, text: str) -> None:
        (conversation,) = self.conversations()
        self.ask("send-message", conversation_id=conversation["id"], message={"text": text})


@pytest.fixture
def shop(sqlite_url: str, s3_server: S3Server, tmp_path: Path, httpserver: HTTPServer) -> Iterator[Shop]:
    redis = new_redis(tmp_path)
    redis.start()
    given = {
        "database_url": sqlite_url, "redis_url": redis.url, "secret_key": "s" * 40, "var_dir": tmp_path,
        "s3_endpoint": s3_server.endpoint, "s3_bucket": s3_server.bucket,
        "s3_access_key": s3_server.access_key, "s3_secret_key": s3_server.secret_key,
    }  # fmt: skip
    upgrade(sqlite_url)
    process = ApiProcess(given, tmp_path / "api.log")
    context = make_context(Settings(_env_file=None, **{**given, "secret_key": SecretStr("s" * 40)}))  # type: ignore[arg-type]
    Storage(context.settings).ensure_bucket()
    try:
        process.start()
        inbox = Inbox(world_of(Api(None, context)))  # type: ignore[arg-type]
        yield Shop(inbox, process, httpserver, s3_server.endpoint)
    finally:
        process.stop()
        context.relay.close()
        context.pools.close()
        context.engine.dispose()
        redis.stop()


@pytest.fixture
def page(chromium: Browser, shop: Shop) -> Iterator[Page]:
    context = chromium.new_context(locale="en-US")
    page = context.new_page()
    page.add_init_script(
        "window.reports = []; document.addEventListener('securitypolicyviolation', (event) =>"
        " window.reports.push(event.violatedDirective + ' ' + event.blockedURI))"
    )
    page.goto(shop.origin)
    yield page
    assert page.evaluate("window.reports") == []
    context.close()


def test_a_visitor_and_a_member_talk_over_a_foreign_page(shop: Shop, page: Page, tmp_path: Path) -> None:
    page.get_by_role("button", name="Open chat").click()
    log = page.get_by_role("log")
    expect(log).to_contain_text("How can we help?")
    page.get_by_label("Write a message").fill("<b>Where</b> is my order?")
    page.keyboard.press("Enter")
    expect(log.locator("li.mine")).to_have_text("You<b>Where</b> is my order?")
    wait_until(lambda: len(shop.conversations()) == 1, "the conversation")
    shop.answers("On its way")
    expect(log).to_contain_text("On its way")
    expect(log.locator("li")).to_have_count(3)
    wait_until(lambda: shop.conversations()[0]["message"]["state"] == "DELIVERED", "the receipt")
    picture = tmp_path / "photo.png"
    picture.write_bytes(png())
    page.get_by_label("Attach a file").set_input_files(picture)
    expect(log.get_by_role("img", name="photo.png")).to_be_visible()
    assert shop.conversations()[0]["message"]["attachments"][0]["type"] == "IMAGE"
    assert axe_findings(page) == []

    page.reload()
    button = page.get_by_role("button", name="Open chat")
    expect(button).to_be_visible()
    page.get_by_role("button", name="Open chat").click()
    expect(log.locator("li")).to_have_count(4)
    page.keyboard.press("Escape")
    shop.answers("Anything else?")
    expect(page.get_by_role("button", name="Open chat, 1 new messages")).to_be_visible()
    assert page.evaluate("document.body.innerText").strip() == "Shop"


def test_on_a_page_of_another_origin_nothing_is_shown(shop: Shop, chromium: Browser) -> None:
    context = chromium.new_context()
    page = context.new_page()
    page.goto(shop.origin.replace("localhost", "127.0.0.1"))
    with page.expect_event("requestfailed", lambda request: request.url.endswith("/session")):
        page.reload()
    assert page.locator("[data-switchroom-chat]").count() == 0
    context.close()
