"""In which language a text is written. py3langid answers: a model of 5 MB, in this process."""

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

LEAST_SURE = 0.7
"""How sure the model must be. One word is hardly ever enough for it."""
MOST_READ = 2000
"""Characters that are looked at."""
_NO_WORDS = re.compile(r"<[^<>]{1,200}>|https?://\S+|:[a-z0-9_+-]{1,40}:|[^\w\s'’-]|\d", re.IGNORECASE)
_NO_LANGUAGE = ("und", "zxx")


@lru_cache(maxsize=1)
def _identifier() -> "LanguageIdentifier":
    """Load the model. It takes about a second and 90 MB, so it is done once, when the first text is there."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True, min_confidence=LEAST_SURE)


def language_of(text: str) -> str | None:
    """Return the language's code (ISO 639), or None if it is not sure. Tags, links and emoji codes do not count."""
    words = " ".join(_NO_WORDS.sub(" ", text[:MOST_READ]).split())
    if len(words) < 2:
        return None
    found, _sureness = _identifier().classify(words)
    return None if found in _NO_LANGUAGE else found


def base_language(tag: str) -> str:
    """Return the language of a tag without region or script: `en` of `en-CA`."""
    return tag.replace("_", "-").partition("-")[0].lower()
