"""Fixtures of the push services, for the tests of adapters and of jobs."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from tests.support.certificates import certificate
from tests.support.push.fcm import FcmService
from tests.support.push.web_push import HOST, PushService


@pytest.fixture(scope="session")
def push_tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return the service's side of TLS, and the side of those who trust it."""
    made = certificate(tmp_path_factory.mktemp("push"), HOST)
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(made.certificate, made.key)
    return served, ssl.create_default_context(cafile=made.certificate)


@pytest.fixture
def push_service(push_tls: tuple[ssl.SSLContext, ssl.SSLContext]) -> Iterator[PushService]:
    server = HTTPServer(host="127.0.0.1", port=0, ssl_context=push_tls[0])
    server.start()
    yield PushService(server)
    server.check()
    server.clear()
    server.stop()


@pytest.fixture
def fcm_service(tmp_path: Path) -> Iterator[FcmService]:
    server = HTTPServer(host="127.0.0.1", port=0)
    server.start()
    yield FcmService(server, tmp_path)
    server.check()
    server.clear()
    server.stop()
