"""Telephone numbers, as trunks and people write them."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import shortnumberinfo

from switchroom.numbers import (
    E164,
    country_of,
    digits_of,
    emergency_pattern,
    find_did,
    is_emergency,
    is_reserved,
    parse,
    parse_or_digits,
    same_number,
    spellings,
)

pytestmark = pytest.mark.unit

COUNTRIES = sorted(phonenumbers.SUPPORTED_REGIONS)


@pytest.mark.parametrize(
    ("text", "country", "expected"),
    [
        ("+14165550100", "", "+14165550100"),
        ("14165550100", "", "+14165550100"),
        ("4165550100", "CA", "+14165550100"),
        ("6475550123", "CA", "+16475550123"),
        ("(416) 555-0100", "CA", "+14165550100"),
        ("0711 123456", "DE", "+49711123456"),
        ("0014165550100", "CA", "+14165550100"),
        ("0014165550100", "", "+14165550100"),
        ("0612345678", "FR", "+33612345678"),
        ("00390612345678", "FR", "+390612345678"),
        ("011442071234567", "CA", "+442071234567"),
        ("+44 (0)20 7123 4567", "", "+442071234567"),
        ("+0612345678", "FR", "+33612345678"),
        ("011 15 2345-6789", "AR", "+5491123456789"),
        ("+5215512345678", "", "+525512345678"),
        ("+551187654321", "", "+5511987654321"),
        ("+39612345678", "", "+390612345678"),
        ("+393471234567", "", "+393471234567"),
        ("+14165550100;npdi;rn=+14165550999", "CA", "+14165550100"),
        ("4165550100;phone-context=+1", "", "+14165550100"),
        ("4165550100;npdi;phone-context=+1;rn=+1416", "FR", "+14165550100"),
        ("%2B14165550100", "", "+14165550100"),
        ("+1-416-555-0100", "", "+14165550100"),
        ("tel:+1-416-555-0100;ext=7", "", "+14165550100"),
        ("sip:+14165550100@192.0.2.1;user=phone", "", "+14165550100"),
        ("+1416555031;ext=1", "CA", ""),
        ("101", "CA", ""),
        ("911", "CA", ""),
        ("5551234", "CA", ""),
        ("", "CA", ""),
        ("anonymous", "CA", ""),
        ("+1416FLOWERS", "CA", ""),
        ("+", "CA", ""),
        ("+14165550100" * 50, "CA", ""),
    ],
)
def test_a_number_becomes_e164(text: str, country: str, expected: str) -> None:
    assert parse(text, country) == expected


def test_what_is_no_whole_number_keeps_its_digits() -> None:
    assert parse_or_digits("101", "CA") == "101"
    assert parse_or_digits("+1416555031;ext=1", "CA") == "+1416555031"
    assert parse_or_digits("anonymous", "CA") == ""


@given(
    st.text(max_size=40) | st.from_regex(r"\+?[0-9 ()-]{0,22}(;[a-z]+=\+?[0-9]*)?"),
    st.sampled_from(COUNTRIES),
)
def test_whatever_comes_is_e164_or_nothing_and_stays_it(text: str, country: str) -> None:
    number = parse(text, country)
    assert not number or (E164.fullmatch(number) and parse(number, "") == number)
    assert number in spellings(number)


@given(st.sampled_from(COUNTRIES))
def test_every_way_to_dial_a_number_is_the_same_number(country: str) -> None:
    example = phonenumbers.example_number(country)
    if example is None:
        return
    number = parse(phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164))
    for form in (phonenumbers.PhoneNumberFormat.NATIONAL, phonenumbers.PhoneNumberFormat.INTERNATIONAL):
        assert same_number(parse(phonenumbers.format_number(example, form), country)) == same_number(number)
    assert parse(phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.RFC3966)) == number
    assert parse(f"00{number[1:]}") == number


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("+5491123456789", "+541123456789"),
        ("+5215512345678", "+525512345678"),
        ("+551187654321", "+5511987654321"),
        ("+39612345678", "+390612345678"),
    ],
)
def test_two_spellings_are_the_same_number(one: str, other: str) -> None:
    assert same_number(one) == same_number(other)
    assert set(spellings(one)) == set(spellings(other)) >= {one, other}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("+551123456789", "+5511923456789"),  # a fixed line of São Paulo
        ("+393471234567", "+3903471234567"),  # a mobile telephone of Italy
        ("+14165550100", "+14165550101"),
        ("101", "+101"),
    ],
)
def test_two_numbers_are_not_the_same(one: str, other: str) -> None:
    assert same_number(one) != same_number(other)


@given(st.from_regex(r"\+(54|549|52|521|55|39|390|1|44)[0-9]{6,11}", fullmatch=True).filter(E164.fullmatch))
@pytest.mark.long
def test_spellings_are_one_class(number: str) -> None:
    for spelling in spellings(number):
        assert same_number(spelling) == same_number(number)
        assert set(spellings(spelling)) == set(spellings(number))


def test_a_did_is_found_however_the_trunk_writes_it() -> None:
    dids = ("+14375557701", "+33612345678")
    written = ("4375557701", "14375557701", "+14375557701", "0014375557701", "+1-437-555-7701;npdi;rn=+1416")
    assert {find_did(text, dids) for text in written} == {"+14375557701"}
    assert find_did("0612345678", dids) == "+33612345678"


def test_no_did_is_found_for_another_number() -> None:
    assert find_did("+1416555031;ext=1", ("+14165550311",)) == ""
    assert find_did("+4375557701", ("+14375557701",)) == "", "a + says that the country is in the number"
    assert find_did("4375557701", ()) == ""


def test_a_did_is_found_by_an_old_spelling() -> None:
    assert find_did("5215512345678", ("+525512345678",)) == "+525512345678"
    assert find_did("+541123456789", ("+5491123456789",)) == "+5491123456789"


def test_digits_that_may_mean_two_dids_mean_none() -> None:
    assert find_did("0201234567", ("+31201234567", "+49201234567")) == ""


def test_the_country_of_a_number() -> None:
    numbers = ("+14165550100", "+33612345678", "+80012345678", "+390612345678", "101")
    assert [country_of(number) for number in numbers] == ["CA", "FR", "", "IT", ""]


@pytest.mark.parametrize(
    ("digits", "country"),
    [
        ("112", "CA"),
        ("911", "DE"),
        ("999", ""),
        ("112", ""),
        ("110", "DE"),
        ("15", "FR"),
        ("111", "NZ"),
        ("101", "AR"),
    ],
)
def test_emergency_numbers(digits: str, country: str) -> None:
    assert is_emergency(digits, country)


def test_every_countrys_emergency_numbers_are_an_expression_that_asterisk_reads() -> None:
    for country in COUNTRIES:
        pattern = emergency_pattern(country)
        assert set(pattern) <= set("0123456789[]()|?^$-"), pattern
        assert "(?" not in pattern
        for digits in ("112", "911", "999"):
            assert is_emergency(digits, country)
        for digits in ("11", "1120", "9110"):
            found = bool(shortnumberinfo.is_emergency_number(digits, country))
            assert is_emergency(digits, country) == found, (digits, country)
        assert not is_emergency("", country)


def test_help_lines_are_reserved_too_and_other_extensions_are_not() -> None:
    assert is_reserved("114", "FR")
    assert is_reserved("988", "CA")
    assert all(is_reserved(digits, "GB") for digits in ("101", "105", "111", "119"))
    assert is_reserved("115", "DE")
    assert all(is_reserved(f"{digit}11", "US") for digit in range(2, 10))
    assert not any(is_reserved(digits, "GB") for digits in ("102", "201", "1010"))
    assert not any(is_reserved(digits, "CH") for digits in ("101", "201", "800"))
    assert not any(
        is_reserved(digits, country) for digits in ("102", "1000", "0", "12") for country in ("CA", "DE", "")
    )


SERVICES = {
    "AT": "122 133 144 142 147", "AU": "000 106 112", "BE": "100 101 107 112", "BR": "190 192 193",
    "CH": "117 118 143 144 147", "CN": "110 119 120 122", "EG": "122 123 180", "ES": "016 062 091 112",
    "GR": "100 166 199", "HK": "999", "IL": "100 101 102", "IN": "100 101 102 108 1098",
    "IT": "112 113 115 118", "JP": "110 118 119", "KR": "112 119", "NG": "112 199", "NO": "110 112 113",
    "NZ": "111", "PL": "997 998 999", "RU": "101 102 103 104", "SG": "995 999", "TH": "191 199 1669",
    "TR": "112 155", "UA": "101 102 103", "ZA": "10111 10177",
}  # fmt: skip


@pytest.mark.parametrize("country", SERVICES)
def test_no_extension_is_a_service_of_the_country(country: str) -> None:
    """Police, fire brigade, ambulance and help lines, as the countries publish them."""
    wrong = [digits for digits in SERVICES[country].split() if not is_reserved(digits, country)]
    assert wrong == []


def test_a_feature_code_is_no_extension() -> None:
    from routing.calls.feature_codes import CODES

    assert [code for code in CODES if not code.startswith("*")] == []


@given(st.text(max_size=200))
def test_digits_are_digits(text: str) -> None:
    assert digits_of(text).removeprefix("+").isascii()
    assert digits_of(text) == digits_of(digits_of(text))
