"""Saved replies: texts that members send often, with `{{placeholders}}` for what the conversation says itself."""

from collections.abc import Mapping

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from models.base import ChangingRow
from models.contact import Contact
from models.inbox_template import filled, variables_in


class InboxSavedReply(ChangingRow, table=True):
    """A text that the members of an organization share, for the channels of every source."""

    __tablename__ = "inbox_saved_replies"
    __table_args__ = (UniqueConstraint("team_id", "name"),)

    team_id: str = Field(foreign_key="teams.id", max_length=32, ondelete="CASCADE")
    name: str = Field(max_length=100)
    text: str


def known_values(contact: Contact, organization: str, agent: str = "") -> dict[str, str]:
    """Return the placeholders that a conversation has a value for: the contact's info, names, the organization.

    Info cannot replace one of the names.
    """
    name = f"{contact.first_name} {contact.last_name}".strip()
    info = {str(key): str(value) for key, value in contact.attributes.items()}
    own = {
        "first_name": contact.first_name,
        "last_name": contact.last_name,
        "name": name,
        "organization": organization,
        "agent": agent,
    }
    return {key: value for key, value in {**info, **own}.items() if value}


def fill_known(text: str, values: Mapping[str, str]) -> tuple[str, list[str]]:
    """Return the text with these values, and the placeholders that have none. Those stay in the text."""
    missing = [name for name in variables_in(text) if name not in values]
    return filled(text, {**{name: f"{{{{{name}}}}}" for name in missing}, **values}), missing
