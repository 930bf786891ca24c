"""Texts that people write: how names are cleaned at the border, and how they are compared, searched and ordered.

Three forms of a text: `clean` is stored and shown, `name_key` says whether two names are the same, and `fold` is what
lists search in and order by. The database has the function `fold_text`, which returns the same as `fold`.
"""

import re
import unicodedata

_VIRAMA = 9
_ZWNJ, _ZWJ = "\u200c", "\u200d"
_ACCENTS_AND_JOINERS = re.compile(f"[\u0300-\u0344\u0346-\u036f{_ZWNJ}{_ZWJ}]")
# White space after NFKD.
_BLANKS = re.compile("[\t-\r\x1c- \x85\u1680\u2028\u2029]+")
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_HAS_INK = frozenset("LNPS")
# Letters and marks that look empty.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
FOLDED_LETTERS = {
    "ß": "ss",
    "ς": "σ",
    "ø": "o",
    "đ": "d",
    "ħ": "h",
    "ı": "i",
    "ł": "l",
    "æ": "ae",
    "œ": "oe",
    "\u0345": "ι",
    # Other forms of Cyrillic letters in church books. They are lower case, and only case-folding makes them one.
    **dict(zip("\u1c80\u1c81\u1c82\u1c83\u1c84\u1c85\u1c86\u1c87\u1c88", "вдосттъѣꙋ", strict=True)),
}
"""What is folded beside case and accents: letters that Unicode does not take apart, and letters that case-folding
changes but lower case does not. The database folds the same."""
_LETTERS = str.maketrans(FOLDED_LETTERS)


def clean(text: str) -> str:
    """Return the text as it is stored: composed (NFC), without characters that nobody sees, trimmed.

    Control characters, bidi marks, zero-width and private characters are removed. A white-space character becomes a
    blank. Joiners stay where a script needs them: after a virama, and between Arabic letters.
    """
    if text.isascii() and text.isprintable():
        return text.strip()
    text = unicodedata.normalize("NFC", text)
    kept = "".join(_kept(text, at) for at in range(len(text)))
    return unicodedata.normalize("NFC", kept).strip()


def _kept(text: str, at: int) -> str:
    char = text[at]
    if char.isspace():
        return " "
    if char in _BLANK:
        return ""
    if unicodedata.category(char) not in _INVISIBLE:
        return char
    before, after = text[at - 1 : at] if at else "", text[at + 1 : at + 2]
    joins = before and unicodedata.combining(before) == _VIRAMA
    parts = before and after and unicodedata.bidirectional(before) == unicodedata.bidirectional(after) == "AL"
    return char if (char in (_ZWNJ, _ZWJ) and joins) or (char == _ZWNJ and parts) else ""


def is_visible(text: str) -> bool:
    """Return whether anything of the text is seen."""
    return any(unicodedata.category(char)[0] in _HAS_INK and char not in _BLANK for char in text)


def name_key(name: str) -> str:
    """Return what equal names have in common: NFKC, case-folded, without what nobody sees. Accents count.

    Equal names have the same `fold`.
    """
    folded = unicodedata.normalize("NFKC", " ".join(clean(name).split())).casefold()
    folded = "".join(char for char in folded if char not in (_ZWNJ, _ZWJ))
    return unicodedata.normalize("NFKC", folded)


def fold(text: str) -> str:
    """Return the text without case, accents and joiners, for search and order: `Élodie` becomes `elodie`.

    Several blanks become one.
    """
    if text.isascii():
        plain = text if text.isprintable() and "  " not in text else _BLANKS.sub(" ", text)
        return plain.lower()
    plain = _BLANKS.sub(" ", _ACCENTS_AND_JOINERS.sub("", unicodedata.normalize("NFKD", text)))
    return unicodedata.normalize("NFKC", plain.lower().translate(_LETTERS))
