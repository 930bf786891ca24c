"""Snippets: the place of a text where it was found, as HTML with the found words in `<mark>`."""

import re
from collections.abc import Iterable
from functools import lru_cache
from html import escape

from models.search import Query, Term
from switchroom.search_words import SEPARATORS, is_unspaced, without_tags
from switchroom.texts import fold

BEFORE, LONGEST = 40, 200
"""Characters of a snippet before the first found word, and in all."""
LOOKED_AT = 50_000
_BLANKS = re.compile(r"\s+")
_fold_char = lru_cache(maxsize=20_000)(fold)


def snippet(query: Query, texts: Iterable[str | None]) -> str | None:
    """Return a snippet of the first text that has one of the words. All but `<mark>` is escaped."""
    for text in texts:
        if text:
            plain = _BLANKS.sub(" ", without_tags(text[:LOOKED_AT])).strip()
            if spans := _spans(_pattern(query.terms), plain):
                return _cut(plain, spans)
    return None


@lru_cache(maxsize=500)
def _pattern(terms: tuple[Term, ...]) -> re.Pattern[str]:
    return re.compile("|".join(_of_term(term) for term in terms))


def _of_term(term: Term) -> str:
    """Return what finds the term in a folded text: its pieces with anything between words between them."""
    between = f"[{SEPARATORS}]*"
    begins = "" if is_unspaced(term.pieces[0]) else f"(?:^|(?<=[{SEPARATORS}]))"
    ends = "" if term.prefix else f"(?=[{SEPARATORS}]|$)"
    return begins + between.join(re.escape(piece) for piece in term.pieces) + ends


def _spans(pattern: re.Pattern[str], text: str) -> list[tuple[int, int]]:
    """Return from where to where the text is found, although a folded text may have another length."""
    folded, at = [], []
    for place, char in enumerate(text):
        plain = _fold_char(char)
        folded.append(plain)
        at += [place] * len(plain)
    at.append(len(text))
    spans = []
    for match in pattern.finditer("".join(folded)):
        begin, end = at[match.start()], at[match.end()]
        while end < len(text) and not _fold_char(text[end]):
            end += 1  # an accent of its own belongs to its letter
        if end > begin:
            spans.append((begin, end))
    return spans


def _cut(text: str, spans: list[tuple[int, int]]) -> str:
    """Return the part of the text around the first span, with marks."""
    start = max(0, spans[0][0] - BEFORE)
    if start:
        blank = text.find(" ", start, spans[0][0])
        start = blank + 1 if blank >= 0 else start
    stop = min(len(text), start + LONGEST)
    parts, last = ["…" if start else ""], start
    for begin, end in spans:
        if begin >= stop:
            break
        end = min(end, stop)
        parts += [escape(text[last:begin]), "<mark>", escape(text[begin:end]), "</mark>"]
        last = end
    return "".join([*parts, escape(text[last:stop]), "…" if stop < len(text) else ""])
