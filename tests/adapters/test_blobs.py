from pathlib import Path

import pytest

from nexus_portal.adapters import blobs
from nexus_portal.domain.errors import NotFound, Unavailable


def test_bytes_come_back_from_under_a_random_name(installation: Path) -> None:
    first, second = blobs.put(b"one"), blobs.put(b"one")

    assert first != second
    assert blobs.get(first) == blobs.get(second) == b"one"
    path = installation / "blobs" / first[:2] / first[2:4] / first
    assert path.stat().st_mode & 0o777 == 0o600


def test_deleting_twice_is_deleting_once(installation: Path) -> None:
    names = [blobs.put(b"one"), blobs.put(b"two")]

    blobs.delete(names)
    blobs.delete(names)

    assert [path for path in (installation / "blobs").rglob("*") if path.is_file()] == []
    with pytest.raises(NotFound):
        blobs.get(names[0])


@pytest.mark.parametrize(
    "name",
    [
        "",
        "../../portal.db",
        "/etc/passwd",
        "0" * 31,
        "0" * 33,
        "G" * 32,
        "0" * 32 + "\n",
        "\N{ARABIC-INDIC DIGIT ZERO}" * 32,
    ],
)
def test_what_is_no_name_of_ours_never_becomes_a_path(name: str) -> None:
    with pytest.raises(NotFound):
        blobs.get(name)
    with pytest.raises(NotFound):
        blobs.delete([name])


def test_a_disk_that_refuses_is_unavailable_and_leaves_nothing(installation: Path) -> None:
    (installation / "blobs").write_text("a file where the folder should be")
    with pytest.raises(Unavailable):
        blobs.put(b"one")
