"""What is done with voicemails."""

from typing import Any

from sqlmodel import Session

from api.core.context import Context
from api.core.errors import Conflict, NotFound, Unavailable
from api.core.identities import Identity
from api.core.media import presigned
from api.core.scope import Scope
from api.telephony.voicemail.access import get_visible
from api.telephony.voicemail.resource import VOICEMAIL
from models import Mailbox, OutboxKind, Voicemail, utcnow
from models.outbox import emit
from models.stored_file import ON_S3, PLAYED
from models.voicemail import tell_of_voicemail
from switchroom.ids import new_id
from switchroom.messages.outbox import JobRequest
from switchroom.storage import Storage, StorageError
from workers.enqueue import recordings_queue


def show_voicemail(row: Voicemail, storage: Storage | None) -> dict[str, Any]:
    """Show a voicemail.

    `url` is a presigned URL of the audio. It is null until the audio is stored, and without `storage`.
    """
    url = presigned(storage, row.s3_key) if storage and row.state in ON_S3 and row.s3_key else None
    return {**VOICEMAIL.show(row), "read": row.read_at is not None, "url": url}


def set_read(session: Session, row: Voicemail, read: bool) -> None:
    """Mark the message as heard, or as not heard."""
    if read != (row.read_at is not None):
        row.read_at = utcnow() if read else None
        session.add(row)
        tell_of_voicemail(session, "updated", row)


def set_saved(session: Session, row: Voicemail, saved: bool) -> None:
    """Mark the message as one to be kept, or not."""
    if saved != row.saved:
        row.saved = saved
        session.add(row)
        tell_of_voicemail(session, "updated", row)


def forward(scope: Scope, row: Voicemail, mailbox_id: str) -> Voicemail:
    """Make a copy of the message in another mailbox. A worker copies its audio, and tells who looks after the mailbox.

    Raises ValidationFailed, and Conflict if there is nothing to hear (yet).
    """
    if row.team_id is None or row.state not in PLAYED or row.s3_key is None:
        raise Conflict("The audio is not stored, so it cannot be forwarded", state=row.state)
    target = scope.named(Mailbox, mailbox_id, "mailbox", team_id=row.team_id)
    copied = ("call_id", "team_id", "caller", "caller_name", "did", "seconds", "created_at", "transcript")
    states = ("transcript_state", "transcript_error")
    id = new_id()
    copy = Voicemail(
        id=id,
        mailbox_kind=target.kind,
        mailbox_id=target.owner_id,
        file=f"forwarded/{id}",
        forwarded_from=row.id,
        forwarded_by=scope.user_id,
        **{name: getattr(row, name) for name in (*copied, *states)},
    )
    scope.session.add(copy)
    scope.session.flush()
    tell_of_voicemail(scope.session, "created", copy)
    job = JobRequest(name="forward_voicemail", args=[copy.id])
    emit(scope.session, OutboxKind.JOB, job.model_dump())
    return copy


def delete(context: Context, storage: Storage, identity: Identity, id: str) -> dict[str, Any]:
    """Delete the audio, mark the message as deleted, and return what it was. Raises NotFound, Unavailable.

    The object goes first, outside of any transaction: a crash between the two leaves a message that can be deleted
    again, and a slow storage holds up no other writer.
    """
    row = context.read(lambda session: get_visible(Scope(session, identity), id))
    if row.s3_key:
        try:
            storage.delete(row.s3_key)
        except StorageError as error:
            raise Unavailable("The object storage did not delete the audio; try again") from error

    def mark(session: Session) -> None:
        found = session.get(Voicemail, row.id, with_for_update=True)
        if found is None:
            raise NotFound("voicemail")
        _mark_deleted(session, found, row.s3_key)

    context.write(mark)
    return show_voicemail(row, None)


def _mark_deleted(session: Session, row: Voicemail, deleted_key: str | None) -> None:
    if row.node and (row.state not in ON_S3 or row.s3_key != deleted_key):
        # Its file still lies on the node's disk, or it was uploaded meanwhile: the job that stores sees the mark and
        # removes both.
        queue = recordings_queue(row.node)
        job = JobRequest(name="store_voicemail", args=[row.id], queue=queue)
        emit(session, OutboxKind.JOB, job.model_dump())
    row.state, row.deleted_at = "deleted", utcnow()
    row.transcript, row.transcript_state, row.transcript_error = None, "none", None
    session.add(row)
    tell_of_voicemail(session, "destroyed", row)
