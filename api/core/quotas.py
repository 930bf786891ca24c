"""How much a team may have: its own quotas, else those of the settings."""

from collections.abc import Mapping
from typing import Literal, get_args

from sqlmodel import Session, col, func, select

from api.core.context import Context
from api.core.errors import Conflict, Forbidden
from models import DidNumber, MemberStatus, PromptKind, Queue, Role, Team, TeamUser, UploadedPrompt
from models.file import stored_bytes
from models.inbox_file import inbox_bytes
from models.uploaded_prompt import prompt_bytes
from switchroom.settings import Settings

MEGABYTE = 1024 * 1024

Kind = Literal[
    "members", "guests", "queues", "numbers", "prompts", "mails_a_day", "calls", "messages_a_day", "megabytes"
]
KINDS: tuple[Kind, ...] = get_args(Kind)


def quota(settings: Settings, team: Team, kind: Kind) -> int:
    """Return how many the team may have."""
    return quota_of(settings, team.quotas, kind)


def quota_of(settings: Settings, quotas: Mapping[str, int], kind: Kind) -> int:
    """Return the same for a team with these limits of its own (`Team.quotas`)."""
    own = quotas.get(kind)
    return int(getattr(settings, f"quota_{kind}")) if own is None else own


def require_room(session: Session, settings: Settings, team_id: str, kind: Kind) -> None:
    """Raise Conflict, which names the quota, if the team has more of these than it may.

    Call it after adding one. The team's row is locked, so that two requests cannot both take the last place.
    """
    team = _locked(session, team_id)
    people = select(func.count(col(TeamUser.id))).where(
        col(TeamUser.team_id) == team_id, col(TeamUser.status) != MemberStatus.DEACTIVATED.value
    )
    counted = {
        "members": people.where(col(TeamUser.role) != Role.GUEST.value),
        "guests": people.where(col(TeamUser.role) == Role.GUEST.value),
        "queues": select(func.count(col(Queue.id))).where(col(Queue.team_id) == team_id),
        "numbers": select(func.count(col(DidNumber.id))).where(col(DidNumber.team_id) == team_id),
        "prompts": select(func.count(col(UploadedPrompt.id))).where(
            col(UploadedPrompt.team_id) == team_id, col(UploadedPrompt.kind) != PromptKind.GREETING.value
        ),
    }[kind]
    _refuse_above(quota(settings, team, kind), kind, session.exec(counted).one())


def require_storage(session: Session, settings: Settings, team_id: str) -> None:
    """Raise Conflict, which names the quota, if all files of the team are larger than they may be.

    Call it after adding one. The team's row is locked, so that two uploads cannot both take the last room.
    """
    limit = quota(settings, _locked(session, team_id), "megabytes")
    has = sum(count(session, team_id) for count in (stored_bytes, prompt_bytes, inbox_bytes))
    _refuse_above(limit, "megabytes", has / MEGABYTE)


def _locked(session: Session, team_id: str) -> Team:
    return session.exec(select(Team).where(Team.id == team_id).with_for_update(key_share=True)).one()


def _refuse_above(limit: int, kind: Kind, has: float) -> None:
    if has > limit:
        raise Conflict(
            f"The team may have {limit} {kind}. An operator raises the limit", quota=kind, limit=limit
        )


def count_mail(context: Context, team: Team) -> None:
    """Raise RateLimited if the team has mailed as many people today as it may, and Forbidden if it may mail nobody."""
    _count_today(context, team.id, team.quotas, "mails_a_day", "mail nobody")


def count_message(context: Context, team_id: str, quotas: Mapping[str, int]) -> None:
    """Raise RateLimited if the team has sent as many messages today as it may, and Forbidden if it may send none.

    `quotas`: the team's own limits.
    """
    _count_today(context, team_id, quotas, "messages_a_day", "send no messages")


def _count_today(context: Context, team_id: str, quotas: Mapping[str, int], kind: Kind, nothing: str) -> None:
    limit = quota_of(context.settings, quotas, kind)
    if limit == 0:
        raise Forbidden(f"The team may {nothing}. An operator raises the limit ({kind})")
    context.limiter.hit(f"{limit} per day", kind.removesuffix("_a_day"), team_id)
