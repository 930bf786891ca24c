"""Names and other texts that people write."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchroom.texts import clean, fold, is_visible, name_key

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("Zoe\u0301", "Zo\u00e9"),
        ("हिन्दी", "हिन्दी"),
        ("क्\u200dष", "क्\u200dष"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("ฝ่ายขาย", "ฝ่ายขาย"),
        ("O’Brien", "O’Brien"),
        ("Sales & Support", "Sales & Support"),
        ("\u202eelas\u202c", "elas"),
        ("\x1b[31mSales", "[31mSales"),
        ("Sa\u200bles\ufeff", "Sales"),
        ("Sa\u200dles", "Sales"),
        ("\u2066Sales\u2069\u200f", "Sales"),
        (" Sales\u00a0Team\t", "Sales Team"),
        ("\u3164\u2800\u200b", ""),
    ],
)
def test_a_name_is_cleaned(written: str, stored: str) -> None:
    assert clean(written) == stored


@pytest.mark.parametrize("text", ["", " ", "\u200b" * 80, "\u3164", "\u0301", "\u202e\u202c", "\u00ad"])
def test_nothing_is_seen(text: str) -> None:
    assert not is_visible(text)


@given(st.text(max_size=60))
def test_a_clean_text_is_clean_and_says_the_same(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned == unicodedata.normalize("NFC", cleaned)
    assert name_key(cleaned) == name_key(text)
    assert not any(unicodedata.category(char) == "Cc" for char in cleaned)
    assert not any(char in cleaned for char in "\u200b\u200e\u200f\u202e\u2066\ufeff")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("École", "ÉCOLE"),
        ("E\u0301cole", "école"),
        ("Straße", "STRASSE"),
        ("Ｓales", "sales"),
        ("Sa\u200bles", "Sales"),
    ],
)
def test_equal_names(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


def test_accents_make_another_name_but_are_found_by_search() -> None:
    assert name_key("École") != name_key("Ecole")
    assert fold("École") == fold("ecole") == "ecole"


@pytest.mark.parametrize(
    ("written", "sought"),
    [("Élodie", "élodie"), ("Иван", "иван"), ("Anna Zed", "anna zed"), ("ΣΊΣΥΦΟΣ", "σίσυφος")],
)
def test_case_and_accents_do_not_matter_in_a_search(written: str, sought: str) -> None:
    assert fold(sought) in fold(written)


@given(st.text(st.characters(max_codepoint=0x2FFF, exclude_categories=("Cs", "Cn")), max_size=20))
def test_equal_names_are_found_by_the_same_search(text: str) -> None:
    for same in (text.upper(), text.lower(), unicodedata.normalize("NFD", text)):
        if name_key(clean(same)) == name_key(clean(text)):
            assert fold(clean(same)) == fold(clean(text))


def test_every_letter_that_case_folding_changes_is_folded() -> None:
    letters = map(chr, range(sys.maxunicode + 1))
    changed = [char for char in letters if char.lower() != char.casefold()]
    assert len(changed) > 250
    assert [char for char in changed if fold(char) != fold(char.casefold())] == []


def test_characters_that_make_one_name_fold_alike() -> None:
    alike: dict[str, set[str]] = {}
    for char in map(chr, range(0x3400)):
        if unicodedata.category(char) != "Cn":
            alike.setdefault(name_key(f"a{char}b"), set()).add(fold(clean(f"a{char}b")))
    assert [key for key, folded in alike.items() if len(folded) > 1] == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Sales  Team", "Sales Team"),
        ("Продажи  2", "продажи 2"),
        ("क्\u200dष", "क्ष"),
        ("می\u200cخواهم", "میخواهم"),
        ("\u1c81ом", "Дом"),
    ],
)
def test_names_that_are_equal_fold_alike(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)
    assert fold(clean(one)) == fold(clean(other))


@pytest.mark.parametrize("mark", ["\u00a8", "\u00b4", "\ufe76", "\ufc60"])
def test_a_mark_with_a_place_of_its_own_is_another_name_than_the_mark_alone(mark: str) -> None:
    alone = unicodedata.normalize("NFKC", mark).strip()
    assert name_key(f"{mark}x") != name_key(f"{alone}x")
