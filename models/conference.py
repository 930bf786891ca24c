"""How the conferences of chats are held."""

from sqlmodel import Field, SQLModel


class ConferenceSettings(SQLModel, table=True):
    """The settings of one chat's conference: `routing.rooms.RoomOptions`. A chat that changed none has no row."""

    __tablename__ = "conference_settings"

    chat_id: str = Field(foreign_key="chats.id", primary_key=True, max_length=32, ondelete="CASCADE")
    wait_for_moderator: bool = False
    end_with_moderator: bool = False
    announce: str = Field(default="none", max_length=10)
    record: bool = False
    muted: bool = False
    max_members: int = 0
