"""Makes the national numbers of a body E.164. Their country is the team's, so they are no matter of a field's type."""

from collections.abc import Iterable
from typing import Any

from api.conventions.fields import NOT_E164
from api.core.errors import ValidationFailed
from switchroom.numbers import country_code, parse


def with_country(values: dict[str, Any], names: Iterable[str], country: str) -> dict[str, Any]:
    """Return the values, with those of `names` in E.164. `country` is the team's: a name or a code.

    A number that has a `+`, None, and what `values` lacks stay as they are. Raises ValidationFailed, which names the
    fields.
    """
    national = {name: values[name] for name in names if values.get(name) and values[name][0] != "+"}
    code = country_code(country)
    found = {name: parse(text, code) if code else "" for name, text in national.items()}
    wrong = [name for name, number in found.items() if not number]
    if wrong:
        raise ValidationFailed(dict.fromkeys(wrong, NOT_E164))
    return {**values, **found}
