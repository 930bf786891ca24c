"""Links for desk phones: made by admins and by members for their own phones, used once."""

import secrets
from datetime import timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

from sqlmodel import Session, col, select

from api.accounts.provisioning.phone_files import FILES, Account, Transport, Vendor, written
from api.core.errors import Conflict, NotFound
from api.core.passwords import digest
from models import MemberStatus, ProvisioningLink, Team, TeamUser, User, utcnow
from switchroom.settings import Settings

LIFETIME = timedelta(days=1)
AGAIN = timedelta(minutes=10)
"""How long after the first time a phone may fetch its configuration again: it restarts in between."""


def make_link(
    session: Session, settings: Settings, member: TeamUser, vendor: Vendor
) -> tuple[ProvisioningLink, str]:
    """Return the link and its URL, which has the token. Raises Conflict for a member without a SIP account, and where
    the password would be sent without encryption."""
    if member.sip_username is None or member.status != MemberStatus.ACTIVE.value:
        raise Conflict("The member has no SIP account")
    base = urlsplit(settings.public_url)
    if base.scheme != "https" and not _is_this_machine(base.hostname or ""):
        raise Conflict(
            "Phones fetch their password by https only: set SWITCHROOM_PUBLIC_URL to an https address"
        )
    token = secrets.token_urlsafe(32)
    link = ProvisioningLink(
        member_id=member.id, vendor=vendor.value, token_hash=digest(token), expires_at=utcnow() + LIFETIME
    )
    session.add(link)
    session.flush()
    return link, f"{settings.public_url.rstrip('/')}/provision/{token}/{FILES[vendor].first}"


def fetch(session: Session, settings: Settings, token: str, filename: str) -> tuple[str, str]:
    """Return the text and the media type of a phone's file. Raises NotFound, also for a link that was used."""
    now = utcnow()
    link = session.exec(
        select(ProvisioningLink).where(ProvisioningLink.token_hash == digest(token)).with_for_update()
    ).first()
    if link is None or link.expires_at <= now or (link.fetched_at and link.fetched_at + AGAIN <= now):
        raise NotFound("configuration")
    account = _account(session, settings, link.member_id)
    vendor = Vendor(link.vendor)
    found = None if account is None else written(vendor, filename, account)
    if found is None:
        raise NotFound("configuration")
    text, has_password = found
    if has_password and link.fetched_at is None:
        link.fetched_at = now
        session.add(link)
    return text, FILES[vendor].media_type


def _account(session: Session, settings: Settings, member_id: str) -> Account | None:
    row = session.exec(
        select(TeamUser, User)
        .join(User, col(User.id) == col(TeamUser.user_id))
        .join(Team, col(Team.id) == col(TeamUser.team_id))
        .where(
            col(TeamUser.id) == member_id,
            col(TeamUser.status) == MemberStatus.ACTIVE.value,
            col(Team.suspended_at).is_(None),
        )
    ).first()
    if row is None:
        return None
    member, user = row
    if member.sip_username is None or member.extension_secret is None:
        return None
    tls = settings.sip_tls_port > 0
    return Account(
        username=member.sip_username,
        secret=member.extension_secret,
        host=settings.sip_host,
        port=settings.sip_tls_port or settings.sip_port,
        transport=Transport.TLS if tls else Transport.UDP,
        extension=member.extension or "",
        name=f"{user.first_name} {user.last_name}".strip() or user.email,
        srtp=tls and settings.sip_srtp == "required",
    )


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
