"""The words by which texts are found: one rule for SQLite, PostgreSQL and what a user types.

A text without its HTML tags is folded (`switchroom.texts.fold`: no case, no accents) and split at everything that is
neither letter nor digit. Scripts that put no blank between words (Chinese, Japanese, Thai ...) are split into pairs of
characters: `会议室` becomes `会议 议室 室`. So a part of any length is found: `议室` as a pair, and `室` as the
beginning of one.

Two words that follow each other are also indexed as one, their *pair*: the index finds a phrase without reading where
each of its words stands.

The database has the functions `search_words` and, for pairs, `search_pairs` (SQLite) and `search_lexemes` (PostgreSQL),
in the migrations 0020 and 0022. They are made of the constants here: whoever changes one writes a migration that makes
the functions and the index again.
"""

import re
from collections.abc import Sequence
from hashlib import sha256
from itertools import pairwise

from switchroom.texts import fold

SEPARATORS = (
    r"\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf"
    r"\u00d7\u00f7\u02c2-\u02c5\u02d2-\u02df\u02e5-\u02eb\u02ed\u02ef-\u02ff\u0375\u037e\u0384-\u0385"
    r"\u0387\u03f6\u0482\u055a-\u055f\u0589-\u058f\u05be\u05c0\u05c3\u05c6\u05f3-\u060f\u061b-\u061f"
    r"\u066a-\u066d\u06d4\u06dd-\u06de\u06e9\u06fd-\u06fe\u0700-\u070f\u07f6-\u07f9\u07fe-\u07ff"
    r"\u0830-\u083e\u085e\u0888\u0890-\u0891\u08e2\u0964-\u0965\u0970\u09f2-\u09f3\u09fa-\u09fb\u09fd"
    r"\u0a76\u0af0-\u0af1\u0b70\u0bf3-\u0bfa\u0c77\u0c7f\u0c84\u0d4f\u0d79\u0df4\u0e3f\u0e4f"
    r"\u0e5a-\u0e5b\u0f01-\u0f17\u0f1a-\u0f1f\u0f34\u0f36\u0f38\u0f3a-\u0f3d\u0f85\u0fbe-\u0fc5"
    r"\u0fc7-\u0fda\u104a-\u104f\u109e-\u109f\u10fb\u1360-\u1368\u1390-\u1399\u1400\u166d-\u166e\u1680"
    r"\u169b-\u169c\u16eb-\u16ed\u1735-\u1736\u17d4-\u17d6\u17d8-\u17db\u1800-\u180a\u180e\u1940-\u1945"
    r"\u19de-\u19ff\u1a1e-\u1a1f\u1aa0-\u1aa6\u1aa8-\u1aad\u1b5a-\u1b6a\u1b74-\u1b7e\u1bfc-\u1bff"
    r"\u1c3b-\u1c3f\u1c7e-\u1c7f\u1cc0-\u1cc7\u1cd3\u1fbd\u1fbf-\u1fc1\u1fcd-\u1fcf\u1fdd-\u1fdf"
    r"\u1fed-\u1fef\u1ffd-\u206f\u207a-\u207e\u208a-\u208e\u20a0-\u20c0\u2100-\u2101\u2103-\u2106"
    r"\u2108-\u2109\u2114\u2116-\u2118\u211e-\u2123\u2125\u2127\u2129\u212e\u213a-\u213b\u2140-\u2144"
    r"\u214a-\u214d\u214f\u218a-\u244a\u249c-\u24e9\u2500-\u2775\u2794-\u2bff\u2ce5-\u2cea\u2cf9-\u2cfc"
    r"\u2cfe-\u2cff\u2d70\u2e00-\u2e2e\u2e30-\u3004\u3008-\u3020\u3030\u3036-\u3037\u303d-\u303f"
    r"\u309b-\u309c\u30a0\u30fb\u3190-\u3191\u3196-\u319f\u31c0-\u31e3\u3200-\u321e\u322a-\u3247\u3250"
    r"\u3260-\u327f\u328a-\u32b0\u32c0-\u33ff\u4dc0-\u4dff\ua490-\ua4c6\ua4fe-\ua4ff\ua60d-\ua60f\ua673"
    r"\ua67e\ua6f2-\ua716\ua720-\ua721\ua789-\ua78a\ua828-\ua82b\ua836-\ua839\ua874-\ua877\ua8ce-\ua8cf"
    r"\ua8f8-\ua8fa\ua8fc\ua92e-\ua92f\ua95f\ua9c1-\ua9cd\ua9de-\ua9df\uaa5c-\uaa5f\uaa77-\uaa79"
    r"\uaade-\uaadf\uaaf0-\uaaf1\uab5b\uab6a-\uab6b\uabeb\ufb29\ufbb2-\ufbc2\ufd3e-\ufd4f\ufdcf"
    r"\ufdfc-\ufdff\ufe10-\ufe19\ufe30-\ufe6b\ufeff-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"
    r"\uffe0-\ufffd\U0001f000-\U0001faff"
)
"""What stands between words, as inside of the brackets of a regular expression. Python and PostgreSQL read it alike."""
UNSPACED = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    r"\uf900-\ufaff"
    r"\U00020000-\U0003ffff"
)
"""The scripts without blanks: Thai, Lao, Burmese, Khmer, the Japanese syllables, Chinese characters."""
TAG = r"</?[a-zA-Z][^<>]*>"
LONGEST_WORD = 64
LONGEST_TEXT = 200_000
"""Characters of a text that are looked at."""
_TAG = re.compile(TAG)
# They stand between the parts of a word, by which it is also found; `fold` leaves them out.
_JOINER = re.compile("[\u200c\u200d]")
_PIECE = re.compile(f"[{UNSPACED}]+|[^{UNSPACED}{SEPARATORS}]+")
_IS_UNSPACED = re.compile(f"[{UNSPACED}]")


def without_tags(text: str) -> str:
    """Return the text with a blank for each HTML tag."""
    return _TAG.sub(" ", text)


def pieces_of(text: str) -> list[str]:
    """Return the folded text's runs of characters of one kind, in their order: words, or runs of an unspaced script."""
    return _PIECE.findall(fold(_JOINER.sub(" ", without_tags(text[:LONGEST_TEXT]))))


def is_unspaced(piece: str) -> bool:
    """Return whether the piece is of a script without blanks."""
    return _IS_UNSPACED.match(piece) is not None


def words_of(piece: str) -> list[str]:
    """Return the words by which a piece is found."""
    return [piece[at : at + 2] for at in range(len(piece))] if is_unspaced(piece) else [piece[:LONGEST_WORD]]


def search_words(text: str) -> str:
    """Return the words of a text, with a blank between two."""
    return " ".join(word for piece in pieces_of(text) for word in words_of(piece))


FIRST_PAIR = 0x40000
"""Pairs are characters from here on, which no script has: a word of one character is in no index of beginnings."""


def pairs_of(words: Sequence[str]) -> list[str]:
    """Return the pairs of words that follow each other. Different pairs may have the same character."""
    return [_pair(f"{one} {other}") for one, other in pairwise(words)]


def _pair(text: str) -> str:
    return chr(FIRST_PAIR + int(sha256(text.encode()).hexdigest()[:5], 16) // 2)


def search_pairs(words: str) -> str:
    """Return the pairs of an entry's words, with a blank between two. Its scopes, which begin with `=`, have none."""
    return " ".join(pairs_of([word for word in words.split(" ") if word and word[0] != "="]))
