"""Devices: the browsers and apps of users that receive pushes. Pushes themselves, as they are written to the outbox."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Session

from models.base import ChangingRow
from models.outbox import OutboxKind, emit
from switchroom.messages.outbox import Push, PushKind


class Platform(StrEnum):
    FCM = "fcm"
    WEBPUSH = "webpush"


class Device(ChangingRow, table=True):
    """A registration for pushes. With FCM `registration_id` is the token that FCM gave to the app."""

    __tablename__ = "devices"
    __table_args__ = (UniqueConstraint("user_id", "registration_id"),)

    user_id: str = Field(foreign_key="users.id", max_length=32, ondelete="CASCADE")
    registration_id: str = Field(max_length=512)
    platform: str = Field(max_length=10)
    name: str = Field(default="", max_length=100)
    do_not_disturb: bool = False
    address: str | None = None
    """Web Push: the subscription, encrypted (`switchroom.encryption`)."""
    address_hash: str = Field(unique=True, max_length=64)
    """SHA-256 of the token, or of the subscription's URL: a device belongs to the user who signed in there last."""


def push(
    session: Session,
    kind: PushKind,
    users: Sequence[str],
    team_id: str,
    title: str,
    text: str,
    about: Mapping[str, str],
) -> None:
    """Push this to the devices of these users after the commit. Call it for members and guests of the team alone.

    `about` names the objects (`chat`, `message`, `call`, `voicemail`) by their ids. Users who left the team or the chat
    until then, or who want no notifications of it, get none.
    """
    if users:
        told = Push(kind=kind, users=list(users), team=team_id, title=title, text=text, about=dict(about))
        emit(session, OutboxKind.PUSH, told.model_dump())
