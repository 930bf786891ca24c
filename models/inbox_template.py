"""Templates: messages that an organization has prepared for a source, with `{{variable}}`s."""

import re

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from models.base import ChangingRow

_VARIABLE = re.compile(r"\{\{\s*([A-Za-z0-9_]{1,40})\s*\}\}")


class InboxTemplate(ChangingRow, table=True):
    """A prepared text for the channels of one source."""

    __tablename__ = "inbox_templates"
    __table_args__ = (UniqueConstraint("team_id", "source", "name"),)

    team_id: str = Field(foreign_key="teams.id", max_length=32, ondelete="CASCADE")
    source: str = Field(max_length=20)
    name: str = Field(max_length=100)
    text: str


def variables_in(text: str) -> list[str]:
    """Return the names of the variables of a template, each once, in their order."""
    return list(dict.fromkeys(_VARIABLE.findall(text)))


def filled(text: str, values: dict[str, str]) -> str:
    """Return the template with these values. Raises KeyError for a variable without one."""
    return _VARIABLE.sub(lambda match: values[match[1]], text)
