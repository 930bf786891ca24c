"""The letters on the keys of a telephone (E.161)."""

import unicodedata

_LETTERS = {"2": "abc", "3": "def", "4": "ghi", "5": "jkl", "6": "mno", "7": "pqrs", "8": "tuv", "9": "wxyz"}
_KEYS = {letter: key for key, letters in _LETTERS.items() for letter in letters}


def on_keypad(name: str) -> tuple[str, ...]:
    """Return the keys of a name's words, in capitals or not, with accents or without: `Zoë Ng` is `963` and `64`.

    A word in letters that no keypad has is left out.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = ("".join(_KEYS.get(letter, "") for letter in word) for word in plain.split())
    return tuple(word for word in words if word)
