"""What a team may dial in the telephone network. An operator opens it (`switchroom outbound`), a team narrows it."""

from dataclasses import asdict
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from api.accounts.audit import Actor, record
from api.conventions.body import apply
from api.telephony.live_views import Live
from api.telephony.outbound.schemas import OutboundNarrow
from models import DecidedBy, OutboundLimits, Team, outbound_limits
from models.outbox import emit_command
from routing.outbound.policy import OutboundPolicy
from routing.persistence.rows import outbound_policy
from switchroom.ids import public_id
from switchroom.messages.commands import ReloadConfig
from switchroom.messages.live import LiveOutbound
from switchroom.settings import Settings

LIMITS = tuple(OutboundNarrow.model_fields)
SHOWN = (
    *("open", "countries", "only", "classes"),
    *("team_per_day", "member_per_day", "number_per_day", "destination_per_day"),
    *("team_at_once", "member_at_once"),
    *("team_minutes_per_day", "member_minutes_per_day", "team_money_per_day", "member_money_per_day"),
    "prices",
)


def policy_of(session: Session, settings: Settings, team_id: str) -> OutboundPolicy:
    """Return what the team may dial."""
    limits = outbound_limits(session, team_id)
    return outbound_policy(settings, limits.get(DecidedBy.OPERATOR), limits.get(DecidedBy.TEAM))


def decide(session: Session, actor: Actor, team_id: str, by: DecidedBy, changes: dict[str, Any]) -> None:
    """Write what an operator or a team decided, also into the audit log. The engine loads it after the commit."""
    row = outbound_limits(session, team_id).get(by)
    session.add(apply(row or OutboundLimits(team_id=team_id, decided_by=by.value), changes))
    said = {name: value for name, value in changes.items() if value is not None}
    record(session, actor, f"outbound calls: {by} decided", team_id, team_id=team_id, **said)
    emit_command(session, ReloadConfig(kind="team", id=team_id))


def show(session: Session, settings: Settings, live: Live, team: Team) -> dict[str, Any]:
    """Show what the team may dial, and what it dialled today. Raises Unavailable while Redis is away."""
    policy = asdict(policy_of(session, settings, team.id))
    own = outbound_limits(session, team.id).get(DecidedBy.TEAM)
    used = live.outbound(team.id)
    today = datetime.now(ZoneInfo(team.timezone)).date().isoformat()
    if used is None or used.day != today:
        used = LiveOutbound(outbound=team.id, day=today, calls=0)
    by_member = {
        name: {public_id(member): count for member, count in getattr(used, name).items()}
        for name in ("members", "member_minutes", "member_money")
    }
    return {
        "team": public_id(team.id),
        **{name: policy[name] for name in SHOWN},
        "narrowed": {name: getattr(own, name, None) for name in LIMITS},
        "today": {**used.model_dump(exclude={"outbound", "day"}), **by_member},
    }
