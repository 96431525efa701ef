"""What the tests of the demo share."""

import pytest

from nexus_portal.demo import cast


@pytest.fixture
def nobody_signs_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords of the demo's people are not hashed, which takes a tenth of a second for each."""
    monkeypatch.setattr(cast, "hash_password", lambda _password: "no hash")
