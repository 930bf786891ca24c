"""What clients get of a search."""

from typing import Annotated

from pydantic import Field

from api.accounts.contacts.resource import ContactAnswer
from api.chat.chats.answers import ChatAnswer
from api.chat.files.answers import FileAnswer
from api.chat.messages.resource import MessageSummary
from api.chat.people import PersonAnswer
from api.chat.workspace.resource import WorkspaceEventAnswer
from api.conventions.answers import Answer
from api.telephony.call_logs.resource import CallLogSummary
from api.telephony.voicemail.resource import VoicemailSummary

Snippet = Annotated[str | None, Field(examples=["Please read the <mark>contract</mark> until Friday"])]
"""The place where it was found, as HTML: all is escaped but `<mark>`. Null: the text is not shown."""


class ChatHit(ChatAnswer):
    """A chat that was found."""

    snippet: Snippet


class UserHit(PersonAnswer):
    """A member of the team who was found."""

    snippet: Snippet


class MessageHit(MessageSummary):
    """A message that was found."""

    snippet: Snippet


class FileHit(FileAnswer):
    """A file that was found."""

    snippet: Snippet


class WorkspaceHit(WorkspaceEventAnswer):
    """An event of the workspace whose message, file, voicemail or call was found."""

    snippet: Snippet


class ContactHit(ContactAnswer):
    """A contact who was found."""

    snippet: Snippet


class CallHit(CallLogSummary):
    """A call that was found, also by what was said in it."""

    snippet: Snippet


class VoicemailHit(VoicemailSummary):
    """A voicemail that was found, also by what was said in it."""

    snippet: Snippet


class Hits(Answer):
    """What was found, by kind, the best first."""

    chats: list[ChatHit]
    users: list[UserHit]
    messages: list[MessageHit]
    files: list[FileHit]
    workspace: list[WorkspaceHit]
    contacts: list[ContactHit]
    calls: list[CallHit]
    voicemails: list[VoicemailHit]
