"""Which texts of a route are the same for every caller. They are the prompts that its blocks then play."""

import random

import pytest

from routing.config import Block, RouteConfig, TeamConfig
from routing.engine import Engine
from routing.events import ConfigChanged
from routing.expressions.prompts import prompt
from routing.ids import BlockId, RouteId, TeamId

pytestmark = pytest.mark.unit


def test_texts_without_variables_in_the_teams_language_or_their_own() -> None:
    def block(id: str, type: str, **settings: object) -> tuple[BlockId, Block]:
        return BlockId(id), Block(BlockId(id), type, settings)

    blocks = dict(
        (
            block("hello", "say", text="Willkommen  bei {{uns}}", language=None),
            block("name", "say", text="Hello {caller}"),
            block("menu", "menu", sound=["beep", {"say": "Press one", "language": "en", "voice": "anna"}]),
            block("wait", "play", sound={"say": "Please wait"}),
            block("note", "notify", text="Nobody says this"),
        )
    )
    engine = Engine(random.Random(1))
    route = RouteConfig(RouteId("r"), TeamId("t"), "Main", 1, BlockId("hello"), blocks)
    engine.handle(ConfigChanged((TeamConfig(TeamId("t"), "Acme", language="de"), route)), 1.0)
    assert engine.constant_prompts(route) == [
        prompt("Willkommen bei {uns}", "de"),
        prompt("Press one", "en", "anna"),
        prompt("Please wait", "de"),
    ]
