"""A JSON object has no order. A route decides the same after a tool has sorted its keys."""

import json
import random
from typing import Any

import pytest

from routing.engine import Engine
from routing.persistence.codec import encode_command
from tests.support.routing.story import Story, block

pytestmark = pytest.mark.unit

EXITS = {"z": "said", "a": "asked", "m": "heard"}
BLOCKS: dict[str, Any] = {
    "share": block("percent", EXITS, branches={"z": 3, "a": 5, "m": 1}),
    "said": block("say", {"next": "share"}, text="again"),
    "asked": block(
        "fetch",
        {"next": "share", "failed": "share"},
        url="https://example.com/",
        method="POST",
        headers={"X-Z": "1", "X-A": "2"},
        body={"z": "{caller}", "a": 1},
        variables={"z": "z", "a": "a"},
    ),
    "heard": block("menu", {"1": "share"}, sound="hello", speech={"yes": "1", "aye": "1"}, retries=0),
}


def said(story: Story) -> list[str]:
    return [json.dumps(encode_command(command)) for command in story.said]


@pytest.mark.parametrize("seed", range(5))
def test_sorted_keys_change_nothing(seed: int) -> None:
    stories = []
    for sort in (False, True):
        story = Story(engine=Engine(random.Random(seed)))
        story.route("share", **BLOCKS)
        image = json.dumps(story.engine.snapshot(), sort_keys=sort)
        story.engine = Engine.restore(json.loads(image))
        for _ in range(8):
            story.calls_in()
            story.advance(60)
        stories.append(story)
    assert said(stories[0]) == said(stories[1])
    assert len(said(stories[0])) > 30
