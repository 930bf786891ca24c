"""What clients see of the contacts' table."""

from api.conventions.answers import Answer, PublicId, Time
from api.conventions.resource import Resource
from models import Contact


class ContactAnswer(Answer):
    """A person outside of the team."""

    id: PublicId
    owner: PublicId | None
    """Who made the contact."""
    team: PublicId | None
    """The organization that the contact belongs to; null: it is personal."""
    first_name: str
    last_name: str
    email: str | None
    work_number: str | None
    home_number: str | None
    cell_number: str | None
    attributes: dict[str, str]
    """What else the organization wants to know of the person."""
    created_at: Time
    updated_at: Time


CONTACT = Resource(
    "contact",
    ContactAnswer,
    Contact,
    search=("first_name", "last_name", "email", "work_number", "home_number", "cell_number"),
)
