"""What clients get of mailboxes."""

from typing import Annotated

from pydantic import Field

from api.conventions.answers import Answer, PublicId
from api.telephony.mailboxes.resource import MailboxSummary
from models import PromptState


class GreetingAnswer(Answer):
    """What callers hear before the tone: a text (`say`), a sound, or a recording of the mailbox's own."""

    say: str | None
    language: str | None
    voice: str | None
    sound: Annotated[str | None, Field(examples=["vm-intro"])]
    """A sound of the library, or the id of an uploaded prompt of the team."""
    recording: PublicId | None
    """What was uploaded or recorded for this mailbox."""
    state: PromptState
    """A recording is `pending` until it is converted. Until then callers hear the usual greeting."""
    error: str | None
    """Why the recording cannot be converted."""
    duration: float | None
    """Seconds, of a recording that is converted."""
    url: str | None
    """Where the recording can be fetched for some minutes."""


class GreetingsAnswer(Answer):
    """The greetings by kind. Null: callers hear the usual one."""

    unavailable: GreetingAnswer | None
    busy: GreetingAnswer | None
    temporary: GreetingAnswer | None
    name: GreetingAnswer | None
    """The user's name, as they say it: the directory names them by it. Only in a user's mailbox."""


class MailboxAnswer(MailboxSummary):
    """A mailbox."""

    has_pin: bool
    """Whether it has a PIN. Without one it is reached from the user's own phone only."""
    greetings: GreetingsAnswer
    messages: int
    """How many messages it holds."""
    unread: int
    """How many of them were not heard."""
