"""Files at rest: never in clear, whole or not at all, gone when they are destroyed."""

import io
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from nexus_portal.adapters import sealed_files
from nexus_portal.adapters.archives import photos_in
from nexus_portal.adapters.sealed_files import PIECE, SealedFile, Writer
from nexus_portal.domain.errors import NotFound, Tampered
from tests import samples


def read(sealed: SealedFile) -> bytes:
    with io.BufferedReader(sealed_files.opened(sealed)) as file:
        return file.read()


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 7])
def test_what_is_kept_comes_back_from_any_place(size: int) -> None:
    data = os.urandom(size)
    sealed = SealedFile.from_json(sealed_files.keep(data).to_json())
    assert (sealed.size, read(sealed)) == (size, data)
    with io.BufferedReader(sealed_files.opened(sealed)) as file:
        file.seek(size // 2)
        assert file.read(40) == data[size // 2 :][:40]


def test_nothing_of_it_is_on_the_disk_in_clear(installation: Path) -> None:
    sealed_files.keep(b"Somebody's name " * 40_000)
    for path in installation.rglob("*"):
        assert path.is_dir() or b"Somebody" not in path.read_bytes()
        assert path.is_dir() or path.stat().st_mode & 0o077 == 0


def flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[PIECE + 100] ^= 1
    path.write_bytes(data)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: PIECE + 16])


def swapped(path: Path) -> None:
    data, step = path.read_bytes(), PIECE + 16
    path.write_bytes(data[step : 2 * step] + data[:step] + data[2 * step :])


@pytest.mark.parametrize("harm", [flipped, cut, swapped])
def test_what_was_changed_does_not_open(installation: Path, harm: Callable[[Path], None]) -> None:
    sealed = sealed_files.keep(os.urandom(3 * PIECE))
    harm(installation / "received" / sealed.name)
    with pytest.raises(Tampered):
        read(sealed)


def test_a_key_opens_its_own_file_only() -> None:
    one, other = sealed_files.keep(b"one"), sealed_files.keep(b"two")
    for false in (replace(one, name=other.name), replace(one, size=2)):
        with pytest.raises(Tampered):
            sealed_files.opened(false)


def test_what_is_destroyed_or_was_never_finished_is_gone(installation: Path) -> None:
    sealed = sealed_files.keep(b"one")
    sealed_files.destroy([sealed.name, sealed.name])
    with pytest.raises(NotFound):
        sealed_files.opened(sealed)
    writer = Writer()
    writer.write(b"half")
    writer.close()
    assert not list((installation / "received").iterdir())
    with pytest.raises(NotFound):
        sealed_files.destroy(["../master.key"])


def test_an_archive_is_read_where_it_lies() -> None:
    persons = samples.people(3)
    with io.BufferedReader(sealed_files.opened(sealed_files.keep(samples.photos_of(persons)))) as file:
        album = photos_in(file)
        assert album.read(persons[1].photo) == samples.jpeg_bytes()
