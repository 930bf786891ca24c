"""What follows a transaction: payloads of the table `outbox`'s rows. The row's `kind` says which payload it has.

| kind | payload |
|---|---|
| `command` | a command of `switchroom.messages.commands` |
| `event` | an event of `switchroom.messages.events` |
| `job` | `JobRequest` |
| `mail` | `Mail` |
| `push` | `Push` |
| `notification` | a `switchroom.messages.records.NotificationRecord` without its id, which is the row's |
"""

from typing import Literal

from pydantic import AwareDatetime, Field

from switchroom.messages.base import Id, Message

PushKind = Literal["mention", "missed_call", "voicemail"]


class JobRequest(Message):
    """Put the job `name` of `workers.enqueue.JOBS` on a queue of RQ, `delay` seconds from now."""

    name: str
    args: list[str | int | float | bool | None] = Field(default_factory=list)
    queue: str = "default"
    delay: float | None = None


class MailedReport(Message):
    """Statistics of a team as a file: `of`, `by` and `interval` as of `GET /v1/team/:id/statistics`. None: all of
    them."""

    team: Id
    name: str
    of: str = "calls"
    by: str
    interval: str | None = None
    start: AwareDatetime
    end: AwareDatetime
    figures: list[str] | None = None
    queues: list[Id] | None = None
    format: Literal["csv", "xlsx"] = "xlsx"


class Mail(Message):
    """A plain text to one address. `voicemail`: one whose audio is attached. `report`: statistics that are attached."""

    to: str
    subject: str
    text: str
    voicemail: Id | None = None
    report: MailedReport | None = None


class Push(Message):
    """What the devices of these users show.

    `about` names objects (`chat`, `message`, `call`, `voicemail`) by their ids.
    """

    kind: PushKind
    users: list[Id]
    team: Id
    title: str
    text: str
    about: dict[str, Id] = Field(default_factory=dict)
