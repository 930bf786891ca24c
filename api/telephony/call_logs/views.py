"""Call logs as clients see them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import or_
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from api.conventions.resource import Shown, show_seconds
from api.telephony.call_logs.resource import CALL_LOG, STAY
from api.telephony.records import show_record, show_record_text, without_words
from models import CallLog, QueueStay, Recording, Voicemail, WrapUp
from models.among import among
from models.shown import show_time
from models.stored_file import PLAYED
from switchroom.ids import parse_id, public_id
from switchroom.prepared import Prepared


def show_logs(session: Session, logs: list[Shown], public_url: str) -> list[Shown]:
    """Add to each what came of the call, its `duration` and its `path`. A list has read `logs`."""
    ids = {"calls": [log["id"][1:] for log in logs]}
    work: dict[str, list[Any]] = {}
    for row in _WRAP_UPS.rows(session, ids):
        work.setdefault(row.call_id, []).append(row)
    stays = _stays(session, ids["calls"])
    recordings: dict[str, list[Talk]] = {}
    for call, *talk in _RECORDINGS.rows(session, ids):
        recordings.setdefault(call, []).append(Talk(*talk))
    for log, id in zip(logs, ids["calls"], strict=True):
        began, ended = _moment(log.pop("began")), _moment(log.pop("ended"))
        log["duration"] = show_seconds(ended - began) if began and ended else None
        log.update(_show_wrap_up(_of(work.get(id, ()), parse_id(log["agent"] or ""))))
        log.update(_sounds(recordings.get(id, ()), id, public_url))
        log["transcript"] = without_words(log["transcript"])
        log["path"] = show_record_text(log["path"])
        log["stays"] = stays.get(id, [])
    return logs


class Talk(NamedTuple):
    """What a list of calls shows of a recording."""

    number: int
    state: str
    transcript: Any
    transcript_state: str


def _moment(value: Any) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


_WRAP_UPS = Prepared(
    sa_select(WrapUp.call_id, WrapUp.agent_id, WrapUp.seconds, WrapUp.code, WrapUp.note).where(  # type: ignore[call-overload]
        among(col(WrapUp.call_id), "calls")
    ),
    named=True,
)
_RECORDINGS = Prepared(
    sa_select(
        col(Recording.call_id),
        col(Recording.number),
        col(Recording.state),
        col(Recording.transcript),
        col(Recording.transcript_state),
    )
    .where(among(col(Recording.call_id), "calls"))
    .order_by(col(Recording.number))
)


def show_log(session: Session, log: CallLog, public_url: str) -> dict[str, Any]:
    """Show one call in full: also its `stays`, `legs`, `decisions`, `recordings` and `messages` (voicemails)."""
    recordings = _recordings(session, [log.id]).get(log.id, [])
    mine = select(WrapUp).where(col(WrapUp.call_id) == log.id).order_by(col(WrapUp.created_at))
    work = session.exec(mine).all()
    return {
        **_show(log, _of(work, log.agent_id), recordings, public_url),
        "wrap_ups": [
            {"agent": public_id(row.agent_id) if row.agent_id else None, **_show_wrap_up(row)} for row in work
        ],
        "stays": _stays(session, [log.id]).get(log.id, []),
        "legs": show_record(log.legs),
        "decisions": show_record(log.decisions),
        "recordings": [_show_recording(row, public_url) for row in recordings],
        "messages": [public_id(id) for id in session.exec(_messages(log.id))],
    }


def _show(log: CallLog, wrap_up: WrapUp | None, recordings: list[Recording], public_url: str) -> Shown:
    return {
        **CALL_LOG.show(log),
        "duration": show_seconds(log.ended_at - log.started_at) if log.ended_at else None,
        **_show_wrap_up(wrap_up),
        **_sounds(recordings, log.id, public_url),
        "path": show_record(log.path),
    }


def _of(work: Sequence[Any], agent_id: str | None) -> Any:
    """Return the work of the agent who took the call, or else of another who talked in it; None: there is none."""
    return min(work, key=lambda row: row.agent_id != agent_id, default=None)


def _show_wrap_up(row: Any) -> Shown:
    """Show an agent's work after a call. It has no `seconds` while it lasts."""
    seconds = row and row.seconds
    return {
        "wrap_up": None if seconds is None else show_seconds(seconds),
        "wrap_up_code": row and row.code,
        "wrap_up_note": row and row.note,
    }


def _stays(session: Session, calls: Sequence[str]) -> dict[str, list[Shown]]:
    """Return the stays that began or ended in these calls, by call."""
    found: dict[str, list[Shown]] = {}
    for stay in STAY.shown(_STAYS.rows(session, {"calls": calls})):
        call, last = stay["call"][1:], stay["last_call"][1:]
        found.setdefault(call, []).append(stay)
        if last != call:
            found.setdefault(last, []).append(stay)
    return found


_STAYS = Prepared(
    sa_select(*STAY.read_columns)
    .where(or_(among(col(QueueStay.call_id), "calls"), among(col(QueueStay.last_call_id), "calls")))
    .order_by(col(QueueStay.joined_at), col(QueueStay.number))
)


def _sounds(talks: Sequence[Any], call_id: str, public_url: str) -> Shown:
    """Show what was recorded of a call, from its recordings (or `Talk`s) in their order."""
    if not talks:
        return _SILENCE
    stored = written = None
    for talk in talks:
        if stored is None and talk.state in PLAYED:
            stored = talk
        if written is None:
            written = talk.transcript
    return {
        "recording": _url(call_id, stored.number, public_url) if stored else None,
        "recording_state": talks[0].state,
        "transcript": written,
        "transcript_state": talks[0].transcript_state,
    }


_SILENCE: Shown = dict.fromkeys(("recording", "recording_state", "transcript", "transcript_state"))


def _show_recording(row: Recording, public_url: str) -> dict[str, Any]:
    return {
        "id": public_id(row.id),
        "number": row.number,
        "state": row.state,
        "agent": public_id(row.agent_id) if row.agent_id else None,
        "queue": public_id(row.queue_id) if row.queue_id else None,
        "seconds": None if row.seconds is None else show_seconds(row.seconds),
        "size": row.size,
        "stored_at": show_time(row.stored_at) if row.stored_at else None,
        "url": _url(row.call_id, row.number, public_url) if row.state in PLAYED else None,
        "error": row.error,
        "transcript": row.transcript,
        "transcript_state": row.transcript_state,
        "transcript_error": row.transcript_error,
    }


def _messages(call_id: str) -> SelectOfScalar[str]:
    mine = select(Voicemail.id).where(
        col(Voicemail.call_id) == call_id,
        col(Voicemail.deleted_at).is_(None),
        col(Voicemail.state) != "empty",
    )
    return mine.order_by(col(Voicemail.id))


def _url(call_id: str, number: int, public_url: str) -> str:
    """Return where the audio is asked for. That address leads to a presigned URL, and notes who asked."""
    base = f"{public_url.rstrip('/')}/v1/call-log/{public_id(call_id)}/recording"
    return base if number == 1 else f"{base}?number={number}"


def _recordings(session: Session, call_ids: Sequence[str]) -> dict[str, list[Recording]]:
    query = select(Recording).where(col(Recording.call_id).in_(call_ids)).order_by(col(Recording.number))
    found: dict[str, list[Recording]] = {}
    for row in session.exec(query):
        found.setdefault(row.call_id, []).append(row)
    return found
