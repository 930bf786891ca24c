"""What clients send about contacts of the inbox, and what they get."""

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from api.accounts.contacts.schemas import check_attributes
from api.conventions.answers import Answer
from api.conventions.body import Body
from api.conventions.fields import Line
from api.inbox.fields import DashedId, Filter, InboxId, OfOrganization
from api.inbox.pages import Metadata, PagedOfOrganization


def _key(value: str) -> str:
    check_attributes({value: ""})
    return value


Key = Annotated[str, AfterValidator(_key), Field(examples=["likes_dogs"])]
"""Routes can read it, so it is written as they write names."""
Value = Annotated[str, StringConstraints(max_length=1000), Field(examples=["yes"])]


class InfoValue(Body):
    """What a contact's info must be."""

    key: Annotated[str, StringConstraints(max_length=100), Field(examples=["likes_dogs"])]
    value: Value


class ContactFilter(Filter):
    """What contacts must meet."""

    info_values: Annotated[list[InfoValue], Field(max_length=20)] | None = None
    """All of these."""


class ContactsSought(PagedOfOrganization):
    """Which contacts the client wants."""

    filter: ContactFilter | None = None


class OfContact(OfOrganization):
    """What names a contact of an organization."""

    contact_id: InboxId


class Rename(OfContact):
    """A contact's name from now on. The first word is the first name."""

    name: Annotated[Line, StringConstraints(min_length=1), Field(examples=["Michael Jeffrey Jordan"])]


class Merge(OfContact):
    """Two contacts that are the same person."""

    merged_contact_id: InboxId
    """The contact that becomes `contact_id`. Its id still leads there."""


class InfoKey(OfContact):
    """What names a piece of a contact's info."""

    key: Key


class Info(InfoKey):
    """A piece of a contact's info."""

    value: Value


class InboxContactAnswer(Answer):
    """A person who writes to the organization."""

    id: DashedId
    first_name: str
    last_name: str | None
    avatar_url: str | None
    tags: list[DashedId]
    """Ids of the tags on the contact."""
    info: dict[str, str]
    """What else the organization knows of the person."""


class ContactDetails(Answer, of=InboxContactAnswer):
    """A person who writes to the organization or calls it."""

    email: str | None
    numbers: list[str]
    """Their telephone numbers, in E.164."""
    merged_contact_ids: list[DashedId]
    """Ids of contacts that were merged into this one."""


class ContactPage(Answer):
    """A page of the contacts of an organization, the newest first."""

    data: list[InboxContactAnswer]
    response_metadata: Metadata


class InfoAnswer(Answer):
    """What the organization knows of a contact."""

    info: Annotated[dict[str, str], Field(examples=[{"likes_dogs": "yes"}])]
