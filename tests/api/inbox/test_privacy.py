"""Who may demand a copy of a contact's data, or its erasure, and what is written down of it."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import col, select

from models import AuditEntry, Outbox, PrivacyRequest
from tests.support.api.client import Api
from tests.support.api.inbox import Inbox, did
from tests.support.api.world import world_of
from tests.support.servers import S3Server

pytestmark = pytest.mark.service


def jobs(inbox: Inbox, name: str) -> list[Any]:
    with inbox.world.api.session() as session:
        rows = session.exec(select(Outbox).where(Outbox.kind == "job")).all()
        return [row.payload["args"] for row in rows if row.payload["name"] == name]


@pytest.mark.parametrize("kind", ["export", "erase"])
def test_admins_alone_demand_and_the_log_says_who(inbox: Inbox, kind: str) -> None:
    contact = did(inbox.conversation(inbox.hears()).contact_id)
    org: dict[str, Any] = {"organization_id": inbox.org}
    body: dict[str, Any] = {"contact_id": contact}
    assert inbox.ask(inbox.world.member, f"/{kind}-contact", **org, **body).json()["code"] == 103
    made = inbox.drive(inbox.world.admin, f"/{kind}-contact", 202, **org, **body)["request_id"]
    assert jobs(inbox, f"{kind}_contact") == [[made.replace("-", "")]]
    page = inbox.drive(inbox.world.admin, "/privacy-requests", **org)
    (shown,) = page["data"]
    assert (shown["id"], shown["contact_id"], shown["state"]) == (made, contact, "pending")
    assert shown["user_id"] == did(inbox.world.admin.user.id)
    assert page["response_metadata"]["total"] == 1
    with inbox.world.api.session() as session:
        (entry,) = session.exec(select(AuditEntry)).all()
    assert entry.action == f"contact's {shown['kind']} asked for"
    assert (entry.actor_id, did(entry.object_id)) == (inbox.world.admin.user.id, contact)
    for path in ("/privacy-requests", "/privacy-request"):
        answer = inbox.ask(inbox.world.member, path, **org, request_id=made)
        assert answer.json()["code"] == 103
    wrong = {**org, "contact_id": did(inbox.channel)}
    assert inbox.ask(inbox.world.admin, f"/{kind}-contact", **wrong).json()["code"] == 203


def test_who_fetches_a_file_is_written_down(
    make_api: Callable[..., Api], any_database_url: str, s3_server: S3Server
) -> None:
    api = make_api(
        any_database_url,
        s3_endpoint=s3_server.endpoint,
        s3_bucket=s3_server.bucket,
        s3_access_key=s3_server.access_key,
        s3_secret_key=s3_server.secret_key,
    )
    inbox = Inbox(world_of(api))
    org: dict[str, Any] = {"organization_id": inbox.org}
    row = PrivacyRequest(
        team_id=inbox.world.team.id, contact_id=inbox.channel.id, kind="export", state="done", s3_key="exports/a.zip"
    )  # fmt: skip
    waiting = PrivacyRequest(team_id=inbox.world.team.id, contact_id=inbox.channel.id, kind="export")
    inbox.world.api.add(row, waiting)
    shown = inbox.drive(inbox.world.admin, "/privacy-request", **org, request_id=did(row))
    assert "exports/a.zip" in shown["url"]
    assert (
        inbox.ask(inbox.world.admin, "/privacy-request", **org, request_id=did(waiting)).json()["url"] is None
    )
    assert (
        inbox.ask(inbox.world.admin, "/privacy-request", **org, request_id=did(inbox.channel)).json()["code"]
        == 214
    )
    with inbox.world.api.session() as session:
        entries = session.exec(select(AuditEntry.action).order_by(col(AuditEntry.id))).all()
    assert entries == ["contact's export fetched"]
