"""`set`, `fetch` and `notify`: what they send, and replies that come late, twice or not at all."""

import json
from typing import Any

import pytest

from routing import commands as c
from routing import events as e
from routing.config import SkillNeed
from routing.expressions import urls
from tests.support.routing.story import CALLER, DID, Story, block, hex_id

pytestmark = pytest.mark.unit
URL = "https://example.com/customers/{caller}?q={word}"


def fetch_story(story: Story, **settings: Any) -> None:
    story.route(
        "set",
        set=block("set", {"next": "fetch"}, variables={"word": "a&b ü", "old": "kept", "name": "stale"}),
        fetch=block(
            "fetch",
            {"next": "say", "failed": "sorry"},
            **{"url": URL, "variables": {"name": "customer.name", "rest": ""}, **settings},
        ),
        say=block("say", {"next": "bye"}, text="{name} {rest} {old}"),
        sorry=block("say", {"next": "bye"}, text="sorry {name}"),
        bye=block("hangup"),
    )


def test_a_reply_becomes_variables(story: Story) -> None:
    fetch_story(story)
    call = story.calls_in()
    request = story.last(c.FetchUrl)
    assert request.url == "https://example.com/customers/%2B14165550199?q=a%26b%20%C3%BC"
    assert (request.method, request.body, request.timeout) == ("GET", None, 5.0)
    assert request.extract == (("name", "customer.name"), ("rest", ""))
    assert call.phase == "fetching"
    assert not story.all(c.Answer)
    story.restart()
    call.gets(name="Ann", unasked="x")
    assert call.says() == "Ann kept"
    assert story.engine._world.calls[call.id].variables == {
        "word": "a&b ü",
        "old": "kept",
        "name": "Ann",
        "rest": "",
    }


def test_a_request_with_headers_and_a_body(story: Story) -> None:
    fetch_story(
        story,
        url="http://example.com:8080/x",
        method="POST",
        headers={"X-Caller": "{caller}", "X-Word": "{word}"},
        body={"who": ["{caller}", 1, None], "q": 'say "{word}"'},
        timeout=2,
    )
    story.calls_in()
    request = story.last(c.FetchUrl)
    assert request.headers == (("X-Caller", CALLER), ("X-Word", "a&b"))
    assert json.loads(request.body) == {"who": [CALLER, 1, None], "q": 'say "a&b ü"'}
    assert (request.method, request.timeout) == ("POST", 2.0)


@pytest.mark.parametrize("how", ["not ok", "refused", "overdue"])
def test_a_request_that_fails(story: Story, how: str) -> None:
    fetch_story(story)
    call = story.calls_in()
    if how == "not ok":
        call.gets(ok=False, name="ignored")
    elif how == "refused":
        story.happens(e.CommandFailed(call.id, "FetchUrl", "no"))
    else:
        story.advance(5 + 15)
    assert call.says() == "sorry stale"
    assert call.went() == [("set", "next"), ("fetch", "failed")]


def test_late_and_doubled_replies_change_nothing(story: Story) -> None:
    fetch_story(story)
    call = story.calls_in()
    token = story.last(c.FetchUrl).token
    call.gets(name="Ann")
    for reply in (
        e.UrlFetched(call.id, token, True),
        e.UrlFetched(call.id, token, False),
        e.ContactFound(call.id, token),
    ):
        story.happens(reply)
    assert call.says() == "Ann kept"
    call.hangs_up()
    story.happens(e.UrlFetched(call.id, token, True))
    assert call.record["disposition"] == "abandoned"


def test_a_reply_with_a_stale_token_is_not_the_next_ones(story: Story) -> None:
    story.route(
        "a",
        a=block("fetch", {"next": "b", "failed": "b"}, url="https://example.com/a"),
        b=block("fetch", {"next": "bye", "failed": "bye"}, url="https://example.com/b"),
        bye=block("hangup"),
    )
    call = story.calls_in()
    first = story.last(c.FetchUrl).token
    call.gets()
    story.happens(e.UrlFetched(call.id, first, True))
    assert (call.phase, story.last(c.FetchUrl).url) == ("fetching", "https://example.com/b")


@pytest.mark.parametrize(
    "bad",
    [
        "ftp://example.com/",
        "https://",
        "//example.com/",
        "https://user:pw@example.com/",
        "https://example.com@evil.example/",
        "https://{host}/",
        "https://api.{host}.com/",
        "https://example.com:{port}/",
        "https://example.com:99999/",
        "https://example.com:0/",
        "https://example.com:/x y",
        "https://exa mple.com/",
        "https://example..com/",
        "https://-x.com/",
        "https://[::1/",
        "https://example.com\\@evil.example/",
        "https://example.com/{",
        "https://example.com/\r\nX: y",
        "https://ex%61mple.com/",
        "https://exämple.com/",
        "javascript:alert(1)",
        "https://example.com/" + "x" * 2000,
        "",
        5,
    ],
)
def test_urls_that_are_not_taken(bad: Any) -> None:
    assert urls.check_url(bad)


