"""Answers held against the examples of the document that the API is written from."""

from typing import Any


def assert_documented(answer: dict[str, Any], example: dict[str, Any]) -> None:
    """Check that the answer has the example's fields, each of the example's JSON type. A null fits any type."""
    missing = example.keys() - answer.keys()
    assert not missing, f"the answer lacks {sorted(missing)}"
    for name, documented in example.items():
        value = answer[name]
        if value is not None and documented is not None:
            assert type(value) is type(documented), f"{name}: {value!r} is not like {documented!r}"
            if isinstance(documented, dict):
                assert_documented(value, documented)
            if isinstance(documented, list) and documented and isinstance(documented[0], dict):
                for item in value:
                    assert_documented(item, documented[0])
