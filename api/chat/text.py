"""Text of several lines that people write: messages, and what a chat is for."""

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

LONGEST_MESSAGE = 20_000
_REFUSED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u2028\u2029]")


def written(text: str) -> str:
    """Return the text as it is stored: composed (NFC), with `\\n` between its lines. Raises ValueError."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    if _REFUSED.search(text):
        raise ValueError("Contains a control character")
    return text


MessageText = Annotated[str, StringConstraints(max_length=LONGEST_MESSAGE), AfterValidator(written)]
