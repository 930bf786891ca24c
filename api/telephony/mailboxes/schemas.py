"""What clients send about mailboxes."""

from typing import Annotated

from pydantic import Field, StringConstraints

from api.conventions.body import Body, Patch
from api.conventions.fields import Email, Extension
from api.core.uploads.form import form_schema
from switchroom.pins import LONGEST, SHORTEST

PinDigits = Annotated[
    str, StringConstraints(pattern=rf"^[0-9]{{{SHORTEST},{LONGEST}}}$"), Field(examples=["704193"])
]
RetentionDays = Annotated[int, Field(ge=0, le=36500, examples=[90])]


class Greeting(Body):
    """A greeting: either `say` or `sound`."""

    say: Annotated[str, StringConstraints(min_length=1, max_length=3000)] | None = None
    """A text, which the speech service speaks."""
    language: Annotated[str, StringConstraints(max_length=8), Field(examples=["en"])] | None = None
    """Of the text. By default the team's."""
    voice: Annotated[str, StringConstraints(max_length=40)] | None = None
    """By default the language's."""
    sound: Annotated[str, StringConstraints(max_length=80), Field(examples=["vm-intro"])] | None = None
    """A sound of the library, or the id of an uploaded prompt of the team."""


class GreetingsUpdate(Patch):
    """Greetings by kind. Null removes one. Those that are not named stay."""

    unavailable: Greeting | None
    """Heard by callers when nobody answers."""
    busy: Greeting | None
    """Heard when the phone is in a call. Without it: the `unavailable` one."""
    temporary: Greeting | None
    """Heard in place of both others while it is there."""
    name: Greeting | None
    """No greeting, but the user's name, as they say it: the directory names them by it. Only in a user's mailbox."""


class MailboxUpdate(Patch):
    """What changes in a mailbox."""

    number: Extension | None
    """By which phones reach it with `*98`. Not for a user's mailbox."""
    pin: PinDigits | None
    """Null removes it."""
    greetings: GreetingsUpdate
    announce_time: bool
    """Whether who hears a message by phone is told when it came."""
    shared: bool
    """Whether the members of the department, or the agents of the queue, look after it too."""
    light: bool
    """Whether its messages light the lamps of the phones of those who look after it."""
    email_on: bool
    """Whether each new message is mailed."""
    email: Email | None
    """Where to. Null: to the user's own address."""
    email_audio: bool
    """Whether the mail has the audio as an attachment."""
    email_transcript: bool
    """Whether the mail has the transcript."""
    retention_days: RetentionDays | None
    """After how many days messages are deleted that are not saved. 0: never. Null: as the queue or the team says."""


class GreetingFields(Body):
    """What the form of an uploaded greeting says beside its file: nothing."""


FORM = form_schema(GreetingFields, {})
