"""Strings that mean something to Dial, AGI, AMI, the dialplan or a path."""

HOSTILE = [
    "\r\n", "\n", "\r", "\0", "../", "&", ",", "|", "^", "(", ")", ";", '"', "'", "\\", "$", "{", "}", " ", "\t", "%0a",
    "`", "\u2028", "${SHELL(id)}",
]  # fmt: skip
IN_NAMES = frozenset("' &")
"""Characters that names may have, as in O'Brien and Sales & Support."""
IN_NUMBERS = frozenset("() ")
"""Characters that people write between the digits of a number. They are not stored."""
BREAKS = ["\r\n", "\0", "\u2028"]
"""Characters that end a line in some program. No name may have them."""
