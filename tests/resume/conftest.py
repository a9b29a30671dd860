import pytest

from tests.recipes.small_world import quick_world


@pytest.fixture(scope="module", autouse=True)
def small_world():
    with quick_world() as patch:
        yield patch
