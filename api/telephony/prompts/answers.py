"""What clients get of uploaded prompts."""

from typing import Literal

from api.conventions.answers import Answer, PublicId
from api.telephony.prompts.resource import PromptSummary


class UseAnswer(Answer):
    """Something that plays a prompt."""

    kind: Literal["route", "team", "queue", "department", "mailbox", "prompt"]
    """`prompt`: music of which it is a track."""
    id: PublicId
    name: str


class PromptAnswer(PromptSummary):
    """An uploaded prompt with its content, and where it is used."""

    tracks: list[PublicId]
    """Music: its sounds, in order."""
    url: str | None
    """Where the upload can be fetched for some minutes. Null: it is music."""
    used_by: list[UseAnswer]
