"""What a telephone number is: its country, and the class by which its calls are charged."""

from enum import StrEnum
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberType

from routing.enum_members import quick_members
from routing.frozen import dataclass

ANY_COUNTRY = "*"
"""Stands for every country. It does not stand for `NO_COUNTRY`."""
OWN_COUNTRY = "own"
"""Stands for the country of the team's number that is shown."""
NO_COUNTRY = "001"
"""Numbers that belong to no country, among them those of satellites. `phonenumbers` has this code for them."""
_SATELLITE_CODES = frozenset({870, 881, 882, 883})
"""Country codes of satellites and of networks without a country. `phonenumbers` takes some of them for VoIP."""


@quick_members
class DestinationClass(StrEnum):
    """By what a call is charged: the classes of `phonenumbers`, and satellites."""

    FIXED = "fixed"
    MOBILE = "mobile"
    TOLL_FREE = "toll-free"
    SHARED_COST = "shared-cost"
    PREMIUM = "premium"
    VOIP = "voip"
    PERSONAL = "personal"
    PAGER = "pager"
    COMPANY = "company"
    """A universal access number: one number for all places of a company."""
    VOICEMAIL = "voicemail"
    SATELLITE = "satellite"
    UNKNOWN = "unknown"
    """Not a valid number of its country, or its class is not known."""


@dataclass(frozen=True, slots=True)
class Destination:
    """`country` is ISO 3166 alpha-2, `NO_COUNTRY`, or empty if it is unknown.

    `classes` has two members where the number does not tell whether it is a fixed or a mobile one, as in North America.
    """

    country: str
    classes: tuple[DestinationClass, ...]


_C = DestinationClass
_CLASSES: dict[int, tuple[DestinationClass, ...]] = {
    PhoneNumberType.FIXED_LINE: (_C.FIXED,),
    PhoneNumberType.MOBILE: (_C.MOBILE,),
    PhoneNumberType.FIXED_LINE_OR_MOBILE: (_C.FIXED, _C.MOBILE),
    PhoneNumberType.TOLL_FREE: (_C.TOLL_FREE,),
    PhoneNumberType.PREMIUM_RATE: (_C.PREMIUM,),
    PhoneNumberType.SHARED_COST: (_C.SHARED_COST,),
    PhoneNumberType.VOIP: (_C.VOIP,),
    PhoneNumberType.PERSONAL_NUMBER: (_C.PERSONAL,),
    PhoneNumberType.PAGER: (_C.PAGER,),
    PhoneNumberType.UAN: (_C.COMPANY,),
    PhoneNumberType.VOICEMAIL: (_C.VOICEMAIL,),
}


@lru_cache(maxsize=4096)
def one_spelling(number: str) -> str:
    """Return the spelling in which a number in E.164 is dialled and counted: `+1 416 ...` also for `+1 1 416 ...`.

    Carriers take the prefix of national calls after the country code. Without this, a number would have several caps.
    """
    try:
        return phonenumbers.format_number(phonenumbers.parse(number), phonenumbers.PhoneNumberFormat.E164)
    except phonenumbers.NumberParseException:
        return number


@lru_cache(maxsize=4096)
def destination(number: str) -> Destination:
    """Return what is known of a number in E.164."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return Destination("", (_C.UNKNOWN,))
    if parsed.country_code in _SATELLITE_CODES:
        return Destination(NO_COUNTRY, (_C.SATELLITE,))
    country = phonenumbers.region_code_for_number(parsed) or ""
    return Destination(country, _CLASSES.get(phonenumbers.number_type(parsed), (_C.UNKNOWN,)))
