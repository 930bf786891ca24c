import json
import logging

import pytest

from switchroom.logs import about_call, configure_logs, set_call

pytestmark = pytest.mark.unit


@pytest.fixture(autouse=True)
def root_as_before() -> object:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield
    root.handlers, root.level = before, level
    logging.captureWarnings(False)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_line_is_one_json_object_that_names_the_process(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("engine")
    logging.getLogger("pbx.test").warning("two\nlines", extra={"node": "a"})
    (line,) = lines(capsys)
    assert line["message"] == "two\nlines"
    assert (line["process"], line["level"], line["logger"], line["node"]) == (
        "engine",
        "WARNING",
        "pbx.test",
        "a",
    )
    assert str(line["at"]).endswith("+00:00")
    assert "call" not in line


def test_lines_about_a_call_carry_its_id_and_later_ones_do_not(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("engine")
    log = logging.getLogger("pbx.test")
    with about_call("c1"):
        log.info("inside")
    log.info("outside")
    set_call("c2")
    log.info("set")
    set_call(None)
    assert [line.get("call") for line in lines(capsys)] == ["c1", None, "c2"]


def test_the_level_is_kept_and_an_exception_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("engine", "warning")
    log = logging.getLogger("pbx.test")
    log.info("unheard")
    try:
        raise ValueError("why")
    except ValueError:
        log.exception("failed")
    (line,) = lines(capsys)
    assert "ValueError: why" in str(line["exc_info"])


def test_libraries_that_tell_of_their_own_setup_are_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("api")
    logging.getLogger("alembic.runtime.plugins").info("setup plugin")
    logging.getLogger("alembic.runtime.migration").warning("wrong")
    assert [line["message"] for line in lines(capsys)] == ["wrong"]


def test_addresses_of_requests_are_not_logged(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("worker", "debug")
    logging.getLogger("httpx").info("HTTP Request: GET https://api.example.com/?To=%2B14165550188")
    logging.getLogger("httpcore.http11").debug("send_request_headers.started request=<Request>")
    assert lines(capsys) == []


@pytest.mark.parametrize("value", ["half of a pair: \ud800", 2**70, "\x1b[0m\u202e"])
def test_a_line_is_never_lost_for_a_value_in_it(value: object, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("api")
    logging.getLogger("api.test").warning("refused", extra={"value": value})
    (line,) = lines(capsys)
    assert line["message"] == "refused"
    assert line["value"] == value
