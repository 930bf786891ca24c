"""Who has a number, and which number a contact is called at."""

from api.core.errors import NotFound, ValidationFailed
from api.core.scope import Scope
from api.inbox.calling.schemas import CallBack, NumberSought
from api.inbox.conversations.service import find
from api.inbox.errors import NoNumber
from api.inbox.organization import organization
from models import Contact, Conversation, Team
from models.inbox_contact import numbers_of, person_by_number
from switchroom.numbers import country_code, parse, same_number


def contact_with(scope: Scope, body: NumberSought) -> Contact:
    """Return the organization's contact with a number, in any of its spellings. Raises NotFound, ValidationFailed."""
    team = scope.session.get_one(Team, organization(scope, body.organization_id))
    number = _parsed(team, body.number)
    contact = person_by_number(scope.session, team.id, number)
    if contact is None:
        raise NotFound("contact")
    return contact


def number_to_call(scope: Scope, body: CallBack) -> tuple[Conversation, str]:
    """Return the conversation, and the number of its contact. Raises NotFound, NoNumber, ValidationFailed."""
    conversation = find(scope, body.conversation_id)
    contact = scope.session.get_one(Contact, conversation.contact_id)
    numbers = numbers_of(scope.session, contact)
    if not numbers:
        raise NoNumber
    if body.number is None:
        return conversation, numbers[0]
    wanted = same_number(_parsed(scope.session.get_one(Team, conversation.team_id), body.number))
    for number in numbers:
        if same_number(number) == wanted:
            return conversation, number
    raise ValidationFailed({"number": "Not a number of this contact"})


def _parsed(team: Team, text: str) -> str:
    number = parse(text, country_code(team.country))
    if not number:
        raise ValidationFailed(
            {"number": "Not a telephone number of the organization's country, or in E.164"}
        )
    return number
