"""The fixtures of the api's tests, for the sections of the contract."""

from tests.api.conftest import any_api, any_database_url, api, cheap_hashes, make_api
from tests.support.api.world import any_world, world

__all__ = ["any_api", "any_database_url", "any_world", "api", "cheap_hashes", "make_api", "world"]
