"""Which links the caller sees: those of the chats that they are in."""

from sqlalchemy import bindparam
from sqlmodel import col, select

from api.core.scope import USER, VISIBLE_CHAT_IDS
from models import MessageLink

OF_CHAT = select(MessageLink).where(col(MessageLink.chat_id) == bindparam("chat"))
"""The links of the chat in the parameter `chat`, which the caller is in."""
OWN = select(MessageLink).where(
    col(MessageLink.user_id) == USER, col(MessageLink.chat_id).in_(VISIBLE_CHAT_IDS)
)
"""The links that the caller sent into chats that they are still in."""
