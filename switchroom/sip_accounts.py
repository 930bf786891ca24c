"""Names of SIP accounts. A member has one for desk phones and, for each browser that is a phone, one of its own.

The engine knows a member by the first, the *phone*. A browser's account begins with that name, so that whatever
Asterisk tells of it is about the same phone.
"""

import re

BROWSER_DIGITS = 16
_PHONE = re.compile(r"e[0-9]{1,6}t[0-9a-f]{12}")
_BROWSER = re.compile(rf"(?P<phone>{_PHONE.pattern})w[0-9a-f]{{16}}")


def browser_account(phone: str, digits: str) -> str:
    """Return the name of a browser's account of this phone. `digits`: 16 random hexadecimal digits."""
    return f"{phone}w{digits}"


def phone_of(account: str) -> str:
    """Return the phone that an account belongs to; a name that is no browser's account is the phone itself."""
    found = _BROWSER.fullmatch(account)
    return found["phone"] if found else account


def may_be_account(name: str) -> bool:
    """Return whether an account may have this name: those who guess names mostly try others."""
    return _PHONE.fullmatch(name) is not None or is_browser(name)


def is_browser(account: str) -> bool:
    """Return whether this is the name of a browser's account."""
    return _BROWSER.fullmatch(account) is not None
