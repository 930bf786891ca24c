"""Variables and templates: their syntax, their values, and the limit of each part."""

import pytest

from routing.expressions import variables
from routing.expressions.prompts import SILENCE, audio, prompt
from routing.expressions.variables import (
    MAX_RENDERED,
    MAX_VALUE,
    MAX_VARIABLES,
    assign,
    check_name,
    check_template,
    render,
    render_url,
)
from tests.support.routing.story import CALLER, DID, Story, block

pytestmark = pytest.mark.unit


def fill(name: str) -> str:
    return {"name": "Ann", "empty": "", "odd": "a&b=c/../d?e#f {x}\r\nX: y"}.get(name, "")


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("Hello {name}!", "Hello Ann!"),
        ("{{name}}", "{name}"),
        ("{unknown}{empty}", ""),
        ("{{{name}}}", "{Ann}"),
        ("{odd}", "a&b=c/../d?e#f {x}\r\nX: y"),
    ],
)
def test_rendering(template: str, text: str) -> None:
    assert check_template(template) is None
    assert render(template, fill) == text


@pytest.mark.parametrize(
    "bad",
    [
        "{",
        "}",
        "{}",
        "{Name}",
        "{a b}",
        "{a{b}}",
        "{name",
        "{9}",
        "",
        "x" * 1001,
        "a\0",
        5,
        None,
        "{a.b}",
        "{a()}",
    ],
)
def test_bad_templates(bad: object) -> None:
    assert check_template(bad)


def test_values_add_no_part_of_their_own_to_a_url() -> None:
    assert render_url("https://example.com/{name}?q={odd}", fill) == (
        "https://example.com/Ann?q=a%26b%3Dc%2F..%2Fd%3Fe%23f%20%7Bx%7D%0D%0AX%3A%20y"
    )
    assert render_url("https://example.com/{up}/x", lambda name: "..") == "https://example.com/%2E%2E/x"


@pytest.mark.parametrize(
    "bad", ["caller", "did", "queue", "wait", "position", "caller_name", "A", "1a", "a-b", "x" * 41, ""]
)
def test_names_that_cannot_be_set(bad: str) -> None:
    assert check_name(bad)
    held: dict[str, str] = {}
    assign(held, bad, "x")
    assert held == {}


def test_values_and_their_number_are_bounded() -> None:
    held: dict[str, str] = {}
    for number in range(150):
        assign(held, f"v{number}", "x" * 5000)
    assert (len(held), {len(value) for value in held.values()}) == (MAX_VARIABLES, {MAX_VALUE})
    assign(held, "v0", "a\0b\nc")
    assert held["v0"] == "a b\nc"
    assert len(render("{v1}" * 200, lambda name: held[name])) == MAX_RENDERED


def test_built_in_variables(story: Story) -> None:
    queue = story.queue()
    story.route(
        "q",
        q=block("queue", {"timeout": "say"}, queue=queue.id, timeout=30),
        say=block("say", {"next": "bye"}, text="{caller} {did} {queue} {wait} {position}."),
        bye=block("hangup"),
    )
    call = story.calls_in()
    known = story.engine._world.calls[call.id]
    assert variables.value_of(story.engine._world, known, "position") == "1"
    story.advance(30)
    assert call.says() == f"{CALLER} {DID} Q1 30 ."


def test_the_same_words_in_the_same_voice_have_the_same_name() -> None:
    one = prompt("Hello", "en")
    assert one.sound.startswith("prompts/")
    assert prompt("Hello", "en") == one
    assert (
        len(
            {
                one.sound,
                prompt("Hello", "de").sound,
                prompt("Hello", "en", "joanna").sound,
                prompt("hello", "en").sound,
            }
        )
        == 4
    )


def test_sounds_and_texts_keep_their_order() -> None:
    heard = audio(
        ["beep", {"say": "Hi {name}"}, {"say": "{empty}"}, "beep", {"say": "Hi {name}"}], fill, "en"
    )
    spoken = prompt("Hi Ann", "en")
    assert heard.sounds == ("beep", spoken.sound, "beep", spoken.sound)
    assert heard.prompts == (spoken,)
    assert audio({"say": "{empty}"}, fill, "en").sounds == (SILENCE,)
    assert audio(None, fill, "en").sounds == ()
    assert [
        len(prompt.text) for prompt in audio({"say": "{long}" * 4}, lambda name: "x" * 1000, "en").prompts
    ] == [3000]