@pytest.mark.parametrize(
    "good",
    [
        "https://example.com",
        "http://example.com:8080/a/{b}?c={d}#e",
        "https://[2001:db8::1]:8443/x",
        "http://10.0.0.1/",
    ],
)
def test_urls_that_are_taken(good: str) -> None:
    """The part that resolves an address decides whether it is a public one."""
    assert urls.check_url(good) is None


@pytest.mark.parametrize(
    "bad",
    [
        {"Host": "x"},
        {"Content-Length": "5"},
        {"Transfer-Encoding": "chunked"},
        {"X Y": "z"},
        {"X:": "z"},
        {"": "z"},
        {"X": "a\nb"},
        {"X": "ä"},
        {"X": "{"},
        {"X": 5},
        [],
        {f"X-{n}": "y" for n in range(21)},
    ],
)
def test_headers_that_are_not_taken(bad: Any) -> None:
    assert urls.check_headers(bad)


def test_what_a_caller_brings_cannot_end_a_header() -> None:
    assert urls.header("a\r\nX: y\0ü ") == "aX: y"


@pytest.mark.parametrize(
    "bad", [{"caller": "x"}, {"a": "b..c"}, {"a": ".b"}, {"a": "b c"}, {"a": 5}, {"A": "b"}, "x"]
)
def test_paths_that_are_not_taken(bad: Any) -> None:
    assert urls.check_paths(bad)


def test_a_body_is_bounded() -> None:
    deep: Any = "x"
    for _ in range(10):
        deep = [deep]
    assert urls.check_body(deep)
    assert urls.check_body(list(range(300)))
    assert urls.check_body({"a": "{"})
    assert urls.check_body({"a": ["{b}", 1, True, None, {"c": 2.5}]}) is None


def test_what_is_set_goes_with_the_call(story: Story) -> None:
    queue = story.queue()
    story.route(
        "a",
        a=block(
            "set",
            {"next": "b"},
            skills=[{"skill": "german", "level": 3}, {"skill": "sales", "required": False}],
            priority=7,
            tags=["vip", "gold"],
            preferred_agent=hex_id(2, 1),
        ),
        b=block(
            "set", {"next": "q"}, skills=[{"skill": "german", "level": 5}], tags=["vip", "new"], language="de"
        ),
        q=block("queue", queue=queue.id),
    )
    call = story.calls_in()
    known = story.engine._world.calls[call.id]
    assert known.needs == (SkillNeed("german", 5), SkillNeed("sales", 1, False))
    assert (known.priority, known.language, known.preferred) == (7, "de", hex_id(2, 1))
    call.hangs_up()
    assert (call.record["tags"], call.record["language"]) == (["vip", "gold", "new"], "de")


def test_a_swap_of_two_variables(story: Story) -> None:
    story.route(
        "a",
        a=block("set", {"next": "b"}, variables={"x": "1", "y": "2"}),
        b=block("set", {"next": "s"}, variables={"x": "{y}", "y": "{x}"}),
        s=block("say", {"next": "bye"}, text="{x} {y}"),
        bye=block("hangup"),
    )
    assert story.calls_in().says() == "2 1"


def test_a_notice_goes_out_and_the_call_goes_on(story: Story) -> None:
    story.route(
        "n",
        n=block(
            "notify",
            {"next": "bye"},
            kind="email",
            to="a@example.com",
            subject="Call from {caller}",
            text="To {did}",
        ),
        bye=block("hangup"),
    )
    call = story.calls_in()
    (notice,) = story.all(c.Notify)
    assert (notice.kind, notice.to, notice.subject, notice.text) == (
        "email",
        "a@example.com",
        f"Call from {CALLER}",
        f"To {DID}",
    )
    story.happens(e.CommandFailed(call.id, "Notify", "no"))
    assert call.record["disposition"] == "completed"


def test_a_subject_stays_one_line(story: Story) -> None:
    story.route(
        "n",
        n=block(
            "notify", {"next": "bye"}, kind="email", to="a@example.com", subject="{caller_name}", text="x"
        ),
        bye=block("hangup"),
    )
    call = story.call()
    story.happens(e.CallEntered(call.id, DID, CALLER, "Ann\r\nBcc: b@example.com"))
    assert story.last(c.Notify).subject == "Ann Bcc: b@example.com"
