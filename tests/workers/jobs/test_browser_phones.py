"""SIP accounts of browsers that nobody renewed end, and Asterisk is told to forget them."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from models import AuthSession, BrowserPhone, Outbox, Team, TeamUser, User, utcnow
from switchroom.database import session
from switchroom.sip_accounts import browser_account
from workers.jobs import browser_phones as job
from workers.resources import Resources

pytestmark = pytest.mark.service


def test_only_accounts_that_expired_end(both: Resources, monkeypatch: pytest.MonkeyPatch) -> None:
    resources = both
    monkeypatch.setattr(job, "get_resources", lambda: resources)
    with session(resources.engine) as db:
        user = User(email="jane@example.org")
        db.add(user)
        db.flush()
        team = Team(team_name="T", slug="t", owner_id=user.id, billing_id=1, number=1)
        db.add(team)
        db.flush()
        phone = f"e101t{team.id[-12:]}"
        member = TeamUser(team_id=team.id, user_id=user.id, extension="101", sip_username=phone)
        db.add(member)
        db.flush()
        accounts = {}
        for digit, seconds in (("0", -1), ("1", 60)):
            opened = AuthSession(user_id=user.id, expires_at=utcnow() + timedelta(days=1))
            db.add(opened)
            db.flush()
            accounts[seconds] = browser_account(phone, digit * 16)
            db.add(
                BrowserPhone(
                    session_id=opened.id,
                    member_id=member.id,
                    account=accounts[seconds],
                    password="p",
                    expires_at=utcnow() + timedelta(seconds=seconds),
                )
            )
    job.expire_browser_phones()
    with session(resources.engine) as db:
        assert db.exec(select(col(BrowserPhone.account))).all() == [accounts[60]]
        told = [row.payload for row in db.exec(select(Outbox))]
    assert told == [
        {"type": "config", "kind": "phone", "id": accounts[-1], "hang_up": False, "sign_out": True}
    ]
