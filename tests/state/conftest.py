"""A door says the same on both databases."""

import pytest


@pytest.fixture
def dialect() -> str:
    return "sqlite"
