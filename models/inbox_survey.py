"""Satisfaction surveys: a question after a conversation was closed, and the score that the contact answers.

The contact's next message answers the question if it is a score and nothing else. Every other message ends the survey,
so a number that a contact sends later is not taken for a score.
"""

import re
from datetime import datetime, timedelta

from sqlalchemy import Index
from sqlmodel import Field, Session, col, select

from models.base import Row, time_field, utcnow
from models.conversation import Conversation
from models.outbox import emit_event
from models.shown import show_time
from models.team import local_day
from switchroom.ids import dashed_id
from switchroom.messages.events import to_team

LOWEST, HIGHEST = 1, 5
ANSWERED_WITHIN = timedelta(days=3)
_SCORE = re.compile(r"([1-5])\s*(?:/\s*5)?\s*[.!)]*")
_STARS = re.compile(r"(?:(?:\u2b50|\u2605)\ufe0f?\s*){1,5}")
_STAR = re.compile("[\u2b50\u2605]")
_QUOTE = re.compile(r"^(?:-- ?$|-{5}|_{10}|(?:From|Von): )", re.MULTILINE)
"""From here on a mail has a signature, or what it answers."""


class InboxSurvey(Row, table=True):
    """A question that a contact was asked. `waits` while the contact's next message may answer it."""

    __tablename__ = "inbox_surveys"
    __table_args__ = (
        Index("ix_inbox_surveys_conversation_id_waits", "conversation_id", "waits"),
        Index("ix_inbox_surveys_team_id_day_channel_id", "team_id", "day", "channel_id"),
    )

    team_id: str = Field(foreign_key="teams.id", max_length=32, ondelete="CASCADE")
    channel_id: str = Field(foreign_key="inbox_channels.id", max_length=32, ondelete="CASCADE")
    conversation_id: str = Field(foreign_key="conversations.id", max_length=32, ondelete="CASCADE")
    user_id: str | None = Field(default=None, foreign_key="users.id", max_length=32, ondelete="SET NULL")
    """The member who closed the conversation."""
    day: str = Field(max_length=10)
    """The day of `created_at` in the organization's time zone."""
    waits: bool = True
    score: int | None = None
    """`LOWEST` to `HIGHEST`; the highest is the best."""
    answered_at: datetime | None = time_field()


def score_in(text: str) -> int | None:
    """Return the score that a whole text says: `4`, `4/5`, `4!`, or four stars. None: it says something else.

    What a mail quotes is not counted.
    """
    text = _without_quote(text)
    if found := _SCORE.fullmatch(text):
        return int(found[1])
    return len(_STAR.findall(text)) if _STARS.fullmatch(text) else None


def _without_quote(text: str) -> str:
    """Return the text without what a mail quotes, and without the paragraph that says whom it quotes."""
    lines = text.splitlines()
    own = _QUOTE.split("\n".join(line for line in lines if not line.startswith(">")), maxsplit=1)[0].strip()
    words, _, last = own.rpartition("\n\n")
    return words.strip() if last.endswith(":") and any(line.startswith(">") for line in lines) else own


def begin_survey(session: Session, conversation: Conversation, user_id: str | None) -> InboxSurvey:
    """Store that the contact is asked now. A question that waited is given up."""
    end_survey(session, conversation.id)
    now = utcnow()
    survey = InboxSurvey(
        team_id=conversation.team_id,
        channel_id=conversation.channel_id,
        conversation_id=conversation.id,
        user_id=user_id,
        day=local_day(session, conversation.team_id, now),
        created_at=now,
    )
    session.add(survey)
    session.flush()
    return survey


def end_survey(session: Session, conversation_id: str) -> InboxSurvey | None:
    """Let the conversation's question wait no longer. Return it, if it had not waited too long."""
    waiting = select(InboxSurvey).where(
        col(InboxSurvey.conversation_id) == conversation_id, col(InboxSurvey.waits).is_(True)
    )
    survey = session.exec(waiting.with_for_update()).first()
    if survey is None:
        return None
    survey.waits = False
    return survey if utcnow() - survey.created_at <= ANSWERED_WITHIN else None


def take_answer(session: Session, conversation: Conversation, text: str) -> bool:
    """Take the contact's new message as the answer to what they were asked. Return whether it is one."""
    survey = end_survey(session, conversation.id)
    score = score_in(text) if survey is not None else None
    if survey is None or score is None:
        return False
    survey.score, survey.answered_at = score, utcnow()
    session.flush()
    told = {
        "id": dashed_id(survey.id),
        "conversation_id": dashed_id(conversation.id),
        "channel_id": dashed_id(conversation.channel_id),
        "score": score,
        "answered_at": show_time(survey.answered_at),
    }
    emit_event(session, "inbox_survey", "answered", survey.id, told, to_team(conversation.team_id))
    return True
