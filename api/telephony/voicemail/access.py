"""Who sees which voicemails: users their own, managers their queues', admins the team's.

What a block `record` kept is seen by whoever sees its call. No one sees a deleted one.
"""

from sqlmodel import and_, col, or_
from sqlmodel.sql.expression import SelectOfScalar

from api.core.errors import NotFound
from api.core.scope import Scope
from api.telephony.call_logs import access as call_logs
from api.telephony.owner import Owner
from models import CallLog, Voicemail
from switchroom.ids import parse_id


def visible(scope: Scope) -> SelectOfScalar[Voicemail]:
    """Select all voicemails that the caller may hear."""
    kind, mailbox = col(Voicemail.mailbox_kind), col(Voicemail.mailbox_id)
    return scope.select(Voicemail).where(
        col(Voicemail.deleted_at).is_(None),
        or_(
            col(Voicemail.team_id).in_(scope.admin_team_ids),
            and_(kind == "user", mailbox == scope.user_id),
            and_(kind == "queue", mailbox.in_(scope.managed_queue_ids)),
            and_(kind == "call", mailbox.in_(call_logs.visible(scope).with_only_columns(col(CallLog.id)))),
        ),
    )


def visible_of(scope: Scope, owner: Owner) -> SelectOfScalar[Voicemail]:
    """Select those of them in this team, and in this user's own mailbox."""
    query = visible(scope)
    if (team_id := owner.team()) is not None:
        query = query.where(col(Voicemail.team_id) == team_id)
    if (user_id := owner.user()) is not None:
        query = query.where(col(Voicemail.mailbox_kind) == "user", col(Voicemail.mailbox_id) == user_id)
    return query


def get_visible(scope: Scope, text: str) -> Voicemail:
    """Return one voicemail. Raises NotFound, also for one that the caller may not hear."""
    found = parse_id(text)
    row = scope.session.exec(visible(scope).where(col(Voicemail.id) == found)).first() if found else None
    if row is None:
        raise NotFound("voicemail")
    return row
