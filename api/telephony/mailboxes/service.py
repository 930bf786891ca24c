"""What is done with mailboxes. Each change reaches the engine as `config` in the transaction that makes it."""

from typing import Any

from sqlmodel import Session, select

from api.conventions.body import apply
from api.core.errors import Conflict, NotFound, ValidationFailed
from api.core.quotas import require_storage
from api.core.scope import Scope
from api.core.uploads.upload import Received, kept
from api.telephony.mailboxes.access import get_for_change
from api.telephony.mailboxes.schemas import GreetingFields, MailboxUpdate
from api.telephony.prompts.service import TYPES
from models import GreetingKind, Mailbox, OutboxKind, PromptKind, Team, TeamUser, UploadedPrompt
from models.mailbox import MailboxKind, mailbox_changed, mailbox_counts_again
from models.outbox import emit
from models.team import lock_numbers
from models.uploaded_prompt import changed, greeting_name
from routing.blocks import checks
from routing.expressions import values
from routing.expressions.prompts import upload_named, upload_sound
from switchroom.ids import parse_id
from switchroom.messages.outbox import JobRequest
from switchroom.numbers import country_code, is_reserved
from switchroom.pins import hash_pin, problem_of
from switchroom.settings import Settings

_SHARED = frozenset({MailboxKind.DEPARTMENT.value, MailboxKind.QUEUE.value})
_LIGHTS = frozenset({"shared", "light"})
"""The settings by which other phones show how many messages there are."""


def update(scope: Scope, mailbox: Mailbox, body: MailboxUpdate, pin_hash: str | None) -> None:
    """Assign what was sent; `pin_hash`: of the new PIN. Raises ValidationFailed, Conflict."""
    session, changes = scope.session, body.changes()
    pin = changes.pop("pin", None)
    _check(session, mailbox, changes, pin)
    if "pin" in body.model_fields_set:
        changes["pin_hash"] = None if pin is None else pin_hash
    if "greetings" in changes:
        changes["greetings"] = _greetings(session, mailbox, body)
    session.add(apply(mailbox, changes))
    mailbox_changed(session, mailbox)
    if _LIGHTS & changes.keys():
        mailbox_counts_again(session, mailbox)


def hashed(body: MailboxUpdate) -> str | None:
    """Return the hash of a new PIN. It takes long: call it before the transaction's first write."""
    return None if body.pin is None else hash_pin(body.pin)


def _check(session: Session, mailbox: Mailbox, changes: dict[str, Any], pin: str | None) -> None:
    wrong: dict[str, str] = {}
    number = changes.get("number", mailbox.number)
    if "number" in changes and number is not None:
        if mailbox.kind == MailboxKind.USER:
            wrong["number"] = "A user's mailbox is reached by the extension"
        elif is_reserved(number, country_code(session.get_one(Team, mailbox.team_id).country)):
            wrong["number"] = "An emergency or service number of the team's country"
        elif _is_taken(session, mailbox, number):
            raise Conflict("An extension or another mailbox of the team has this number", number=number)
    if pin is not None and (problem := problem_of(pin, number, _extension(session, mailbox))):
        wrong["pin"] = problem
    if changes.get("shared") and mailbox.kind not in _SHARED:
        wrong["shared"] = "Only a department's or a queue's mailbox is shared"
    mails = changes.get("email_on", mailbox.email_on)
    if mails and mailbox.kind != MailboxKind.USER and not changes.get("email", mailbox.email):
        wrong["email"] = "Required while email_on is true: only users have an address of their own"
    if wrong:
        raise ValidationFailed(wrong)


def _is_taken(session: Session, mailbox: Mailbox, number: str) -> bool:
    lock_numbers(session, mailbox.team_id)
    extensions = select(TeamUser.id).where(TeamUser.team_id == mailbox.team_id, TeamUser.extension == number)
    others = select(Mailbox.id).where(
        Mailbox.team_id == mailbox.team_id, Mailbox.number == number, Mailbox.id != mailbox.id
    )
    return any(session.exec(query).first() is not None for query in (extensions, others))


def _extension(session: Session, mailbox: Mailbox) -> str | None:
    if mailbox.kind != MailboxKind.USER:
        return None
    mine = select(TeamUser.extension).where(
        TeamUser.team_id == mailbox.team_id, TeamUser.user_id == mailbox.owner_id
    )
    return session.exec(mine).first()


# -- greetings -----------------------------------------------------------------------------------------------------


