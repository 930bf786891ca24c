"""What is done with teams."""

import re
import secrets
import unicodedata
from typing import Any

from sqlmodel import Session, col, func, select

from api.accounts.auth.proofs import is_verified
from api.accounts.teams import attendant
from api.accounts.teams.members import add_member, forget_accounts
from api.accounts.teams.places import state_code, zone_of
from api.accounts.teams.schemas import NewTeam
from api.conventions.body import apply
from api.conventions.names import is_taken
from api.core.errors import Conflict, Forbidden, ValidationFailed
from api.core.quotas import quota
from api.core.scope import Scope
from models import (
    CallRoute,
    DidNumber,
    InventoryNumber,
    MemberStatus,
    PromptKind,
    Role,
    Team,
    TeamUser,
    UploadedPrompt,
    User,
)
from models.number_inventory import Criteria, LocalPool
from models.outbox import emit_command
from switchroom.ids import parse_id
from switchroom.messages.commands import ReloadConfig
from switchroom.numbers import country_code, is_reserved
from switchroom.settings import Settings

TAKEN = "Team Name is already taken"


def check_name_free(session: Session, name: str, *, except_id: str | None = None) -> None:
    """Raise ValidationFailed, in the document's words, if another team has this name."""
    if is_taken(session, Team.team_name, name, col(Team.id) != (except_id or "")):
        raise ValidationFailed({"team_name": TAKEN})


def require_may_create(session: Session, user: User, settings: Settings) -> None:
    """Raise Forbidden if this user makes no teams: their address is not verified, or only operators do.

    Raise Conflict if they own as many as a user may. Each team has quotas and caps of its own.
    """
    if settings.sign_up != "open" and not user.operator:
        raise Forbidden("Only an operator makes teams here (SWITCHROOM_SIGNUP)")
    if not is_verified(user, settings):
        raise Forbidden(
            "Verify your e-mail address first; POST /auth/resend-verification mails the link again"
        )
    owned = session.exec(select(func.count(col(Team.id))).where(col(Team.owner_id) == user.id)).one()
    if owned >= settings.quota_teams and not user.operator:
        raise Conflict(
            f"A user may own {settings.quota_teams} teams", quota="teams", limit=settings.quota_teams
        )


def create_team(session: Session, settings: Settings, owner: User, body: NewTeam) -> Team:
    """Create a team: its owner is an admin, it has an auto-attendant and, if the inventory has one, a main number.

    A team that may have no numbers gets none.
    """
    check_name_free(session, body.team_name)
    country, state = _place(body.country, body.state)
    team = Team(
        team_name=body.team_name,
        slug=_free_slug(session, body.team_name),
        owner_id=owner.id,
        country=body.country,
        state=body.state,
        city=body.city,
        ref=body.ref,
        timezone=zone_of(country, state, body.city),
        language=attendant.language_of(country),
        billing_id=_short_id(session, Team.billing_id),
        number=_short_id(session, Team.number),
    )
    session.add(team)
    session.flush()
    emit_command(session, ReloadConfig(kind="team", id=team.id))
    add_member(session, team, owner, Role.ADMIN, MemberStatus.ACTIVE)
    route = attendant.generate(session, team)
    if quota(settings, team, "numbers") > 0:
        _allot_main_number(session, team, route, country, state)
    return team


def change_team(scope: Scope, team: Team, changes: dict[str, Any]) -> None:
    """Assign what an admin changes. A new place does not change the time zone unless that is sent too."""
    session = scope.session
    if "team_name" in changes:
        check_name_free(session, changes["team_name"], except_id=team.id)
    if "slug" in changes:
        same = select(Team.id).where(col(Team.slug) == changes["slug"], col(Team.id) != team.id)
        if session.exec(same).first() is not None:
            raise ValidationFailed({"slug": "Slug is already taken"})
    if changes.get("country"):
        _place(changes["country"], "")
        _check_extensions(session, team, changes["country"])
    if changes.get("country", team.country) != team.country:
        forget_accounts(session, team.id)
    music = changes.get("hold_music", "")
    if parse_id(music) and music != team.hold_music:
        ours = (UploadedPrompt.id == music, UploadedPrompt.team_id == team.id)
        if session.exec(select(UploadedPrompt.kind).where(*ours)).first() != PromptKind.MUSIC:
            raise ValidationFailed({"hold_music": "No such music in this team"})
    before = attendant.document(team)
    apply(team, changes)
    emit_command(session, ReloadConfig(kind="team", id=team.id))
    attendant.follow(session, team, before)


def _check_extensions(session: Session, team: Team, country: str) -> None:
    """Raise ValidationFailed if a member's extension is an emergency number of the country."""
    code = country_code(country)
    used = session.exec(select(TeamUser.extension).where(col(TeamUser.team_id) == team.id))
    reserved = sorted(extension for extension in used if extension and is_reserved(extension, code))
    if reserved and code != country_code(team.country):
        problem = f"Members have extensions that are emergency numbers there: {', '.join(reserved)}"
        raise ValidationFailed({"country": problem})


def member_ids(session: Session, team: Team) -> list[str]:
    """Return the ids of the team's active users, oldest membership first."""
    active = select(TeamUser.user_id).where(
        col(TeamUser.team_id) == team.id,
        col(TeamUser.status) == MemberStatus.ACTIVE.value,
        col(TeamUser.role) != Role.GUEST.value,
    )
    return list(session.exec(active.order_by(col(TeamUser.id))))


def _place(country: str, state: str) -> tuple[str, str]:
    if not country:
        return "", ""
    code = country_code(country)
    if not code:
        raise ValidationFailed({"country": "No such country"})
    return code, state_code(code, state)


def _free_slug(session: Session, name: str) -> str:
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "-", ascii_name).strip("-")[:80] or "team"
    slug = base
    while session.exec(select(Team.id).where(col(Team.slug) == slug)).first() is not None:
        slug = f"{base}-{secrets.token_hex(3)}"
    return slug


def _short_id(session: Session, column: Any) -> int:
    """Return a random six-digit id that no team has. It has seven digits and more once they become scarce."""
    size = 10**6
    while True:
        for _ in range(20):
            value = size // 10 + secrets.randbelow(size - size // 10)
            if session.exec(select(Team.id).where(column == value)).first() is None:
                return value
        size *= 10


def _allot_main_number(session: Session, team: Team, route: CallRoute, country: str, state: str) -> None:
    """Give the team a number of its city, else its state, else its country; none if the inventory has none."""
    found = _buy(session, country, state, team.city) if country else None
    if found is None:
        return
    number = DidNumber(
        team_id=team.id,
        e164=found.e164,
        name="Main line",
        route_id=route.id,
        country=found.country,
        state=found.state,
        city=found.city,
        area_code=found.area_code,
    )
    session.add(number)
    session.flush()
    team.main_number = found.e164
    emit_command(session, ReloadConfig(kind="number", id=number.id))


def _buy(session: Session, country: str, state: str, city: str) -> InventoryNumber | None:
    pool = LocalPool()
    near = [Criteria(country=country, state=state, city=city)] if city else []
    near += [Criteria(country=country, state=state)] if state else []
    for criteria in (*near, Criteria(country=country)):
        found = pool.buy(session, criteria)
        if found is not None:
            return found
    return None
