"""What a translation service is to us."""

from collections.abc import Iterator
from typing import Protocol


class TranslationError(Exception):
    """Why there is no translation. The text says what to do about it, and names no secret."""


class Translator(Protocol):
    """A service that translates. Threads share it."""

    def translate(self, text: str, source: str, target: str) -> str:
        """Translate a text. `source` and `target` are tags such as `en` or `pt-BR`. Raises TranslationError."""


def pieces(text: str, most_bytes: int) -> Iterator[str]:
    """Cut a text into pieces of at most so many bytes in UTF-8. Joined, they are the text.

    They end where a line ends, else where a word ends, else anywhere between two characters.
    """
    while text:
        piece = text.encode()[:most_bytes].decode(errors="ignore")
        if len(piece) < len(text):
            end = max(piece.rfind("\n"), 0) or max(piece.rfind(" "), 0)
            piece = piece[: end + 1] if end else piece
        yield piece
        text = text[len(piece) :]
