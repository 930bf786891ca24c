"""The providers on this machine, each with one connected user."""

from collections.abc import Iterator

import pytest
from pytest_httpserver import HTTPServer

from tests.support.providers.exchange import FakeExchange
from tests.support.providers.google import FakeGoogle
from tests.support.providers.microsoft import FakeMicrosoft


@pytest.fixture
def google(httpserver: HTTPServer) -> Iterator[FakeGoogle]:
    yield FakeGoogle(httpserver)
    httpserver.check()


@pytest.fixture
def microsoft(httpserver: HTTPServer) -> Iterator[FakeMicrosoft]:
    yield FakeMicrosoft(httpserver)
    httpserver.check()


@pytest.fixture
def exchange() -> Iterator[FakeExchange]:
    with FakeExchange() as made:
        yield made
