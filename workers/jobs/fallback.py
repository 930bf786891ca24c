"""Messages that callers left while no engine was there: `fallback/<uniqueid>_<did digits>_<caller
digits>.wav`.
"""

import logging
import re
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlmodel import Session, col, select

from models import CallLog, DidNumber, Voicemail
from models.call import tell_of_call_log
from switchroom.audio.wav import AudioError, is_finished, read_wav
from switchroom.database import session
from switchroom.ids import call_id
from switchroom.logs import about_call
from switchroom.numbers import LAST_DIGITS, country_of, find_did, parse_or_digits
from workers.records.write_batch import FALLBACK_STEP, add_voicemail
from workers.resources import Resources

logger = logging.getLogger(__name__)

_NAME = re.compile(
    r"(?P<unique>callback-[0-9a-f]{32}|(?:[a-z0-9]{1,20}-)?(?P<epoch>\d{9,11})\.\d{1,12})"
    r"_(?P<did>\d{1,20})_(?P<caller>\d{0,20})\.wav"
)


def import_fallback(resources: Resources, now: float) -> int:
    """Write a call log and a voicemail for every finished message, for the team of its DID. Returns how many are new.

    Of a file that is shorter than `voicemail_shortest_seconds` only the call is logged: the caller hung up at the tone.

    A file is kept and logged if its number belongs to no team, or if its name or its sound cannot be read.
    Idempotent: the id of the call comes from its channel. A file that cannot be imported stops no other one. Raises
    the database's errors if it is away.
    """
    folder = resources.settings.spool_dir / "fallback"
    return sum(_try(resources, path, now) for path in sorted(folder.glob("*.wav")))


def _try(resources: Resources, path: Path, now: float) -> bool:
    try:
        return _import(resources, path, now)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:  # the other messages have nothing to do with it
        logger.exception(
            "a fallback message cannot be imported and is kept", extra={"error": type(error).__name__}
        )
        return False


def _import(resources: Resources, path: Path, now: float) -> bool:
    match = _NAME.fullmatch(path.name)
    if match is None:
        logger.warning(
            "a fallback message with an unreadable name is kept", extra={"size": path.stat().st_size}
        )
        return False
    call = call_id(match["unique"])
    with about_call(call):
        try:
            if not is_finished(path, now):
                return False
            seconds = read_wav(path).seconds
        except (AudioError, FileNotFoundError) as error:
            logger.warning(
                "a fallback message cannot be read and is kept", extra={"error": type(error).__name__}
            )
            return False
        with session(resources.engine) as db:
            added = _add(db, resources, path, match, call, seconds)
        if added and seconds < resources.settings.voicemail_shortest_seconds:
            path.unlink(missing_ok=True)
        return added


def _add(
    db: Session, resources: Resources, path: Path, match: re.Match[str], call: str, seconds: float
) -> bool:
    if db.exec(select(Voicemail.id).where(col(Voicemail.call_id) == call)).first() is not None:
        return False
    number = _dialled(db, match["did"])
    if number is None:
        logger.warning("a fallback message for a number that is no team's is kept")
        return False
    caller = parse_or_digits(match["caller"], country_of(number.e164))
    node = resources.settings.node
    ended = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    # A callback's channel does not tell when it began: not long before its message.
    epoch = int(match["epoch"] or ended.timestamp() - seconds)
    known = db.get(CallLog, call)
    row = known or CallLog(
        id=call,
        team_id=number.team_id,
        caller=caller,
        did=number.e164,
        number_id=number.id,
        started_at=datetime.fromtimestamp(epoch, UTC),
        ended_at=ended,
        ended_by="caller",
        path=[{"block": "fallback", **FALLBACK_STEP, "at": epoch, "exit": None}],
        node=node,
    )
    tell_of_call_log(db, "updated" if known else "created", call, row.team_id)
    if seconds < resources.settings.voicemail_shortest_seconds:
        row.disposition = row.disposition or "abandoned"
        db.add(row)
        return True
    row.disposition = "voicemail"
    db.add(row)
    message = Voicemail(
        created_at=ended,
        call_id=call,
        team_id=number.team_id,
        mailbox_kind="team",
        mailbox_id=number.team_id,
        caller=caller,
        did=number.e164,
        node=node,
        file=f"fallback/{path.name}",
        seconds=seconds,
    )
    add_voicemail(db, message)
    logger.info("a fallback message became a voicemail", extra={"voicemail": message.id})
    return True


def _dialled(db: Session, digits: str) -> DidNumber | None:
    """Return the DID that a trunk's digits mean. The file's name has no `+`, and the number may be national."""
    alike = col(DidNumber.e164).endswith(digits[-LAST_DIGITS:], autoescape=True)
    numbers = {number.e164: number for number in db.exec(select(DidNumber).where(alike))}
    return numbers.get(f"+{digits}") or numbers.get(find_did(digits, numbers.keys()))
