"""Who sees which voicemails: users their own, managers their queues', admins the team's. What is in a mailbox that is
shared, its department's members or its queue's agents see as well (`api.telephony.mailboxes.access`).

What a block `record` kept is seen by whoever sees its call. No one sees a deleted one.
"""

from sqlmodel import and_, col, or_

from api.core.errors import NotFound
from api.core.scope import ADMIN_TEAMS, MANAGED_QUEUES, USER, Scope, of_callers_teams
from api.telephony import owner
from api.telephony.call_logs import access as call_logs
from api.telephony.mailboxes.access import SHARED_DEPARTMENTS, SHARED_QUEUES
from api.telephony.owner import by_owner
from models import CallLog, Voicemail
from switchroom.ids import parse_id

_KIND, _MAILBOX = col(Voicemail.mailbox_kind), col(Voicemail.mailbox_id)
VISIBLE = of_callers_teams(Voicemail).where(
    col(Voicemail.deleted_at).is_(None),
    or_(
        col(Voicemail.team_id).in_(ADMIN_TEAMS),
        and_(_KIND == "user", _MAILBOX == USER),
        and_(_KIND == "queue", _MAILBOX.in_(MANAGED_QUEUES)),
        and_(_KIND == "queue", _MAILBOX.in_(SHARED_QUEUES)),
        and_(_KIND == "department", _MAILBOX.in_(SHARED_DEPARTMENTS)),
        and_(_KIND == "call", _MAILBOX.in_(call_logs.VISIBLE.with_only_columns(col(CallLog.id)))),
    ),
)
"""All voicemails that the caller may hear."""


_OF_OWNER = (col(Voicemail.team_id) == owner.TEAM, and_(_KIND == "user", _MAILBOX == owner.USER))
_HEARD = col(Voicemail.read_at).is_not(None)
_READ = {None: VISIBLE, True: VISIBLE.where(_HEARD), False: VISIBLE.where(~_HEARD)}
visible_of = {read: by_owner(mine, *_OF_OWNER) for read, mine in _READ.items()}
"""Whether they were heard (None: all) -> what selects those of them in this team, and in this user's own mailbox."""
messages_of = {
    read: by_owner(mine.where(col(Voicemail.state) != "empty"), *_OF_OWNER) for read, mine in _READ.items()
}
"""The same without the empty ones, in which the caller said nothing."""


def get_visible(scope: Scope, text: str) -> Voicemail:
    """Return one voicemail. Raises NotFound, also for one that the caller may not hear."""
    found = parse_id(text)
    mine = VISIBLE.where(col(Voicemail.id) == found)
    row: Voicemail | None = scope.session.exec(mine, params=scope.values).first() if found else None
    if row is None:
        scope.require_not_suspended(Voicemail, found)
        raise NotFound("voicemail")
    return row
