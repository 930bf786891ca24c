"""What clients send about templates, and what they get."""

from typing import Annotated

from pydantic import Field

from api.conventions.answers import Answer
from api.conventions.fields import OneOf
from api.inbox.fields import DashedId, InboxId, Name, OfOrganization, VisibleText
from switchroom.inbox import Source


class NewTemplate(OfOrganization):
    """A prepared message."""

    source: OneOf[Source]
    """Whose channels it is for."""
    name: Name
    text: Annotated[VisibleText, Field(examples=["Hello {{first_name}}"])]
    """`{{name}}` stands for a variable."""


class OfTemplate(OfOrganization):
    """What names a template."""

    template_id: InboxId


class TemplateAnswer(Answer):
    """A prepared message."""

    id: DashedId
    organization_id: DashedId
    source: Source
    name: str
    text: str
    variables: list[str]
    """The names of the variables in the text."""


class Templates(Answer):
    """The templates of an organization, by source and name."""

    templates: list[TemplateAnswer]
