"""What clients send about tags, and what they get."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from api.conventions.answers import Answer
from api.conventions.fields import OneOf
from api.core.errors import ValidationFailed
from api.inbox.fields import DashedId, InboxId, Name, OfOrganization


class TagColor(StrEnum):
    RED = "tag-red"
    BLUE = "tag-blue"
    GREEN = "tag-green"
    PURPLE = "tag-purple"


class NewTag(OfOrganization):
    """A label."""

    name: Annotated[Name, Field(examples=["Urgent"])]
    color: OneOf[TagColor]


class TagChange(NewTag):
    """What a tag is from now on."""

    id: InboxId


class TagToDelete(OfOrganization):
    """What names a tag: `id` or `tag_id`, as the document has both."""

    id: InboxId | None = None
    tag_id: InboxId | None = None

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if self.id is None and self.tag_id is None:
            raise ValidationFailed({"id": "Required"})
        return self

    @property
    def named(self) -> str:
        """The tag's id."""
        return self.id or self.tag_id or ""


class TagOfContact(OfOrganization):
    """A tag and a contact."""

    contact_id: InboxId
    tag_id: InboxId


class TagAnswer(Answer):
    """A label of an organization."""

    id: DashedId
    organization_id: DashedId
    name: str
    color: TagColor


class Tags(Answer):
    """The tags of an organization, by name."""

    tags: list[TagAnswer]
