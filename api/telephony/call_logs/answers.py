"""What clients get of calls that ended."""

from typing import Any

from api.conventions.answers import Answer, PublicId, Time, answer
from api.telephony.call_logs.resource import CALL_LOG


class RecordingAnswer(Answer):
    """The recording of talk `number`. `url` is where its audio is asked for."""

    id: PublicId
    number: int
    state: str
    agent: PublicId | None
    queue: PublicId | None
    seconds: float | None
    size: int | None
    stored_at: Time | None
    url: str | None
    error: str | None
    transcript: list[Any] | dict[str, Any] | None
    transcript_state: str
    transcript_error: str | None


_PARTS: dict[str, Any] = {
    "duration": float | None,
    "wrap_up": float | None,
    "wrap_up_code": str | None,
    "wrap_up_note": str | None,
    "recording": str | None,
    "recording_state": str | None,
    "transcript": list[Any] | dict[str, Any] | None,
    "transcript_state": str | None,
    "path": list[Any],
}
CallLogAnswer = answer("CallLog", CALL_LOG, "`duration`, `wrap_up`, `wait` and `talk` are seconds.", **_PARTS)
CallLogInFull = answer(
    "CallLogInFull", CALL_LOG, "`messages`: ids of the voicemails that the caller left.", **_PARTS,
    legs=list[Any], decisions=list[Any], recordings=list[RecordingAnswer], messages=list[PublicId],
)  # fmt: skip


class Decisions(Answer):
    """Why the call went to whom, oldest first."""

    call: PublicId
    decisions: list[dict[str, Any]]
