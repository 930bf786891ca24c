"""Makes telephone numbers, as trunks send them, E.164."""

import re

import phonenumbers

_DIGITS = re.compile(r"\+?[0-9]{1,20}")


def normalize(text: str, default_region: str | None) -> str:
    """Return the number as `+14165550100`; its digits as they came if it is not understood; empty if it has none.

    A number without `+` is understood with `default_region` (ISO 3166, `CA`), or if it is valid with a `+` before it.
    """
    plain = re.sub(r"[\s().-]", "", text)
    if not _DIGITS.fullmatch(plain):
        return ""
    attempts = [(plain, default_region)]
    if not plain.startswith("+"):
        attempts.append(("+" + plain, None))
    for number, region in attempts:
        try:
            parsed = phonenumbers.parse(number, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_possible_number(parsed) and (number.startswith("+") or region):
            valid = phonenumbers.is_valid_number(parsed)
            if valid or plain.startswith("+"):
                return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return plain
