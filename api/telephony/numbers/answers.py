"""What clients get of numbers."""

from api.conventions.answers import answer
from api.telephony.numbers.resource import NUMBER

NumberAnswer = answer("Number", NUMBER)
