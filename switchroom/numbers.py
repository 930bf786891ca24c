"""Telephone numbers: how trunks and people write them, which spellings mean the same number, and emergency numbers.

Inside, a number is E.164 (`+14165550100`). It is made E.164 at the border, once, with the country of who wrote it.
A country is ISO 3166 alpha-2 (`CA`); empty: not known.
"""

import re
import unicodedata
from collections.abc import Collection
from functools import lru_cache
from urllib.parse import unquote

import phonenumbers
import pycountry
from phonenumbers import PhoneMetadata, shortnumberinfo

_SCHEME = re.compile(r"(?:tel|sips?):", re.IGNORECASE)
_CONTEXT = re.compile(r";phone-context=(\+[0-9]{1,15})(?:;|$)", re.IGNORECASE)
_SEPARATORS = re.compile(r"[\s()./\u00ad\u2010-\u2015\u2212-]")
_DIGITS = re.compile(r"\+?[0-9]{1,20}")
_LONGEST = 200
E164 = re.compile(r"\+[1-9][0-9]{6,14}")
LAST_DIGITS = 4
"""So many last digits are the same in all spellings of a number."""
EMERGENCY_ANYWHERE = ("112", "911", "999")
"""What a mobile telephone calls as an emergency in every country, and what is reserved where none is known."""


def digits_of(text: str) -> str:
    """Return the digits that a text dials, with a leading `+` if it has one; empty if it is no number.

    It may be a user of a SIP URI, a `tel:` URI, or what a person types. Parameters (`;npdi`, `;rn=`, `;ext=`) do not
    belong to the number, except that `;phone-context=+1` says what stands before it (RFC 3966, 5.1.5).
    """
    if len(text) > _LONGEST:
        return ""
    text = unicodedata.normalize("NFKC", unquote(text)).strip()
    if scheme := _SCHEME.match(text):
        text = text[scheme.end() :].partition("@")[0]
    context = _CONTEXT.search(text)
    plain = _SEPARATORS.sub("", text.partition(";")[0])
    if not _DIGITS.fullmatch(plain) or not plain.isascii():
        return ""
    return plain if context is None or plain.startswith("+") else context[1] + plain


@lru_cache(maxsize=10_000)
def parse(text: str, country: str = "") -> str:
    """Return the number in E.164; empty if the text is no whole number.

    Without `+`, it is a number as it is dialled in `country`, else one with `00`, else an international one whose `+`
    was left out. The last two must be valid numbers. After a `+`, the length must be possible.
    """
    plain = digits_of(text)
    if plain.startswith("+0"):
        # No country code begins with 0: the `+` was put before a national or a `00` number.
        plain = plain[1:]
    if plain.startswith("+"):
        return _international(plain, strictly=False)
    if not plain:
        return ""
    return (
        _national(plain, country)
        or (_international("+" + plain[2:]) if plain.startswith("00") else "")
        or (_international("+" + plain) if not plain.startswith("0") else "")
    )


def parse_or_digits(text: str, country: str = "") -> str:
    """Return the number in E.164; its digits as they came if it is no whole number (`101`); empty if it has none."""
    return parse(text, country) or digits_of(text)


def _national(plain: str, country: str) -> str:
    found = _parsed(plain, country) if country else None
    return _e164(found) if found is not None and phonenumbers.is_valid_number(found) else ""


def _international(plain: str, *, strictly: bool = True) -> str:
    plain = _corrected(plain)
    found = _parsed(plain, None)
    if found is None or not E164.fullmatch(plain):
        return ""
    accepts = phonenumbers.is_valid_number if strictly else phonenumbers.is_possible_number
    return _e164(found) if accepts(found) else ""


def _parsed(plain: str, country: str | None) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(plain, country)
    except phonenumbers.NumberParseException:
        return None


