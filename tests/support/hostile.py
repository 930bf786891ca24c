"""Strings that mean something to Dial, AGI, AMI, the dialplan or a path."""

HOSTILE = [
    "\r\n", "\n", "\r", "\0", "../", "&", ",", "|", "^", "(", ")", ";", '"', "'", "\\", "$", "{", "}", " ", "\t", "%0a",
    "`", "\u2028", "${SHELL(id)}",
]  # fmt: skip
IN_NAMES = frozenset("' ")
"""What names of people may have all the same, as Jane O'Brien's does."""
BREAKS = ["\r\n", "\0", "\u2028"]
"""What ends a line somewhere; no name of anything may have it."""
