import pytest

from tests.support.routing.story import HangUpOrder, Story


@pytest.fixture
def story() -> Story:
    return Story()


@pytest.fixture(params=HangUpOrder, ids=str)
def any_order(request: pytest.FixtureRequest) -> Story:
    """Yield a story for each order in which the core may hear of a caller's hang-up."""
    return Story(order=request.param)
