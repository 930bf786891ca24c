"""One transaction for a batch of records. A record that is written already changes nothing."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from sqlalchemy import BindParameter, bindparam, insert, update
from sqlmodel import Session, SQLModel, col, select

from models import (
    Agent,
    AgentSpell,
    CallLog,
    CallMember,
    Outbox,
    QueueStay,
    Recording,
    TeamUser,
    Voicemail,
    WrapUp,
)
from models.base import UTCDateTime
from models.outbox import record_columns
from switchroom.messages.events import CALL_LOG, VOICEMAIL
from switchroom.messages.records import (
    CallEntry,
    CallRecord,
    Entry,
    MailboxEntry,
    NotificationRecord,
    NotifyEntry,
    SettingsEntry,
    SpellEntry,
    SpellRecord,
    StayEntry,
    StayRecord,
    VoicemailEntry,
    WorkEntry,
    WorkOfferEntry,
    WrapUpEntry,
    WrapUpRecord,
)
from workers.enqueue import recordings_queue
from workers.outbox import job_columns, job_row
from workers.records.mailboxes import write_mailboxes
from workers.records.member_settings import change_settings
from workers.records.missed_calls import tell_of_missed_calls
from workers.records.rows import call_log, call_members, notification, recordings, spell, stay, voicemail
from workers.records.work import write_work

STORE_DELAY = 2.0
"""Seconds until a recording is fetched: Asterisk closes the file a moment after the call's end."""
FALLBACK_STEP = {"type": "fallback"}
"""The path of a call that only the dialplan's fallback knows (see workers.jobs.fallback)."""

_IDS: BindParameter[list[str]] = bindparam("ids", expanding=True)
_WRITTEN_CALLS = select(CallLog.id, CallLog.path).where(col(CallLog.id).in_(_IDS))
_KNOWN_CALLS = select(CallLog.id).where(col(CallLog.id).in_(_IDS))
_WRITTEN_STAYS = select(QueueStay.call_id, QueueStay.number, QueueStay.left_at).where(
    col(QueueStay.call_id).in_(_IDS)
)
_WRITTEN_VOICEMAILS = select(Voicemail.file).where(col(Voicemail.file).in_(_IDS))
_WRITTEN_WRAP_UPS = select(WrapUp).where(col(WrapUp.call_id).in_(_IDS))
_WRITTEN_SPELLS = select(AgentSpell.agent_id, AgentSpell.began_at).where(
    col(AgentSpell.agent_id).in_(_IDS), col(AgentSpell.began_at) >= bindparam("since", type_=UTCDateTime)
)
_KNOWN_AGENTS = select(Agent.id).where(col(Agent.id).in_(_IDS))
_WRITTEN_NOTICES = select(Outbox.id).where(col(Outbox.id).in_(_IDS))

Record = TypeVar("Record")


def write_batch(db: Session, entries: Sequence[Entry]) -> int:
    """Write these entries in the caller's transaction and return how many of them were new.

    Rows are unique by their call, and voicemails by their file, so a second delivery changes nothing. The jobs
    that must follow go into the outbox in the same transaction. Each table gets one INSERT for the whole batch.
    """
    calls = _firsts((entry.record.id, entry) for entry in entries if isinstance(entry, CallEntry))
    messages = _firsts((entry.record.file, entry) for entry in entries if isinstance(entry, VoicemailEntry))
    work = [entry.record for entry in entries if isinstance(entry, WrapUpEntry)]
    notices = _firsts((entry.record.id, entry.record) for entry in entries if isinstance(entry, NotifyEntry))
    new = _write_calls(db, calls) if calls else 0
    new += _write_stays(db, calls.values(), entries)
    new += _write_voicemails(db, messages) if messages else 0
    new += _write_wrap_ups(db, work) if work else 0
    new += write_mailboxes(db, [entry for entry in entries if isinstance(entry, MailboxEntry)])
    new += write_work(db, [entry for entry in entries if isinstance(entry, WorkEntry | WorkOfferEntry)])
    new += _write_notices(db, notices) if notices else 0
    new += sum(change_settings(db, entry.record) for entry in entries if isinstance(entry, SettingsEntry))
    new += _write_spells(db, [entry.record for entry in entries if isinstance(entry, SpellEntry)])
    db.flush()
    return new


def _firsts(records: Iterable[tuple[str, Record]]) -> dict[str, Record]:
    """Return the first record of each key."""
    firsts: dict[str, Record] = {}
    for key, record in records:
        firsts.setdefault(key, record)
    return firsts


