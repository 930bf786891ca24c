"""Records of calls as clients see them: from objects and from text."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.telephony.records import show_record, show_record_text

ID = "0198d2a4" + "ab" * 12

KEYS = st.sampled_from(["at", "_at", "left_at", "flat", "x.at", 'say "at', "at\\", "é_at", ID]) | st.text(
    max_size=5
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 4 * 10**9)
    | st.floats(-(10**9), 4 * 10**9)
    | st.sampled_from([ID, ID.upper(), ID[:-1], "a" + ID, '"at": 5', f'"{ID}"', f'\\"{ID}', "at", f"{ID}\\"])
    | st.text(max_size=8)
)
RECORDS = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4)
)


@given(RECORDS, st.booleans(), st.booleans())
def test_text_is_shown_as_the_object_is(record: Any, ascii: bool, spaces: bool) -> None:
    text = json.dumps(record, ensure_ascii=ascii, separators=(", ", ": ") if spaces else (",", ":"))
    assert json.loads(orjson.dumps(show_record_text(text))) == show_record(record)


@pytest.mark.parametrize("text", ['{"at":1764329000.5}', '{"at": 1764329000.5}'])
def test_a_time(text: str) -> None:
    assert orjson.loads(orjson.dumps(show_record_text(text))) == {"at": "2025-11-28T11:23:20.500Z"}
