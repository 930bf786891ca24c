"""A worker's resources, as the tests of the workers have them."""

from tests.workers.conftest import resources

__all__ = ["resources"]
