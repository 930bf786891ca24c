"""The index behaves like a sorted dict."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.state.index import Index

pytestmark = pytest.mark.unit
items = st.sampled_from("abcdef")


@given(
    st.lists(st.tuples(st.sampled_from(["add", "discard", "walk"]), items, st.integers(0, 5)), max_size=60)
)
@pytest.mark.long
def test_like_a_sorted_dict(steps: list[tuple[str, str, int]]) -> None:
    index: Index[str] = Index()
    model: dict[str, tuple[int]] = {}
    for what, item, key in steps:
        if what == "add":
            index.add(item, (key,))
            model[item] = (key,)
        elif what == "discard":
            index.discard(item)
            model.pop(item, None)
        order = sorted(model, key=lambda name: (model[name], name))
        assert list(index) == order
        first = index.first()
        assert (first[1] if first else None) == (order[0] if order else None)
        assert len(index) == len(model)
