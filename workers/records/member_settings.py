"""What members changed by phone becomes part of their memberships."""

from typing import Any

from sqlmodel import Session

from models import TeamUser
from models.outbox import emit_command, emit_event
from models.shown import shown
from switchroom.messages.commands import ReloadConfig
from switchroom.messages.events import to_team
from switchroom.messages.records import SettingsRecord

SHOWN = {
    "id": "user_id",
    "user": "user_id",
    "teamUserId": "id",
    "team": "team_id",
    "forward": "forward",
    "forward_number": "forward_number",
    "forward_busy": "forward_busy",
    "forward_no_answer": "forward_no_answer",
    "forward_unregistered": "forward_unregistered",
    "do_not_disturb": "do_not_disturb",
}
"""Public name -> column."""


def change_settings(db: Session, record: SettingsRecord) -> bool:
    """Write the changes and tell clients and the engine. Return whether something changed: a record that is delivered
    twice changes nothing, and neither does one of a membership that is gone."""
    member = db.get(TeamUser, record.member)
    if member is None or member.team_id != record.team:
        return False
    wanted = _columns(record)
    previous = {name: getattr(member, name) for name in wanted}
    if previous == wanted:
        return False
    for name, value in wanted.items():
        setattr(member, name, value)
    db.flush()
    audience = to_team(member.team_id)
    emit_event(db, "teamuser", "updated", member.user_id, shown(member, SHOWN), audience, previous=previous)
    emit_command(db, ReloadConfig(kind="user", id=member.id))
    return True


def _columns(record: SettingsRecord) -> dict[str, Any]:
    """Return the columns that change. To end forwarding keeps its number, for the next time."""
    told = record.changes.model_dump(exclude_unset=True, exclude_none=True)
    always = told.pop("forward", None)
    columns = {name: value if name == "do_not_disturb" else value or None for name, value in told.items()}
    if always is not None:
        columns["forward"] = bool(always)
    return {**columns, "forward_number": always} if always else columns
