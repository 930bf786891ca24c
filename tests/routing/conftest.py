import pytest

from tests.routing.story import Story


@pytest.fixture
def story() -> Story:
    return Story()
