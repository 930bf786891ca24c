"""What clients get of contacts."""

from api.accounts.contacts.resource import CONTACT
from api.conventions.answers import answer

ContactAnswer = answer("Contact", CONTACT)
