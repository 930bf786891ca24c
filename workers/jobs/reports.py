"""Statistics by mail: the schedules that are due, and the file that goes with each mail.

A mail names what its file shows: so the file is made when the mail is sent, and a second try makes the same one.
"""

import logging
from datetime import timedelta
from email.message import EmailMessage
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from analysis.reports import files
from analysis.reports.intervals import Interval, Period, TooMuch, Whole, last_whole, next_time
from analysis.reports.report import By, Of, report
from models import (
    MemberStatus,
    Outbox,
    OutboxKind,
    ReportSchedule,
    Role,
    Team,
    TeamUser,
    User,
    UserStatus,
    utcnow,
)
from switchroom.database import session
from switchroom.messages.outbox import Mail, MailedReport
from switchroom.settings import Settings
from workers.resources import get_resources

logger = logging.getLogger(__name__)

MOST = 1000
"""Schedules that one run looks at."""


def send_due_reports() -> None:
    """Job, every few minutes: write the mails of the schedules that are due. Each in its own transaction, once."""
    resources = get_resources()
    with session(resources.engine, readonly=True) as db:
        due = select(ReportSchedule.id).where(
            col(ReportSchedule.active).is_(True), ReportSchedule.next_at <= utcnow()
        )
        ids = db.exec(due.order_by(col(ReportSchedule.next_at)).limit(MOST)).all()
    for id in ids:
        with session(resources.engine) as db:
            row = db.get(ReportSchedule, id, with_for_update=True)
            if row is not None and row.active and row.next_at <= utcnow():
                write_mails(db, resources.settings, row)


def write_mails(db: Session, settings: Settings, row: ReportSchedule) -> None:
    """Write a mail to each receiver who is a member still, and say when the next one is due.

    After an absence of the workers only the last whole period is mailed.
    """
    team, now = db.get_one(Team, row.team_id), utcnow()
    zone, whole = ZoneInfo(team.timezone), Whole(row.period)
    row.next_at = next_time(whole, row.hour, now, zone)
    db.add(row)
    if team.suspended_at is not None:
        return
    asked = last_whole(whole, now, zone)
    mailed = MailedReport(
        team=team.id,
        name=row.name,
        of=row.of,
        by=row.by,
        interval=row.interval,
        start=asked.start,
        end=asked.end,
        figures=row.figures,
        queues=row.queues,
        format=row.format,
    )
    first, last = (at.astimezone(zone).date() for at in (asked.start, asked.end - timedelta(hours=1)))
    days = str(first) if whole is Whole.DAY else f"{first} to {last}"
    for address in _addresses(db, settings, row):
        mail = Mail(
            to=address,
            subject=f"{row.name}: {team.team_name}, {days}",
            text=f"The statistics of {team.team_name} ({days}, {team.timezone}) are attached.\n\n"
            "An admin of the team chose that you get them, and can end that.\n",
            report=mailed,
        )
        db.add(Outbox(kind=OutboxKind.MAIL.value, payload=mail.model_dump(mode="json")))


def _addresses(db: Session, settings: Settings, row: ReportSchedule) -> list[str]:
    """Return the addresses of the receivers who may have the statistics."""
    members = (
        select(User)
        .join(TeamUser, col(TeamUser.user_id) == col(User.id))
        .where(
            TeamUser.team_id == row.team_id,
            TeamUser.status == MemberStatus.ACTIVE.value,
            TeamUser.role != Role.GUEST.value,
            User.status == UserStatus.ACTIVE.value,
            col(User.id).in_(row.receivers),
        )
        .order_by(User.email)
    )
    return [
        user.email
        for user in db.exec(members)
        if user.verified_at is not None or not settings.verifies_addresses
    ]


def attach_report(message: EmailMessage, wanted: MailedReport, db: Session) -> None:
    """Make the file and attach it. A team that is gone has none; of figures that are too many the mail says so."""
    team = db.get(Team, wanted.team)
    if team is None:
        return
    asked = Period(wanted.start, wanted.end, ZoneInfo(team.timezone))
    interval = None if wanted.interval is None else Interval(wanted.interval)
    of, by = Of(wanted.of), By(wanted.by)
    try:
        found = report(db, team, by, asked, interval, of=of, queues=wanted.queues, columns=wanted.figures)
    except TooMuch as error:
        logger.warning("a report is too large to be mailed", extra={"team": wanted.team})
        message.set_content(f"{message.get_content()}\nThere is no file: {error}. Choose longer intervals.\n")
        return
    write, kind = (files.csv_of, files.CSV) if wanted.format == "csv" else (files.xlsx_of, files.XLSX)
    main, _, sub = kind.partition(";")[0].partition("/")
    name = f"{files.name_of(of, by)}-{asked.start.astimezone(asked.zone):%Y-%m-%d}.{wanted.format}"
    message.add_attachment(b"".join(write(found)), maintype=main, subtype=sub, filename=name)
