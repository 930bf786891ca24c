"""Over which trunks calls go out to the telephone network. Operators write the rules (`switchroom trunks`)."""

import re
from collections.abc import Sequence

from sqlmodel import Session, col, select

from api.accounts.audit import Actor, record
from api.core.errors import NotFound, ValidationFailed
from models import DidNumber, Team, TrunkRule, by_rank
from models.outbox import emit_command
from switchroom.messages.commands import ReloadConfig
from switchroom.settings import Settings

MOST_TRUNKS = 10
"""A caller would not wait for more."""
_PREFIX = re.compile(r"\+[1-9][0-9]{0,14}")


def list_rules(session: Session) -> list[TrunkRule]:
    """Return all rules in the order in which they are asked."""
    return by_rank(session.exec(select(TrunkRule)).all())


def set_rule(
    session: Session,
    settings: Settings,
    actor: Actor,
    trunks: Sequence[str],
    *,
    team: str | None = None,
    number: str = "",
    prefix: str = "",
) -> TrunkRule:
    """Let the calls of `team` (its id; None: of every team) that show `number` and ring a number that begins with
    `prefix` go over these trunks, best first. What was said of them before is replaced. Raises ValidationFailed."""
    _check(session, settings, trunks, team, number, prefix)
    rule = _find(session, team, number, prefix) or TrunkRule(team_id=team, number=number, prefix=prefix)
    rule.trunks = list(trunks)
    session.add(rule)
    _changed(session, actor, "trunks chosen", rule)
    return rule


def remove_rule(
    session: Session, actor: Actor, *, team: str | None = None, number: str = "", prefix: str = ""
) -> None:
    """Remove the rule. Raises NotFound."""
    rule = _find(session, team, number, prefix)
    if rule is None:
        raise NotFound("rule about trunks")
    session.delete(rule)
    _changed(session, actor, "choice of trunks removed", rule)


def _check(
    session: Session, settings: Settings, trunks: Sequence[str], team: str | None, number: str, prefix: str
) -> None:
    wrong: dict[str, str] = {}
    unknown = [trunk for trunk in trunks if trunk not in settings.ways_out]
    if not trunks or len(trunks) > MOST_TRUNKS or len(set(trunks)) < len(trunks):
        wrong["trunks"] = f"1 to {MOST_TRUNKS} names, each once"
    elif unknown:
        known = ", ".join(settings.ways_out) or "none"
        wrong["trunks"] = f"No trunk with a host is named {unknown[0]}. There are: {known}"
    if prefix and not _PREFIX.fullmatch(prefix):
        wrong["prefix"] = "The beginning of a number with its country: + and 1 to 15 digits"
    if number:
        owner = session.exec(select(DidNumber).where(col(DidNumber.e164) == number)).first()
        if owner is None or team not in (None, owner.team_id):
            wrong["number"] = "No such number of the team" if team else "No team has this number"
    if wrong:
        raise ValidationFailed(wrong)


def _find(session: Session, team: str | None, number: str, prefix: str) -> TrunkRule | None:
    same = (col(TrunkRule.number) == number, col(TrunkRule.prefix) == prefix)
    return session.exec(select(TrunkRule).where(col(TrunkRule.team_id) == team, *same)).first()


def _changed(session: Session, actor: Actor, action: str, rule: TrunkRule) -> None:
    """Write it down, and let the engine load the rules again."""
    about = {"number": rule.number, "prefix": rule.prefix, "trunks": list(rule.trunks)}
    record(session, actor, action, rule.team_id, team_id=rule.team_id, **about)
    teams = [rule.team_id] if rule.team_id else session.exec(select(Team.id)).all()
    for team in teams:
        emit_command(session, ReloadConfig(kind="team", id=team))
    session.flush()
