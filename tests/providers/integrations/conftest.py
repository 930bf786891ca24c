"""The providers on this machine, each with one connected user."""

from collections.abc import Iterator

import pytest
from pytest_httpserver import HTTPServer

from tests.support.providers.google import FakeGoogle


@pytest.fixture
def google(httpserver: HTTPServer) -> Iterator[FakeGoogle]:
    yield FakeGoogle(httpserver)
    httpserver.check()
