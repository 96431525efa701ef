"""A build is used again for as long as nothing it is made of has changed."""

import subprocess
from pathlib import Path

import pytest

from nexus_portal import settings
from nexus_portal.cli import frontend


@pytest.fixture(autouse=True)
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small project to build from."""
    root = tmp_path / "project"
    for name in (
        "rxconfig.py",
        "nexus_portal/pages/orders.py",
        "nexus_portal/cli/serve.py",
        "assets/logo.svg",
        "reflex.lock/package.json",
    ):
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)
    monkeypatch.setattr(frontend, "ROOT", root)
    monkeypatch.setattr(frontend, "STATIC", root / ".web/build/client")
    monkeypatch.setattr(frontend, "BUILT_FROM", root / ".web/built-from")
    return root


@pytest.fixture
def builder(source: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What stands in for Reflex: the commands that it was given."""
    commands: list[list[str]] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        index = frontend.STATIC / "index.html"
        index.parent.mkdir(parents=True, exist_ok=True)
        index.write_text("<html>")
        (source / "reflex.lock/package.json").write_text("written anew")
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", run)
    return commands


def test_a_build_fits_until_a_source_changes(source: Path, builder: list[list[str]]) -> None:
    assert not frontend.is_built()
    assert frontend.build()
    assert frontend.is_built()
    assert builder[0][1:4] == ["-m", "reflex", "export"]

    (source / "nexus_portal/cli/serve.py").write_text("no page comes from here")
    assert frontend.is_built()
    (source / "nexus_portal/pages/orders.py").write_text("changed")
    assert not frontend.is_built()


def test_a_new_or_renamed_source_counts(source: Path, builder: list[list[str]]) -> None:
    frontend.build()
    (source / "assets/logo.svg").rename(source / "assets/mark.svg")
    assert not frontend.is_built()


def test_the_address_of_the_portal_is_built_in(
    source: Path, builder: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    frontend.build()
    monkeypatch.setenv("NEXUS_BASE_URL", "http://localhost:8123")
    settings.current.cache_clear()
    assert not frontend.is_built()


def test_other_packages_make_another_build(source: Path, builder: list[list[str]]) -> None:
    frontend.build()
    (source / "reflex.lock/package.json").write_text("updated")
    assert not frontend.is_built()


def test_a_source_that_changes_during_the_build_is_not_in_it(
    source: Path, builder: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    build = subprocess.run

    def edit(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        (source / "rxconfig.py").write_text("edited")
        return build(command, **options)  # pyright: ignore[reportCallIssue, reportArgumentType] - passed on as they came

    monkeypatch.setattr(subprocess, "run", edit)
    assert frontend.build()
    assert not frontend.is_built()


def test_a_build_that_broke_off_does_not_count(
    source: Path, builder: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    frontend.build()
    monkeypatch.setattr(subprocess, "run", lambda command, **_: subprocess.CompletedProcess(command, 1))
    assert not frontend.build()
    assert not frontend.is_built()


def test_node_of_the_virtual_environment_is_found() -> None:
    version = frontend.node_version()
    assert version
    assert version >= frontend.OLDEST_NODE
