"""Translation: each adapter's own code against a server that speaks the service's documented HTTP."""

import json
from typing import Any

import pytest
from pydantic import SecretStr
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from providers.translation import TranslationError, Translator
from providers.translation.base import pieces
from providers.translation.choose import make_translator
from switchroom.settings import Settings

pytestmark = pytest.mark.unit


def translator(**values: Any) -> Translator:
    return make_translator(Settings(_env_file=None, **values))


def amazon(server: HTTPServer) -> Translator:
    return translator(
        translator="amazon-translate",
        translate_region="eu-central-1",
        translate_endpoint=server.url_for(""),
        translate_access_key=SecretStr("AKIATEST"),
        translate_secret_key=SecretStr("secret"),
    )


def shout(request: Request) -> Response:
    """Answer as TranslateText does (AWS JSON 1.1), in capitals for a translation."""
    asked = request.get_json(force=True)
    body = {
        "TranslatedText": asked["Text"].upper(),
        "SourceLanguageCode": asked["SourceLanguageCode"],
        "TargetLanguageCode": asked["TargetLanguageCode"],
    }
    return Response(json.dumps(body), content_type="application/x-amz-json-1.1")


@pytest.mark.parametrize(
    ("values", "setting"),
    [({}, "SWITCHROOM_TRANSLATOR"), ({"translator": "libretranslate"}, "SWITCHROOM_LIBRETRANSLATE_URL")],
)
def test_without_a_service_the_setting_is_named(values: dict[str, Any], setting: str) -> None:
    with pytest.raises(TranslationError, match=setting):
        translator(**values)


def test_amazon_translate_is_asked_as_documented(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/", method="POST").respond_with_handler(shout)
    assert amazon(httpserver).translate("grüße", "de", "pt-BR") == "GRÜSSE"
    ((request, _),) = httpserver.log
    assert request.headers["X-Amz-Target"] == "AWSShineFrontendService_20170701.TranslateText"
    assert request.headers["Content-Type"] == "application/x-amz-json-1.1"
    assert "/eu-central-1/translate/aws4_request" in request.headers["Authorization"]
    assert request.get_json(force=True) == {
        "Text": "grüße",
        "SourceLanguageCode": "de",
        "TargetLanguageCode": "pt-BR",
    }


def test_a_long_text_takes_several_requests_of_amazon_translate(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/", method="POST").respond_with_handler(shout)
    text = "äb cd\n" * 4000
    assert amazon(httpserver).translate(text, "de", "en") == text.upper()
    sizes = [len(request.get_json(force=True)["Text"].encode()) for request, _ in httpserver.log]
    assert len(sizes) == 3
    assert max(sizes) <= 10_000


def test_amazon_translate_refuses(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/", method="POST").respond_with_json(
        {"__type": "UnsupportedLanguagePairException", "Message": "no such pair"}, 400
    )
    with pytest.raises(TranslationError, match=r"^Amazon Translate: UnsupportedLanguagePairException$"):
        amazon(httpserver).translate("private words", "de", "xx")


def libre(server: HTTPServer, key: str = "") -> Translator:
    return translator(
        translator="libretranslate",
        libretranslate_url=server.url_for("/"),
        libretranslate_api_key=SecretStr(key),
    )


def test_libretranslate_is_asked_as_documented(httpserver: HTTPServer) -> None:
    asked = {"q": "hello", "source": "en", "target": "es", "format": "text"}
    httpserver.expect_ordered_request("/translate", method="POST", json=asked).respond_with_json(
        {"translatedText": "hola"}
    )
    httpserver.expect_ordered_request(
        "/translate", method="POST", json={**asked, "api_key": "k"}
    ).respond_with_json({"translatedText": "hola"})
    assert libre(httpserver).translate("hello", "en-CA", "es-MX") == "hola"
    assert libre(httpserver, "k").translate("hello", "en", "es") == "hola"
    httpserver.check()


@pytest.mark.parametrize(
    ("status", "body", "problem"),
    [
        (400, '{"error": "es is not supported"}', "es is not supported"),
        (403, '{"error": "Invalid API key"}', "Invalid API key"),
        (429, '{"error": "Slowdown"}', "Slowdown"),
        (502, "<html>", "not JSON"),
        (200, "[]", "200"),
    ],
)
def test_libretranslate_refuses(httpserver: HTTPServer, status: int, body: str, problem: str) -> None:
    httpserver.expect_request("/translate").respond_with_data(body, status, content_type="application/json")
    with pytest.raises(TranslationError, match=f"^LibreTranslate: .*{problem}"):
        libre(httpserver).translate("private words", "en", "es")


def test_a_service_that_is_away() -> None:
    for values in (
        {"translator": "libretranslate", "libretranslate_url": "http://127.0.0.1:1"},
        {
            "translator": "amazon-translate",
            "translate_endpoint": "http://127.0.0.1:1",
            "translate_access_key": SecretStr("a"),
            "translate_secret_key": SecretStr("b"),
        },
    ):
        with pytest.raises(TranslationError):
            translator(**values).translate("hello", "en", "es")


@pytest.mark.parametrize("text", ["", "abc", "ab cd ef gh", "äöüäöüäöü", "ab\ncd\nefgh", "\n\n\n\n\n\n"])
def test_pieces_make_up_the_text(text: str) -> None:
    cut = list(pieces(text, 5))
    assert "".join(cut) == text
    assert all(0 < len(piece.encode()) <= 5 for piece in cut)