def _e164(number: phonenumbers.PhoneNumber) -> str:
    return _corrected(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


# -- spellings of one number ---------------------------------------------------------------------------------

_OLD = (
    (re.compile(r"\+521([0-9]{10})"), r"+52\1"),
    (re.compile(r"\+55([1-9][0-9])([6-9][0-9]{7})"), r"+55\g<1>9\2"),
    (re.compile(r"\+39([1-9][0-9]{4,10})"), r"+390\1"),
)
"""Spellings that are no valid numbers (any more), and the number that each means.

Mexico's 1 before mobile numbers ended in 2019. Brazil's mobile numbers of 8 digits got a 9 in front until 2016. The
zero of Italy's fixed lines belongs to the number.
"""
_MOBILE_ARGENTINA = re.compile(r"\+549([1-8][0-9]{9})")
_ARGENTINA = re.compile(r"\+54([1-8][0-9]{9})")


def _corrected(number: str) -> str:
    """Return the valid number that an old or wrong spelling means; any other number as it is."""
    for pattern, meant in _OLD:
        if pattern.fullmatch(number) and not _is_valid(number) and _is_valid(pattern.sub(meant, number)):
            return pattern.sub(meant, number)
    return number


@lru_cache(maxsize=10_000)
def _is_valid(number: str) -> bool:
    found = _parsed(number, None)
    return found is not None and phonenumbers.is_valid_number(found)


def same_number(number: str) -> str:
    """Return what all spellings of a number have in common: two numbers are the same if these are equal.

    `number` is E.164, or digits as they came. In Argentina one telephone is called with a 9 from abroad and without it
    from inside, and both are valid numbers.
    """
    return _MOBILE_ARGENTINA.sub(r"+54\1", _corrected(number)) if E164.fullmatch(number) else number


def spellings(number: str) -> tuple[str, ...]:
    """Return every number that is the same as this one, itself first."""
    key = same_number(number)
    near = [key, _ARGENTINA.sub(r"+549\1", key)]
    if key.startswith("+52"):
        near.append(f"+521{key[3:]}")
    elif key.startswith("+55"):
        near.append(key[:5] + key[6:])
    elif key.startswith("+390"):
        near.append(f"+39{key[4:]}")
    return tuple(dict.fromkeys([number, *(one for one in near if same_number(one) == key)]))


# -- countries -----------------------------------------------------------------------------------------------


def country_code(name: str) -> str:
    """Return the ISO 3166 alpha-2 code of a country's name or code, in any case; empty for no such country."""
    try:
        return str(pycountry.countries.lookup(name.strip()).alpha_2)
    except LookupError:
        return ""


@lru_cache(maxsize=10_000)
def country_of(number: str) -> str:
    """Return the country of a number in E.164; empty if it has none, as `+800` has none."""
    found = _parsed(number, None)
    if found is None:
        return ""
    country = phonenumbers.region_code_for_number(found) or phonenumbers.region_code_for_country_code(
        found.country_code or 0
    )
    return country if country and country.isalpha() and country != "ZZ" else ""


def find_did(text: str, dids: Collection[str]) -> str:
    """Return the one of `dids` (E.164) that a trunk's text means; empty if it means none, or may mean several.

    A trunk may send a national number. It is tried in each country that has a DID with the same last digits.
    """
    plain = digits_of(text)
    meant = {one for number in (plain, parse(plain)) for one in spellings(number) if one in dids}
    if not plain.startswith("+") and plain not in meant:
        alike = (did for did in dids if did.endswith(plain[-LAST_DIGITS:]))
        countries = {country_of(did) for did in alike}
        meant.update(number for country in countries if (number := parse(plain, country)) in dids)
    return meant.pop() if len(meant) == 1 else ""


# -- short numbers -------------------------------------------------------------------------------------------

PUBLIC_LENGTH = 3
"""Digits of a public service. Longer ones are many, and as long as extensions often are."""
NORTH_AMERICA = 1
"""The country code of the countries where all of 211 to 911 are services."""


@lru_cache
def emergency_pattern(country: str = "") -> str:
    """Return the POSIX regular expression of what calls the police, the fire brigade or an ambulance in the country.

    `112`, `911` and `999` always do: people dial them in fear, whatever the country. Asterisk reads it too.
    """
    known = PhoneMetadata.short_metadata_for_region(country) if country else None
    national = known.emergency.national_number_pattern if known is not None and known.emergency else None
    plain = (national or "").replace("(?:", "(").replace(r"\d", "[0-9]")
    return f"^({'|'.join([*EMERGENCY_ANYWHERE, plain] if plain else EMERGENCY_ANYWHERE)})$"


def is_emergency(digits: str, country: str = "") -> bool:
    """Return whether these digits are an emergency number of the country."""
    return re.fullmatch(emergency_pattern(country), digits) is not None


def is_reserved(digits: str, country: str = "") -> bool:
    """Return whether no extension may have these digits: an emergency number, or a service of the country.

    Services are the short numbers that are free of charge, such as 114 in France for those who cannot hear, and the
    public ones of three digits, such as 101 and 111 in the United Kingdom.
    """
    return is_emergency(digits, country) or _is_free(digits, country) or _is_public(digits, country)


def _is_public(digits: str, country: str) -> bool:
    """Return whether these three digits are a public service, and not a carrier's or one for text messages."""
    known = PhoneMetadata.short_metadata_for_region(country) if country else None
    if known is None or len(digits) != PUBLIC_LENGTH:
        return False
    if phonenumbers.country_code_for_region(country) == NORTH_AMERICA and digits.endswith("11"):
        return True
    private = (known.carrier_specific, known.sms_services)
    return _fits(known.short_code, digits) and not any(_fits(kind, digits) for kind in private)


def _fits(kind: phonenumbers.PhoneNumberDesc | None, digits: str) -> bool:
    pattern = kind.national_number_pattern if kind is not None else None
    return pattern is not None and re.fullmatch(pattern, digits) is not None


def _is_free(digits: str, country: str) -> bool:
    code = phonenumbers.country_code_for_region(country)
    if not code or not digits.isdecimal() or digits.startswith("0"):
        return False
    short = phonenumbers.PhoneNumber(country_code=code, national_number=int(digits))
    cost = shortnumberinfo.expected_cost_for_region(short, country)
    return bool(cost == shortnumberinfo.ShortNumberCost.TOLL_FREE)
