"""What clients get of files."""

from api.chat.chats.answers import ChatAnswer
from api.chat.files.resource import FileSummary
from api.chat.people import PersonAnswer
from api.conventions.answers import Time


class FileAnswer(FileSummary):
    """A file with the people and the chat around it."""

    user: PersonAnswer | None  # type: ignore[assignment]
    """Who uploaded it. Null: they are gone."""
    chat: ChatAnswer | None  # type: ignore[assignment]
    """The chat into which it was uploaded, with its members. Null: none, or one that the caller is not in."""
    teamuser: int | None
    """A number of the uploader's membership."""
    createdAt: Time
    """The same as `created_at`."""
    routing_audio: None
    url: str
    """Where the content can be fetched for some minutes. What a browser must not show is a download."""
    thumb_url: str | None
    """Where the thumbnail can be fetched for some minutes. Null: there is none, or none yet."""
