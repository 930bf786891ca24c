"""What pydantic finds wrong with a value, in our words: what would be right."""

import re
from collections.abc import Mapping
from typing import Any

_WHOLE, _NUMBER, _TRUTH = "Must be a whole number", "Must be a number", "Must be true or false"
_TEXT, _LIST, _OBJECT = "Must be a text", "Must be a list", "Must be an object"
_TIME, _DATE = "Must be a time like 2026-01-31T09:00:00Z", "Must be a date like 2026-01-31"
_CLOCK, _SPAN = "Must be a time of day like 09:00", "Must be a number of seconds"

_WORDS: dict[str, str] = {
    "missing": "Required",
    "extra_forbidden": "There is no such field",
    "none_required": "Must be null",
    "string_type": _TEXT,
    "string_unicode": "Must be text in UTF-8",
    "string_too_short": "Needs {min_length} characters or more",
    "string_too_long": "At most {max_length} characters",
    "string_pattern_mismatch": "Must match {pattern}",
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_from_float": _WHOLE,
    "int_parsing_size": "The number is too large",
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": "Must be a finite number",
    "bool_type": _TRUTH,
    "bool_parsing": _TRUTH,
    "list_type": _LIST,
    "set_type": _LIST,
    "tuple_type": _LIST,
    "dict_type": _OBJECT,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "dataclass_type": _OBJECT,
    "too_short": "Needs {min_length} items or more",
    "too_long": "At most {max_length} items",
    "greater_than": "Must be more than {gt}",
    "greater_than_equal": "Must be {ge} or more",
    "less_than": "Must be less than {lt}",
    "less_than_equal": "Must be {le} or less",
    "multiple_of": "Must be a multiple of {multiple_of}",
    "literal_error": "Must be {expected}",
    "enum": "Must be {expected}",
    "datetime_type": _TIME,
    "datetime_parsing": _TIME,
    "datetime_from_date_parsing": _TIME,
    "datetime_object_invalid": _TIME,
    "date_type": _DATE,
    "date_parsing": _DATE,
    "date_from_datetime_parsing": _DATE,
    "date_from_datetime_inexact": _DATE,
    "time_type": _CLOCK,
    "time_parsing": _CLOCK,
    "time_delta_type": _SPAN,
    "time_delta_parsing": _SPAN,
    "url_type": "Must be a URL",
    "url_parsing": "Must be a URL",
    "url_scheme": "Must be a URL that begins with {expected_schemes}",
    "json_invalid": "Must be JSON: {error}",
    "json_type": "Must be JSON",
}
"""Kind of error -> our words. `{...}` are facts of the error."""


def plain_words(error: Mapping[str, Any]) -> str:
    """Return what is wrong, of one of pydantic's `errors()`. A validator of our own has said it in our words."""
    words = _WORDS.get(error["type"])
    if words is None:
        return str(error["msg"]).removeprefix("Value error, ")
    facts = {name: _fact(value) for name, value in (error.get("ctx") or {}).items()}
    return re.sub(r"\{(\w+)\}", lambda match: facts.get(match[1], match[0]), words)


def _fact(value: Any) -> str:
    """Return a fact as people write it: 5.0 is 5."""
    return (
        f"{value:g}" if isinstance(value, float) and value.is_integer() and abs(value) < 1e6 else str(value)
    )
