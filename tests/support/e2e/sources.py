"""Sources of the inbox beside a running system: Twilio and Facebook on this machine."""

from collections.abc import Iterator
from contextlib import contextmanager

from pytest_httpserver import HTTPServer

from tests.support.providers.facebook import APP_SECRET, GraphServer
from tests.support.providers.twilio import TwilioServer


class Sources:
    """`environment` leads a system here, and to mail servers of this machine."""

    def __init__(self, server: HTTPServer) -> None:
        # The first that takes a path serves it, and Twilio's takes every one.
        self.facebook = GraphServer(server)
        self.twilio = TwilioServer(server)
        settings = {**self.facebook.settings, **self.twilio.settings, "facebook_app_secret": APP_SECRET}
        self.environment = {f"SWITCHROOM_{name.upper()}": value for name, value in settings.items()}
        self.environment["SWITCHROOM_FETCH_PRIVATE_ADDRESSES"] = "true"


@contextmanager
def sources_here() -> Iterator[Sources]:
    with HTTPServer() as server:
        yield Sources(server)
