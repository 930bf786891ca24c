"""What the engine reads of mailboxes while a caller waits: messages, PINs, where audio lies, and counts for lights."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import case
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, func, select

from models import Mailbox, MailboxKind, MemberStatus, Role, TeamUser, Voicemail
from models.mailbox import hearers, mailbox_of
from models.stored_file import ON_S3, PLAYED
from routing.events import StoredMessage

MOST_MESSAGES = 200
"""Messages that are read out to a caller: all that are new, up to this many, then the newest of the others."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the audio of a voicemail is: on S3, or still on the disk of a node."""

    s3_key: str | None
    node: str
    file: str


@dataclass(frozen=True, slots=True)
class Light:
    """What the lamp of a telephone shows: how many messages there are, and how many of them were not heard."""

    new: int = 0
    old: int = 0


def messages(db: Session, team: str, kind: str, owner: str) -> tuple[StoredMessage, ...]:
    """Return what can be heard in a mailbox: what was not heard, then the rest, each the oldest first."""
    heard = col(Voicemail.read_at).is_not(None)
    mine = (
        select(Voicemail)
        .where(Voicemail.team_id == team, Voicemail.mailbox_kind == kind, Voicemail.mailbox_id == owner)
        .where(
            col(Voicemail.deleted_at).is_(None), col(Voicemail.state).in_((*PLAYED, "pending", "uploading"))
        )
        .order_by(heard, col(Voicemail.created_at).desc())
        .limit(MOST_MESSAGES)
    )
    found = [
        StoredMessage(row.id, row.caller, row.created_at.timestamp(), row.read_at is not None)
        for row in db.exec(mine)
    ]
    return tuple(sorted(found, key=lambda it: (it.heard, it.created_at, it.id)))


def pin_of(db: Session, team: str, kind: str, owner: str, user: str) -> tuple[str | None, bool]:
    """Return the hash of a mailbox's PIN (None: it has none), and whether this user may open it with the PIN.

    A user's mailbox is opened by whoever knows the PIN, any other one by those who look after it, from their phones.
    """
    row = mailbox_of(db, team, kind, owner)
    if row is None:
        return None, False
    if kind == MailboxKind.USER:
        return row.pin_hash, True
    admins = select(TeamUser.user_id).where(
        TeamUser.team_id == team,
        TeamUser.role == Role.ADMIN.value,
        TeamUser.status == MemberStatus.ACTIVE.value,
    )
    known = {*hearers(db, team, kind, owner, shared=row.shared), *db.exec(admins)}
    return row.pin_hash, user in known


def numbers_of(db: Session, team: str, kind: str, owner: str) -> tuple[str | None, ...]:
    """Return the numbers by which a mailbox is reached: no PIN may be one of them."""
    row = mailbox_of(db, team, kind, owner)
    mine = select(TeamUser.extension).where(TeamUser.team_id == team, TeamUser.user_id == owner)
    extension = db.exec(mine).first() if kind == MailboxKind.USER else None
    return (None if row is None else row.number), extension


def place_of(db: Session, voicemail: str) -> Place | None:
    """Return where the audio of a voicemail is; None: it is gone. One that proved to be empty is played to who was
    told of it before."""
    row = db.get(Voicemail, voicemail)
    if row is None or row.deleted_at is not None or row.state == "deleted":
        return None
    return Place(row.s3_key if row.state in ON_S3 else None, row.node, row.file)


# -- the lights of telephones --------------------------------------------------------------------------------------


def phones_of(db: Session, team: str, kind: str, owner: str) -> list[str]:
    """Return the SIP accounts whose lamps a mailbox lights, or lit before its settings changed."""
    row = mailbox_of(db, team, kind, owner)
    if row is None:
        return []
    users = hearers(db, team, kind, owner, shared=True)
    return _phones(db, team, users)


def _phones(db: Session, team: str, users: Collection[str]) -> list[str]:
    mine = select(TeamUser.sip_username).where(
        TeamUser.team_id == team, col(TeamUser.user_id).in_(users), col(TeamUser.sip_username).is_not(None)
    )
    return [phone for phone in db.exec(mine) if phone]


def lights(db: Session, phones: Iterable[str]) -> dict[str, Light]:
    """Return what the lamps of these SIP accounts show. An account that is no member's is left out."""
    named = select(TeamUser.sip_username, TeamUser.team_id, TeamUser.user_id).where(
        col(TeamUser.sip_username).in_(list(phones)), TeamUser.status == MemberStatus.ACTIVE.value
    )
    owners = {str(phone): (team, user) for phone, team, user in db.exec(named)}
    teams = {team for team, _ in owners.values()}
    boxes = db.exec(select(Mailbox).where(col(Mailbox.team_id).in_(teams), col(Mailbox.light))).all()
    own = {(box.team_id, box.owner_id): box for box in boxes if box.kind == MailboxKind.USER}
    shared = [
        (box, set(hearers(db, box.team_id, box.kind, box.owner_id, shared=box.shared)))
        for box in boxes
        if box.kind != MailboxKind.USER
    ]
    shown = {
        phone: [
            *([own[team, user]] if (team, user) in own else ()),
            *(box for box, users in shared if box.team_id == team and user in users),
        ]
        for phone, (team, user) in owners.items()
    }
    counts = _counts(db, [box for boxes in shown.values() for box in boxes])
    return {
        phone: Light(
            sum(counts.get((box.team_id, box.kind, box.owner_id), Light()).new for box in boxes),
            sum(counts.get((box.team_id, box.kind, box.owner_id), Light()).old for box in boxes),
        )
        for phone, boxes in shown.items()
    }


def _counts(db: Session, boxes: Collection[Mailbox]) -> dict[tuple[str, str, str], Light]:
    """Return how many messages of each mailbox were announced, and can be heard."""
    if not boxes:
        return {}
    team, kind, owner = col(Voicemail.team_id), col(Voicemail.mailbox_kind), col(Voicemail.mailbox_id)
    new = func.sum(case((col(Voicemail.read_at).is_(None), 1), else_=0))
    counted = (
        sa_select(team, kind, owner, func.count(), new)
        .where(
            owner.in_({box.owner_id for box in boxes}),
            col(Voicemail.deleted_at).is_(None),
            col(Voicemail.announced_at).is_not(None),
            col(Voicemail.state).in_(PLAYED),
        )
        .group_by(team, kind, owner)
    )
    return {
        (str(of), str(what), str(whose)): Light(int(unread or 0), int(all_) - int(unread or 0))
        for of, what, whose, all_, unread in db.execute(counted)
    }
