"""Who sees which mailboxes, and who changes them.

Users see their own, managers and admins those that they manage. Who shares in one (the members of its department, the
agents of its queue) sees it and hears its messages, but does not change it.
"""

from sqlmodel import and_, col, or_, select

from api.core.errors import Forbidden, NotFound
from api.core.scope import ADMIN_TEAMS, MANAGED_QUEUES, USER, Scope, of_callers_teams
from models import Agent, DepartmentUser, Mailbox, MemberStatus, QueueAgent, Role, TeamUser
from models.mailbox import MailboxKind
from switchroom.ids import parse_id

_KIND, _OWNER = col(Mailbox.kind), col(Mailbox.owner_id)

SHARED_DEPARTMENTS = (
    select(Mailbox.owner_id)
    .join(DepartmentUser, col(DepartmentUser.department_id) == _OWNER)
    .where(MailboxKind.DEPARTMENT.value == _KIND, col(Mailbox.shared), col(DepartmentUser.user_id) == USER)
)
"""The departments whose mailbox the caller shares."""
SHARED_QUEUES = (
    select(Mailbox.owner_id)
    .join(QueueAgent, col(QueueAgent.queue_id) == _OWNER)
    .join(Agent, col(Agent.id) == col(QueueAgent.agent_id))
    .where(MailboxKind.QUEUE.value == _KIND, col(Mailbox.shared), col(Agent.user_id) == USER)
)
"""The queues whose mailbox the caller shares."""
_MEMBERS = select(TeamUser.user_id).where(
    col(TeamUser.team_id) == col(Mailbox.team_id),
    col(TeamUser.role) != Role.GUEST.value,
    col(TeamUser.status) != MemberStatus.DEACTIVATED.value,
)
VISIBLE = of_callers_teams(Mailbox).where(
    or_(MailboxKind.USER.value != _KIND, _OWNER.in_(_MEMBERS)),
    or_(
        col(Mailbox.team_id).in_(ADMIN_TEAMS),
        and_(MailboxKind.USER.value == _KIND, _OWNER == USER),
        and_(MailboxKind.QUEUE.value == _KIND, _OWNER.in_(MANAGED_QUEUES)),
        and_(MailboxKind.DEPARTMENT.value == _KIND, _OWNER.in_(SHARED_DEPARTMENTS)),
        and_(MailboxKind.QUEUE.value == _KIND, _OWNER.in_(SHARED_QUEUES)),
    ),
)
"""All mailboxes that the caller sees."""


def get_visible(scope: Scope, text: str) -> Mailbox:
    """Return one mailbox. Raises NotFound, also for one that the caller does not look after."""
    found = parse_id(text)
    mine = VISIBLE.where(col(Mailbox.id) == found)
    row: Mailbox | None = scope.session.exec(mine, params=scope.values).first() if found else None
    if row is None:
        scope.require_not_suspended(Mailbox, found)
        raise NotFound("mailbox")
    return row


def get_for_change(scope: Scope, text: str) -> Mailbox:
    """Return the same. Raises also Forbidden for who only shares in it."""
    row = get_visible(scope, text)
    own = row.kind == MailboxKind.USER and row.owner_id == scope.user_id
    managed = row.kind == MailboxKind.QUEUE and row.owner_id in scope.managed_queue_ids
    if not (own or managed or scope.is_admin(row.team_id)):
        raise Forbidden("Only an admin of the team, or a manager of the queue, may change this mailbox")
    return row
