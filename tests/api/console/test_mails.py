"""A contact's mail as a page of its own: who sees it, and what it may do."""

import re
from collections.abc import Callable
from html import unescape

import pytest

from api.console.files import storage_origin
from models import InboxFile, InboxMail, InboxMessage, Role
from models.file import object_key
from tests.support.api.client import Api
from tests.support.api.inbox import Inbox, did
from tests.support.api.world import world_of

pytestmark = pytest.mark.service

HTML = '<p>Hello <b>shop</b>, see <a href="https://shop.example" rel="noopener">this</a></p>'


@pytest.fixture
def inbox(make_api: Callable[..., Api], any_database_url: str) -> Inbox:
    """Return an inbox on SQLite and, in a second run, on PostgreSQL."""
    return Inbox(world_of(make_api(any_database_url, s3_access_key="key", s3_secret_key="secret")))


def a_mail(inbox: Inbox, html: str | None) -> InboxMessage:
    message = inbox.hears("Hello shop, see this")
    inbox.world.api.add(
        InboxMail(message_id=message.id, channel_id=inbox.channel.id, mid="<1@example.com>", html=html)
    )
    return message


def test_a_mail_is_shown_as_it_came_and_can_do_nothing(inbox: Inbox) -> None:
    headers = inbox.world.member.headers
    page = inbox.world.api.client.get(f"/console/mail/{did(a_mail(inbox, HTML))}", headers=headers)
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert HTML in page.text
    assert '<base target="_blank">' in page.text
    policy = page.headers["Content-Security-Policy"].split("; ")
    assert "sandbox allow-popups allow-popups-to-escape-sandbox" in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert f"img-src {storage(inbox)}" in policy
    assert [
        rule for rule in policy if "unsafe" in rule or ("http" in rule and not rule.startswith("img-src"))
    ] == []
    assert page.headers["Cache-Control"] == "private, no-store"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert page.headers["Referrer-Policy"] == "no-referrer"


def test_pictures_of_a_mail_are_those_that_came_with_it(inbox: Inbox) -> None:
    world = inbox.world
    mail, other = a_mail(inbox, None), inbox.hears("Another")
    kinds = (("image/png", mail), ("image/svg+xml", mail), ("image/png", other))
    files = [
        InboxFile(team_id=world.team.id, message_id=of.id, name="a.png", type=kind) for kind, of in kinds
    ]
    files[1].name, waiting = "b.svg", InboxFile(team_id=world.team.id, message_id=mail.id, state="waiting")
    world.api.add(*files, waiting)
    shown = "".join(f'<img src="cid:{did(file)}">' for file in (*files, waiting))
    with world.api.session() as session:
        session.get_one(InboxMail, mail.id).html = f'{shown}<img src="cid:x"> src="cid:{did(files[0])}"'
    page = world.api.client.get(f"/console/mail/{did(mail)}", headers=world.member.headers).text
    pictures = re.findall("<img[^>]*>", page)
    source = unescape(pictures[0])
    assert source.startswith(f'<img src="{storage(inbox)}/')
    assert all(
        part in source for part in (object_key(files[0].id), "response-content-type=image", "Signature")
    )
    assert pictures[1:] == ["<img>"] * 4
    assert f' src="cid:{did(files[0])}"</body>' in page


def storage(inbox: Inbox) -> str:
    return storage_origin(inbox.world.api.context.settings)


def test_who_may_not_read_the_conversation_sees_no_mail(inbox: Inbox) -> None:
    mail, world = did(a_mail(inbox, HTML)), inbox.world
    guest = world.api.person(world.team, Role.GUEST)
    for person, status in ((None, 401), (world.stranger, 404), (guest, 404)):
        headers = person.headers if person else {}
        assert world.api.client.get(f"/console/mail/{mail}", headers=headers).status_code == status


@pytest.mark.parametrize("name", ["nothing", "0" * 32])
def test_what_is_no_mail_has_no_page(inbox: Inbox, name: str) -> None:
    ask, headers = inbox.world.api.client.get, inbox.world.member.headers
    for path in (name, did(inbox.hears()), did(a_mail(inbox, None))):
        assert ask(f"/console/mail/{path}", headers=headers).status_code == 404
