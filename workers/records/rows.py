"""Records of the engine as rows of the database; `switchroom.messages.records` has their shapes."""

import re
from datetime import UTC, datetime
from typing import Any

from models import OutboxKind, Voicemail
from switchroom.ids import new_id
from switchroom.messages.records import (
    RECORDING_BASE,
    CallRecord,
    LegRecord,
    NotificationRecord,
    SpellRecord,
    StayRecord,
    VoicemailRecord,
)

Row = dict[str, Any]
"""A row of a table by its columns; those that it lacks get their defaults."""

_BASE = re.compile(RECORDING_BASE)


def call_log(call: CallRecord, node: str) -> Row:
    return {
        "id": call.id,
        "team_id": call.team,
        "direction": call.direction[:10],
        "caller": _text(call.caller, 80),
        "caller_name": _text(call.caller_name, 100),
        "did": _text(call.did, 40),
        "number_id": call.number,
        "route_id": call.route,
        "route_version": call.route_version,
        "queue_id": call.queue,
        "agent_id": call.agent,
        "started_at": time(call.started_at),
        "queued_at": _optional_time(call.queued_at),
        "answered_at": _optional_time(call.answered_at),
        "ended_at": time(call.ended_at),
        "wait": call.wait,
        "talk": call.talk,
        "disposition": call.disposition[:20],
        "hangup_cause": call.hangup_cause,
        "ended_by": call.ended_by[:10],
        "path": call.path,
        "legs": call.legs,
        "recordings": list(call.recordings),
        "decisions": call.decisions,
        "tags": call.tags,
        "language": call.language,
        "conference_id": call.conference,
        "callback": call.callback,
        "callback_of": call.callback_of,
        "node": node,
    }


def call_members(call: CallRecord) -> list[Row]:
    """One row for each member who called, or whose extension was rung."""
    members = {leg["member"] for leg in call.legs if leg.get("member")}
    return [{"call_id": call.id, "member_id": member} for member in sorted(members)]


def recordings(call: CallRecord, node: str) -> list[Row]:
    """One row for each talk. Its agent and queue are those of the leg that names the recording.

    The legs of an engine of the release before name none: there talk n is the n-th answered leg.
    """
    legs = {
        base: leg for leg in call.legs for base in (leg.get("recording"), *leg.get("more_recordings", ()))
    }
    answered = [leg for leg in call.legs if leg.get("outcome") == "answered"]
    rows = []
    for base in call.recordings:
        match = _BASE.fullmatch(base)
        if match is None:
            raise ValueError(f"not a recording's name: {base!r}")
        number = int(match.group(1))
        of_number: LegRecord = answered[number - 1] if 0 < number <= len(answered) else {}
        leg: LegRecord = legs.get(base, {} if "recording" in of_number else of_number)
        rows.append(
            {
                "id": new_id(),
                "created_at": time(call.started_at),
                "call_id": call.id,
                "team_id": call.team,
                "queue_id": leg.get("queue") or call.queue,
                "agent_id": leg.get("agent") or call.agent,
                "number": number,
                "node": node,
                "file_base": base,
            }
        )
    return rows


def stay(record: StayRecord, team: str | None) -> Row:
    return {
        "call_id": record["call"],
        **_of_stay(record, team),
        "callback": record["callback"],
        "last_call_id": record["last_call"],
    }


def work_stay(record: StayRecord, team: str) -> Row:
    return {"item_id": record["call"], **_of_stay(record, team)}


def _of_stay(record: StayRecord, team: str | None) -> Row:
    return {
        "number": record["number"],
        "team_id": team,
        "queue_id": record["queue"],
        "agent_id": record["agent"],
        "joined_at": time(record["joined_at"]),
        "left_at": _optional_time(record["left_at"]),
        "outcome": record["outcome"],
        "wait": record["wait"],
        "talk": record["talk"],
        "exit": record["exit"][:20],
        "passed_to": record["passed_to"][:20],
    }


def spell(record: SpellRecord) -> Row:
    return {
        "agent_id": record.agent,
        "team_id": record.team,
        "status": record.status,
        "reason": _text(record.reason, 100),
        "began_at": time(record.began_at),
        "ended_at": time(record.ended_at),
    }


def voicemail(message: VoicemailRecord, node: str) -> Voicemail:
    return Voicemail(
        created_at=time(message.created_at),
        call_id=message.call,
        team_id=message.team,
        mailbox_kind=message.mailbox_kind,
        mailbox_id=message.mailbox,
        caller=_text(message.caller, 80),
        caller_name=_text(message.caller_name, 100),
        did=_text(message.did, 40),
        node=node,
        file=message.file,
        seconds=message.seconds,
    )


def notification(notice: NotificationRecord) -> Row:
    """The outbox row from which a job sends the notification after the commit."""
    payload = notice.model_dump(exclude={"id"})
    payload |= {name: payload[name].replace("\0", "") for name in ("to", "subject", "text")}
    return {"id": notice.id, "kind": OutboxKind.NOTIFICATION.value, "payload": payload}


def _text(value: str, length: int) -> str:
    """PostgreSQL keeps no NUL and no more than the column's length."""
    return value.replace("\0", "")[:length]


def time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _optional_time(seconds: float | None) -> datetime | None:
    return None if seconds is None else time(seconds)
