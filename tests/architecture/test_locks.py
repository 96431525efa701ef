"""What is installed is what was reviewed: every package pinned and hashed, from whatever registry."""

import json
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REQUIREMENTS = ROOT / "requirements"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^]]*\])?==(\S+)", re.MULTILINE)
FRONT_END = json.loads((ROOT / "reflex.lock" / "package-lock.json").read_text())["packages"]


def pins(name: str) -> set[tuple[str, str]]:
    return set(PIN.findall((REQUIREMENTS / name).read_text()))


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[=<>~! ;]", requirement)[0] for requirement in requirements}


@pytest.mark.parametrize("name", ["bootstrap.txt", "runtime.txt", "dev.txt"])
def test_every_python_package_is_pinned_and_hashed(name: str) -> None:
    text = re.sub(r"#.*", "", (REQUIREMENTS / name).read_text())
    entries = re.split(r"\n(?=\S)", text.replace("\\\n", " ").strip())
    assert entries
    for entry in entries:
        assert PIN.match(entry), entry
        assert "--hash=sha256:" in entry, entry


@pytest.mark.parametrize("name", ["bootstrap.txt", "runtime.txt", "dev.txt"])
def test_no_python_lock_names_a_registry(name: str) -> None:
    assert not re.search(r"://|--(extra-)?index-url|--find-links", (REQUIREMENTS / name).read_text())


def test_the_locks_hold_what_the_project_asks_for() -> None:
    assert names(PROJECT["project"]["dependencies"]) <= {name for name, _ in pins("runtime.txt")}
    assert names(PROJECT["dependency-groups"]["dev"]) <= {name for name, _ in pins("dev.txt")}


def test_tests_run_on_what_production_runs() -> None:
    assert pins("runtime.txt") <= pins("dev.txt")
    assert pins("bootstrap.txt") <= pins("dev.txt")


def test_every_front_end_package_is_pinned_and_hashed_and_names_no_registry() -> None:
    packages = {path: entry for path, entry in FRONT_END.items() if path and not entry.get("inBundle")}
    assert packages
    for path, entry in packages.items():
        assert entry["version"], path
        assert entry["integrity"].startswith("sha512-"), path
        assert "resolved" not in entry, path


def test_the_front_end_lock_belongs_to_its_package_json() -> None:
    asked = json.loads((ROOT / "reflex.lock" / "package.json").read_text())
    assert FRONT_END[""].get("dependencies", {}) == asked["dependencies"]
    assert FRONT_END[""].get("devDependencies", {}) == asked["devDependencies"]
