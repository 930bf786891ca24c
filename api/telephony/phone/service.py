"""A browser becomes a phone of its member for as long as it asks, and at most for as long as its session lives."""

import base64
import hmac
import secrets
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlmodel import col, select

from api.conventions.resource import Shown
from api.core.errors import Conflict
from api.core.scope import Scope
from api.sip_accounts.rows import shown_name
from api.telephony.own_team import own_member, own_team
from models import AuthSession, BrowserPhone, TeamUser, utcnow
from models.browser_phone import LIFETIME, end_browser_phones
from models.shown import show_time
from switchroom.ids import public_id
from switchroom.settings import Settings
from switchroom.sip_accounts import BROWSER_DIGITS, browser_account, phone_of

PASSWORD_BYTES = 16
TURN_LIFETIME = timedelta(hours=1)
"""How long a browser may begin to use a TURN server with what it was told."""


def open_phone(scope: Scope, settings: Settings, session_id: str, team_id: str | None) -> Shown:
    """Return the session's SIP account: a new one, or the same for ten more minutes.

    Raises NotFound for a stranger's team, and Conflict with the `reason` if there is no phone to be.
    """
    if team_id is None and not scope.team_ids:
        raise Conflict("You are in no team", reason="no-phone")
    member = own_member(scope, own_team(scope, team_id))
    if not settings.browser_addresses:
        raise Conflict("This installation has no port for browser phones", reason="no-browser-phones")
    phone = _account(scope, session_id, member)
    phone.expires_at = utcnow() + LIFETIME
    scope.session.add(phone)
    return {
        "username": phone.account,
        "password": phone.password,
        "uri": f"sip:{phone.account}@{settings.sip_host}",
        "contact": f"sip:{phone.account}@browser.invalid;transport=ws",
        "sockets": settings.browser_addresses,
        "ice_servers": ice_servers(settings, phone.account, utcnow()),
        "visitor": f"sip:visitor@{settings.sip_host}" if settings.environment == "development" else None,
        "name": shown_name(member, scope.user),
        "extension": member.extension,
        "team": public_id(member.team_id),
        "expires_at": show_time(phone.expires_at),
    }


def close_phone(scope: Scope, session_id: str) -> None:
    """Delete the session's account, if it has one. A talk goes on."""
    end_browser_phones(scope.session, col(BrowserPhone.session_id) == session_id)


def _account(scope: Scope, session_id: str, member: TeamUser) -> BrowserPhone:
    """Return the session's account of this membership. One of another membership ends, and so does one that expired:
    it may be taken for dead already."""
    session, phone = scope.session, str(member.sip_username)
    # Two requests at once would make two: the session's row is the lock (SQLite's transaction is one itself).
    session.exec(select(AuthSession.id).where(col(AuthSession.id) == session_id).with_for_update()).one()
    mine = col(BrowserPhone.session_id) == session_id
    found = session.exec(select(BrowserPhone).where(mine).with_for_update()).first()
    if found is not None:
        if found.member_id == member.id and phone_of(found.account) == phone and found.expires_at > utcnow():
            return found
        end_browser_phones(session, mine)
        session.flush()
    return BrowserPhone(
        session_id=session_id,
        member_id=member.id,
        account=browser_account(phone, secrets.token_hex(BROWSER_DIGITS // 2)),
        password=secrets.token_hex(PASSWORD_BYTES),
    )


def ice_servers(settings: Settings, account: str, now: datetime) -> list[Shown]:
    """Return the STUN and TURN servers. A TURN server's credential is good for an hour.

    It is the HMAC-SHA1 of the user name with the shared secret, as coturn's `use-auth-secret` wants it (the draft
    "A REST API For Access To TURN Services").
    """
    secret = settings.turn_secret.get_secret_value()
    stun = [url for url in settings.ice_servers if urlsplit(url).scheme in ("stun", "stuns")]
    turn = [url for url in settings.ice_servers if url not in stun]
    servers: list[Shown] = [{"urls": stun, "username": None, "credential": None}] if stun else []
    if turn and secret:
        username = f"{int((now + TURN_LIFETIME).timestamp())}:{account}"
        digest = hmac.digest(secret.encode(), username.encode(), "sha1")
        credential = base64.b64encode(digest).decode()
        servers.append({"urls": turn, "username": username, "credential": credential})
    return servers
