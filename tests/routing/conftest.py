import pytest

from tests.support.routing.story import Story


@pytest.fixture
def story() -> Story:
    return Story()
