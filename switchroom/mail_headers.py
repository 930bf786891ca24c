"""Headers of mails that go out. What they say may come from strangers: a subject, a caller's name, a file's name.

`email` decodes encoded words (RFC 2047) also in what a header is set to. One that holds a line break would end the
header when the mail is written, and begin others, or the text.
"""

from email.message import EmailMessage


def header_text(text: str) -> str:
    """Return the text in one line, without what would be read as an encoded word."""
    return " ".join(text.replace("=?", "= ?").split())


def require_one_line(message: EmailMessage) -> None:
    """Raise ValueError if a header of the mail has a control character."""
    for name, value in message.items():
        if any(ord(char) < 32 for char in str(value)):
            raise ValueError(f"the header {name} has a control character")
