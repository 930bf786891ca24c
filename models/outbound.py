"""What teams may dial in the telephone network, as an operator and the team itself decided."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any

from sqlalchemy import UniqueConstraint, or_
from sqlmodel import Field, Session, col, select

from models.base import ChangingRow, Json, json_field


class DecidedBy(StrEnum):
    OPERATOR = "operator"
    """Opens and sets limits."""
    TEAM = "team"
    """Narrows what the operator allows."""


class OutboundLimits(ChangingRow, table=True):
    """One layer of a team's limits: those of `routing.outbound.policy.Limits`. None: as the layer above says."""

    __tablename__ = "outbound_limits"
    __table_args__ = (UniqueConstraint("team_id", "decided_by"),)

    team_id: str = Field(foreign_key="teams.id", max_length=32, ondelete="CASCADE")
    decided_by: str = Field(max_length=10)
    open: bool | None = None
    countries: list[Any] | None = Field(default=None, sa_type=Json, nullable=True)
    classes: list[Any] | None = Field(default=None, sa_type=Json, nullable=True)
    team_per_day: int | None = None
    member_per_day: int | None = None
    number_per_day: int | None = None
    destination_per_day: int | None = None
    team_at_once: int | None = None
    member_at_once: int | None = None
    team_minutes_per_day: int | None = None
    member_minutes_per_day: int | None = None
    team_money_per_day: int | None = None
    member_money_per_day: int | None = None


class TrunkRule(ChangingRow, table=True):
    """Over which trunks calls go out. An operator writes it.

    It holds for the calls of `team_id` (None: of every team) that show `number` (E.164; empty: any) and ring a number
    that begins with `prefix` (E.164; empty: any). `trunks` are names of `switchroom.settings.Settings.trunks`, best
    first.
    """

    __tablename__ = "trunk_rules"

    team_id: str | None = Field(
        default=None, foreign_key="teams.id", index=True, max_length=32, ondelete="CASCADE"
    )
    number: str = Field(default="", max_length=20)
    prefix: str = Field(default="", max_length=20)
    trunks: list[str] = json_field(list)


def by_rank(rules: Iterable[TrunkRule]) -> list[TrunkRule]:
    """Return the rules in the order in which they are asked: those for a number first, then those for a team, and of
    these the longest prefix."""
    return sorted(rules, key=lambda it: (not it.number, it.team_id is None, -len(it.prefix), it.number))


def trunk_rules(session: Session, teams: Sequence[str]) -> dict[str, list[TrunkRule]]:
    """Return the rules of each of the teams, those of every team among them, in the order in which they are asked."""
    wanted = select(TrunkRule)
    if len(teams) == 1:
        wanted = wanted.where(or_(col(TrunkRule.team_id).is_(None), col(TrunkRule.team_id) == teams[0]))
    rows = by_rank(session.exec(wanted))
    return {team: [row for row in rows if row.team_id in (None, team)] for team in teams}


def outbound_limits(session: Session, team_id: str) -> dict[str, OutboundLimits]:
    """Return the layers of a team, by who decided."""
    rows = session.exec(select(OutboundLimits).where(col(OutboundLimits.team_id) == team_id))
    return {row.decided_by: row for row in rows}
