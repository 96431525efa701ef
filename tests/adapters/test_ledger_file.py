"""The ledger's file: what it takes, what a crash leaves, what shows when it was changed."""

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from nexus_portal import settings
from nexus_portal.adapters import ledger_file
from nexus_portal.adapters.ledger_file import START
from nexus_portal.domain.errors import Tampered


@pytest.fixture
def path() -> Path:
    return settings.current().ledger_file


def numbered(count: int) -> list[dict[str, object]]:
    return [{"kind": "decided", "at": number} for number in range(count)]


def test_entries_come_back_in_their_order(path: Path) -> None:
    assert list(ledger_file.read(path)) == []
    ledger_file.append(numbered(2))
    end = ledger_file.append(numbered(1))
    assert [(entry["n"], entry["at"]) for entry in ledger_file.read(path)] == [(1, 0), (2, 1), (3, 0)]
    assert ledger_file.end(path) == ledger_file.position(path) == end
    assert end.count == 3
    assert path.stat().st_mode & 0o077 == 0


def test_long_entries_too(path: Path) -> None:
    for _ in range(3):
        end = ledger_file.append([{"kind": "decided", "long": "x" * 200_000}])
    assert ledger_file.end(path) == ledger_file.position(path) == end


def test_a_line_that_was_cut_off_goes_with_the_next_entry(path: Path) -> None:
    ledger_file.append(numbered(2))
    with path.open("ab") as file:
        file.write(b'{"kind":"decided","at":"' + b"x" * 1000)
    assert ledger_file.position(path).count == 2
    ledger_file.append(numbered(1))
    assert ledger_file.position(path).count == 3
    assert path.read_bytes().endswith(b"}\n")


def changed(lines: list[bytes]) -> list[bytes]:
    return [lines[0].replace(b'"at":0', b'"at":7'), *lines[1:]]


@pytest.mark.parametrize(
    "change",
    [
        changed,
        lambda lines: lines[1:],
        lambda lines: [lines[0], lines[2]],
        lambda lines: [lines[0], lines[0], *lines[1:]],
        lambda lines: [b"no json\n", *lines[1:]],
    ],
)
def test_a_changed_line_shows(path: Path, change: Callable[[list[bytes]], list[bytes]]) -> None:
    ledger_file.append(numbered(3))
    path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))
    with pytest.raises(Tampered):
        ledger_file.position(path)


def test_a_ledger_extends_its_own_past_and_no_other(path: Path, tmp_path: Path) -> None:
    early = ledger_file.append(numbered(1))
    late = ledger_file.append(numbered(1))
    assert ledger_file.extends(path, START)
    assert ledger_file.extends(path, early)
    shorter = tmp_path / "older.jsonl"
    shorter.write_bytes(path.read_bytes().splitlines(keepends=True)[0])
    assert not ledger_file.extends(shorter, late)
    other = ledger_file.Position(2, "f" * 64)
    assert not ledger_file.extends(path, other)


def test_several_write_at_once(path: Path) -> None:
    threads = [threading.Thread(target=ledger_file.append, args=(numbered(5),)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ledger_file.position(path).count == 40
    assert all(json.loads(line)["kind"] == "decided" for line in path.read_text().splitlines())