def _insert(db: Session, table: type[SQLModel], rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        db.connection().execute(insert(table), rows)


def _write_calls(db: Session, entries: dict[str, CallEntry]) -> int:
    written = dict(db.exec(_WRITTEN_CALLS, params={"ids": list(entries)}).all())
    new = [entry for id, entry in entries.items() if id not in written]
    completed = [entries[id] for id, path in written.items() if _is_fallback(path)]
    for entry in completed:
        _complete_fallback(db.get_one(CallLog, entry.record.id), entry.record)
    _insert(db, CallLog, [call_log(entry.record, entry.node) | _place(db, entry.record) for entry in new])
    _insert(db, CallMember, [row for entry in new + completed for row in call_members(entry.record)])
    told = [
        record_columns(CALL_LOG, verb, entry.record.id, entry.record.team)
        for verb, written_now in (("created", new), ("updated", completed))
        for entry in written_now
        if entry.record.team
    ]
    _insert(db, Outbox, told + _insert_recordings(db, new + completed))
    tell_of_missed_calls(db, [entry.record for entry in new + completed])
    return len(new) + len(completed)


def _place(db: Session, call: CallRecord) -> dict[str, Any]:
    """Return where the telephone stands that called an emergency number."""
    if call.direction != "emergency":
        return {"location": ""}
    members = [leg["member"] for leg in call.legs if leg.get("kind") == "caller" and "member" in leg]
    member = db.get(TeamUser, members[0]) if members else None
    return {"location": "" if member is None else member.location}


def _write_stays(db: Session, calls: Iterable[CallEntry], entries: Sequence[Entry]) -> int:
    """Write the stays of these calls and of callbacks. Return how many entries of callbacks were new.

    A stay that goes on with a callback is written again when the callback is over: by the call that the customer
    answered, or by an entry of its own. What has ended does not change any more. A stay whose call has no log any more
    is left out.
    """
    alone = [entry.record for entry in entries if isinstance(entry, StayEntry)]
    told = [(found, call.record.team) for call in calls for found in call.record.stays]
    told += [(record.stay, record.team) for record in alone]
    if not told:
        return 0
    newest = _newest(told)
    ids = list({call for call, _ in newest})
    known = set(db.exec(_KNOWN_CALLS, params={"ids": ids}))
    written = {
        (call, number): left_at for call, number, left_at in db.exec(_WRITTEN_STAYS, params={"ids": ids})
    }
    _insert(db, QueueStay, [row for key, row in newest.items() if key not in written and key[0] in known])
    ended = [row for key, row in newest.items() if key in written and written[key] is None and row["left_at"]]
    if ended:
        db.execute(update(QueueStay), ended)
    return sum(written.get((it.stay["call"], it.stay["number"])) is None for it in alone)


def _newest(told: Iterable[tuple[StayRecord, str | None]]) -> dict[tuple[str, int], dict[str, Any]]:
    """Return the row of each stay. One that has ended counts more than the same one as it was before."""
    rows: dict[tuple[str, int], dict[str, Any]] = {}
    for record, team in told:
        key = (record["call"], record["number"])
        if key not in rows or rows[key]["left_at"] is None:
            rows[key] = stay(record, team)
    return rows


def _is_fallback(path: Sequence[Any]) -> bool:
    return bool(path) and path[0].get("type") == FALLBACK_STEP["type"]


def _complete_fallback(row: CallLog, call: CallRecord) -> None:
    """Add what the engine knows of a call that the fallback has logged. The call's end stays as it was logged."""
    told = call_log(call, row.node)
    row.path = [*told["path"], *row.path]
    for name in told.keys() - {"id", "disposition", "ended_at", "ended_by", "path"}:
        setattr(row, name, told[name])


def _insert_recordings(db: Session, entries: Iterable[CallEntry]) -> list[dict[str, Any]]:
    """Write the rows of the calls' recordings. Return the outbox rows of the jobs that store them."""
    rows = [row for entry in entries for row in recordings(entry.record, entry.node)]
    _insert(db, Recording, rows)
    return [
        job_columns("store_recording", row["id"], queue=recordings_queue(row["node"]), delay=STORE_DELAY)
        for row in rows
    ]


def _write_voicemails(db: Session, entries: dict[str, VoicemailEntry]) -> int:
    written = set(db.exec(_WRITTEN_VOICEMAILS, params={"ids": list(entries)}))
    for file, entry in entries.items():
        if file not in written:
            add_voicemail(db, voicemail(entry.record, entry.node))
    return len(entries) - len(written)


def add_voicemail(db: Session, row: Voicemail) -> None:
    """Add the row, the event that tells clients of it, and the job that stores its file."""
    db.add(row)
    if row.team_id:
        db.add(Outbox(**record_columns(VOICEMAIL, "created", row.id, row.team_id)))
    db.add(job_row("store_voicemail", row.id, queue=recordings_queue(row.node), delay=STORE_DELAY))


def _write_wrap_ups(db: Session, records: Sequence[WrapUpRecord]) -> int:
    """Add the seconds of each wrap-up once to those of its agent in the call. If the agent has set a code or a note
    through the API, the row exists, without seconds."""
    calls = {"ids": list({record.call for record in records})}
    rows = {(row.call_id, row.agent_id): row for row in db.exec(_WRITTEN_WRAP_UPS, params=calls)}
    new = 0
    for record in records:
        key = record.call, record.agent or ""
        row = rows.get(key)
        if row is None:
            row = rows[key] = WrapUp(call_id=key[0], agent_id=key[1], team_id=record.team)
            db.add(row)
        # A row with seconds and without their beginnings is of an earlier release, which wrote the first only.
        if record.began_at in row.counted or (row.seconds is not None and not row.counted):
            continue
        row.seconds = (row.seconds or 0.0) + record.seconds
        row.counted = [*row.counted, record.began_at]
        new += 1
    return new


def _write_spells(db: Session, records: Sequence[SpellRecord]) -> int:
    """Write how long agents had a status. Those of an agent who is gone are left out."""
    if not records:
        return 0
    rows = {(row["agent_id"], row["began_at"]): row for row in map(spell, records)}
    agents = {"ids": list({agent for agent, _ in rows})}
    written = set(db.exec(_WRITTEN_SPELLS, params={**agents, "since": min(began for _, began in rows)}).all())
    known = set(db.exec(_KNOWN_AGENTS, params=agents))
    new = [row for key, row in rows.items() if key not in written and key[0] in known]
    _insert(db, AgentSpell, new)
    return len(new)


def _write_notices(db: Session, notices: dict[str, NotificationRecord]) -> int:
    written = set(db.exec(_WRITTEN_NOTICES, params={"ids": list(notices)}))
    _insert(db, Outbox, [notification(notice) for id, notice in notices.items() if id not in written])
    return len(notices) - len(written)
