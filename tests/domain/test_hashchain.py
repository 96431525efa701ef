from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest

from nexus_portal.domain.hashchain import GENESIS, canonical, document_hash, entry_hash, timestamp


def test_one_document_has_one_spelling() -> None:
    assert canonical({"b": 1, "a": {"å": [UUID(int=1)]}}) == (
        '{"a":{"å":["00000000-0000-0000-0000-000000000001"]},"b":1}'.encode()
    )


def test_times_are_spelled_in_utc_with_microseconds() -> None:
    noon = datetime(2026, 3, 2, 13, 0, tzinfo=timezone(timedelta(hours=1)))
    assert timestamp(noon) == "2026-03-02T12:00:00.000000+00:00"
    assert canonical({"at": noon}) == canonical({"at": noon.astimezone(UTC)})


@pytest.mark.parametrize("value", [object(), 1j, b"bytes", float("nan")])
def test_what_has_no_one_spelling_is_refused(value: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        canonical({"value": value})


def test_an_entry_depends_on_its_content_and_on_all_before_it() -> None:
    first = entry_hash(GENESIS, {"seq": 1})
    assert entry_hash(first, {"seq": 2}) != entry_hash(GENESIS, {"seq": 2})
    assert entry_hash(GENESIS, {"seq": 2}) != first
    assert len(document_hash({"seq": 1})) == 64
