"""Missed calls: the users whose phones rang for a call that nobody answered are told."""

from collections.abc import Sequence

from sqlalchemy import BindParameter, bindparam
from sqlmodel import Session, col, select

from models import Agent, WorkspaceEventType
from models.telling import tell
from switchroom.messages.records import CallRecord, LegRecord

_IDS: BindParameter[list[str]] = bindparam("ids", expanding=True)
_AGENTS = select(Agent.id, Agent.team_id, Agent.user_id).where(col(Agent.id).in_(_IDS))


def tell_of_missed_calls(db: Session, calls: Sequence[CallRecord]) -> None:
    """Tell the users of each missed call, in the caller's transaction."""
    missed = [(call, agents) for call in calls if (agents := _missed_by(call))]
    if not missed:
        return
    ids = list({agent for _, agents in missed for agent in agents})
    known = {id: (team, user) for id, team, user in db.exec(_AGENTS, params={"ids": ids})}
    for call, agents in missed:
        users = [known[agent][1] for agent in agents if agent in known and known[agent][0] == call.team]
        if call.team and users:
            who = call.caller_name or call.caller or "Someone"
            users = list(dict.fromkeys(users))
            tell(db, call.team, users, WorkspaceEventType.MISSED_CALL, "Missed call", who, call_id=call.id)


def _missed_by(call: CallRecord) -> list[str]:
    """Return the agents who missed the call. Of calls to a queue, its managers know: no single agent missed them."""
    if any(leg.get("outcome") == "answered" for leg in call.legs):
        return []
    return [leg["agent"] or "" for leg in call.legs if _rang_directly(leg)]


def _rang_directly(leg: LegRecord) -> bool:
    return bool(leg.get("agent")) and leg.get("queue") is None and leg.get("rang_at") is not None
