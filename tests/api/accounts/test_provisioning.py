"""Desk phones fetch their configuration by a link that works once."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from sqlmodel import select

from api.accounts.provisioning.phone_files import Account, Transport, Vendor, written
from api.accounts.provisioning.service import AGAIN
from models import AuditEntry, ProvisioningLink, TeamUser, User
from tests.support.api.client import Person
from tests.support.api.world import World, any_world, pid

__all__ = ["any_world"]

pytestmark = pytest.mark.service

NAME = 'Ann <"&> Ash'


@pytest.fixture
def account() -> Account:
    return Account("e101t0123", "s3cret", "pbx.example.com", 5061, Transport.TLS, "101", NAME, srtp=True)


def path_of(world: World, person: Person) -> str:
    return f"/team/{pid(world.team)}/users/{person.id}/provisioning"


def link(world: World, vendor: str = "yealink", person: Person | None = None) -> Any:
    answer = world.call(person or world.admin, "POST", path_of(world, world.member), json={"vendor": vendor})
    assert answer.status_code == 201, answer.text
    return answer.json()


def fetch(world: World, url: str, filename: str) -> Any:
    """Return what a phone gets that has the URL as its provisioning server."""
    return world.api.client.get(urlsplit(url).path + filename)


def member_of(world: World) -> tuple[TeamUser, User]:
    with world.api.session() as session:
        assert world.member.member is not None
        member = session.get_one(TeamUser, world.member.member.id)
        return member, session.get_one(User, member.user_id)


def set_times(world: World, **moved: timedelta) -> None:
    """Move times of the only link."""
    with world.api.session() as session:
        row = session.exec(select(ProvisioningLink)).one()
        for name, by in moved.items():
            setattr(row, name, getattr(row, name) + by)


def test_a_phone_fetches_its_account_and_the_link_ends(any_world: World) -> None:
    world = any_world
    made = link(world)
    member, _ = member_of(world)
    url = made["url"]
    assert fetch(world, url, "y000000000028.cfg").status_code == 404, (
        "the file of the model, which is not ours"
    )
    first = fetch(world, url, "001565abcdef.cfg")
    assert first.status_code == 200, first.text
    assert first.headers["cache-control"] == "no-store"
    lines = dict(line.split(" = ", 1) for line in first.text.splitlines()[1:])
    assert lines["account.1.user_name"] == member.sip_username
    assert lines["account.1.password"] == member.extension_secret
    assert fetch(world, url, "001565abcdef.cfg").status_code == 200, "it restarts, and fetches it again"
    set_times(world, fetched_at=-AGAIN)
    again = fetch(world, url, "001565abcdef.cfg")
    assert (again.status_code, member.extension_secret in again.text) == (404, False)
    with world.api.session() as session:
        entry = session.exec(select(AuditEntry)).one()
    assert (entry.action, entry.details) == ("phone link made", {"vendor": "yealink"})


def test_a_link_that_nobody_used_ends_after_a_day(world: World) -> None:
    url = link(world)["url"]
    set_times(world, expires_at=-timedelta(days=1))
    assert fetch(world, url, "001565abcdef.cfg").status_code == 404


@pytest.mark.parametrize("change", ["deactivated", "suspended", "guessed"])
def test_links_of_those_who_are_gone(world: World, change: str) -> None:
    url = link(world)["url"]
    if change == "deactivated":
        world.call(world.admin, "DELETE", f"/team/{pid(world.team)}/users/{world.member.id}")
    elif change == "suspended":
        with world.api.session() as session:
            team = session.get_one(type(world.team), world.team.id)
            team.suspended_at = team.created_at
    else:
        url = url[:-2] + ("A/" if url[-2] != "A" else "B/")
    assert fetch(world, url, "001565abcdef.cfg").status_code == 404


def test_members_set_up_their_own_phones_only(world: World) -> None:
    assert link(world, person=world.member)["vendor"] == "yealink"
    theirs = path_of(world, world.admin)
    assert world.call(world.member, "POST", theirs, json={"vendor": "snom"}).status_code == 403
    assert world.call(world.stranger, "POST", theirs, json={"vendor": "snom"}).status_code == 404
    assert world.call(None, "POST", theirs, json={"vendor": "snom"}).status_code == 401
    wrong = world.call(world.admin, "POST", theirs, json={"vendor": "nokia"})
    assert (wrong.status_code, wrong.json()["response"].keys()) == (400, {"vendor"})


def test_the_password_is_sent_by_https_only(world: World) -> None:
    world.api.context.settings.public_url = "http://pbx.example.com"
    refused = world.call(world.admin, "POST", path_of(world, world.member), json={"vendor": "snom"})
    assert refused.status_code == 409
    assert "https" in refused.json()["response"]["message"]


@pytest.mark.parametrize(
    ("vendor", "filename", "secrets"),
    [
        (Vendor.SNOM, "snom.xml", 1),
        (Vendor.GRANDSTREAM, "cfg000b82abcdef.xml", 1),
        (Vendor.POLYCOM, "0004f2abcdef.cfg", 0),
        (Vendor.POLYCOM, "phone.cfg", 1),
    ],
)
def test_files_are_xml_whatever_the_name_is(
    account: Account, vendor: Vendor, filename: str, secrets: int
) -> None:
    found = written(vendor, filename, account)
    assert found is not None
    text, has_password = found
    tree = ElementTree.fromstring(text)
    values = [e.text for e in tree.iter()] + [v for e in tree.iter() for v in e.attrib.values()]
    assert (values.count(account.secret), has_password) == (secrets, bool(secrets))
    if secrets:
        assert any(value and NAME in value for value in values)


def test_files_that_no_phone_of_the_vendor_needs(account: Account) -> None:
    for vendor, filename in ((Vendor.YEALINK, "boot.bin"), (Vendor.SNOM, "x.cfg"), (Vendor.GRANDSTREAM, "")):
        assert written(vendor, filename, account) is None


def test_encryption_follows_the_installation() -> None:
    plain = Account("u", "s", "h", 5060, Transport.UDP, "101", "Ann", srtp=False)
    text, _ = written(Vendor.YEALINK, "a.cfg", plain) or ("", False)
    assert "account.1.srtp_encryption = 0\n" in text
    assert "account.1.sip_server.1.transport_type = 0\n" in text