def _greetings(session: Session, mailbox: Mailbox, body: MailboxUpdate) -> dict[str, Any]:
    """Return all greetings with those that were sent. Recordings that are replaced are deleted."""
    found = dict(mailbox.greetings)
    for kind, sent in body.greetings.changes().items():
        if sent is not None:
            _require_fit(mailbox, kind, f"greetings.{kind}")
        _drop_recording(session, mailbox, kind)
        if sent is None:
            found.pop(kind, None)
        else:
            found[kind] = _stored(session, mailbox, kind, sent)
    return found


def _stored(session: Session, mailbox: Mailbox, kind: str, sent: dict[str, Any]) -> Any:
    """Return a greeting as the row has it. Raises ValidationFailed."""
    field = f"greetings.{kind}"
    said = {name: sent[name] for name in ("say", "language", "voice") if sent[name] is not None}
    sound = sent["sound"]
    if (sound is None) == ("say" not in said):
        raise ValidationFailed({field: "Send either say or sound"})
    if sound is None:
        if problem := checks.sound(said):
            raise ValidationFailed({field: problem})
        return said
    id = parse_id(sound)
    if id is None:
        if problem := values.check_sound(sound):
            raise ValidationFailed({field: problem})
        if upload_named(sound) is None:
            return sound
        id = upload_named(sound)
    prompt = session.get(UploadedPrompt, id)
    if prompt is None or prompt.team_id != mailbox.team_id or prompt.kind != PromptKind.SOUND.value:
        raise ValidationFailed({field: "No such prompt of the kind sound in this team"})
    return upload_sound(prompt.id)


def _require_fit(mailbox: Mailbox, kind: str, field: str) -> None:
    if kind == GreetingKind.NAME and mailbox.kind != MailboxKind.USER:
        raise ValidationFailed({field: "Only a user's mailbox has a name"})


def greeting_kind(text: str) -> str:
    """Return the kind that a path names. Raises NotFound."""
    if text not in tuple(GreetingKind):
        raise NotFound("greeting: it is unavailable, busy, temporary or name")
    return text


def keep_greeting(
    scope: Scope, settings: Settings, mailbox_id: str, kind: str, received: Received[GreetingFields]
) -> Mailbox:
    """Make an upload that S3 has the greeting of a mailbox. A worker converts it.

    Raises NotFound, ValidationFailed, Forbidden, and Conflict for a quota.
    """
    session, mailbox = scope.session, get_for_change(scope, mailbox_id)
    if received.type not in TYPES:
        raise ValidationFailed({"file": "Send a WAV, MP3, OGG, FLAC or M4A file"})
    _require_fit(mailbox, kind, "kind")
    session.refresh(mailbox, with_for_update=True)  # it has all its greetings in one column
    kept(session, received.id)
    _drop_recording(session, mailbox, kind)
    prompt = UploadedPrompt(
        team_id=mailbox.team_id,
        user_id=scope.user_id,
        kind=PromptKind.GREETING.value,
        name=greeting_name(mailbox.id, kind, received.id),
        filename=received.name,
        **received.columns,
    )
    session.add(prompt)
    session.flush()
    require_storage(session, settings, mailbox.team_id)
    mailbox.greetings = {**mailbox.greetings, kind: upload_sound(prompt.id)}
    session.add(mailbox)
    changed(session, "created", prompt)
    mailbox_changed(session, mailbox)
    emit(session, OutboxKind.JOB, JobRequest(name="convert_prompt", args=[prompt.id]).model_dump())
    return mailbox


def remove_greeting(session: Session, mailbox: Mailbox, kind: str) -> None:
    """Let callers hear the usual greeting again. Raises NotFound if there is none of this kind."""
    session.refresh(mailbox, with_for_update=True)
    if kind not in mailbox.greetings:
        raise NotFound("greeting of this kind in this mailbox")
    _drop_recording(session, mailbox, kind)
    mailbox.greetings = {name: value for name, value in mailbox.greetings.items() if name != kind}
    session.add(mailbox)
    mailbox_changed(session, mailbox)


def _drop_recording(session: Session, mailbox: Mailbox, kind: str) -> None:
    """Delete what was recorded for this greeting. Its objects go with the worker's next run."""
    value = mailbox.greetings.get(kind)
    id = upload_named(value) if isinstance(value, str) else None
    prompt = session.get(UploadedPrompt, id) if id else None
    if prompt is not None and prompt.kind == PromptKind.GREETING.value:
        changed(session, "destroyed", prompt)
        session.delete(prompt)
