"""A web chat on SQLite and, in a second run of the test, on PostgreSQL, with S3."""

from collections.abc import Callable

import pytest

from tests.support.api.client import Api
from tests.support.api.inbox import Inbox, stored_inbox
from tests.support.api.web_chat import Page
from tests.support.servers import S3Server


@pytest.fixture
def inbox(make_api: Callable[..., Api], any_database_url: str, s3_server: S3Server) -> Inbox:
    return stored_inbox(make_api, any_database_url, s3_server)


@pytest.fixture
def page(inbox: Inbox) -> Page:
    """A page that may use the organization's web chat."""
    return Page.of(inbox)
