"""A bureau's own texts stand in place of ours, and a mistake in them is named before anything is served."""

from collections.abc import Callable
from pathlib import Path

import pytest

from nexus_portal import settings
from nexus_portal.adapters import text_files
from nexus_portal.adapters.text_files import LINKED
from nexus_portal.cli import frontend
from nexus_portal.services import readiness
from nexus_portal.services.readiness import Weight
from nexus_portal.settings import SettingsError

LANGUAGES = ("en", "sv")


def markdown(*anchors: str, version: str = "7", required: str = "") -> str:
    head = f"version: {version}\ndate: 2027-02-01\n{required}"
    sections = "".join(f"\n## Of {anchor} {{#{anchor}}}\n\nA text.\n" for anchor in anchors)
    return f"---\n{head}---\n# Our title\n\nA lead.\n{sections}"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of texts, in use."""
    for language in LANGUAGES:
        (tmp_path / language).mkdir()
    monkeypatch.setenv("NEXUS_TEXTS_DIR", str(tmp_path))
    settings.current.cache_clear()
    return tmp_path


def write(folder: Path, name: str, text: str, *languages: str) -> None:
    for language in languages or LANGUAGES:
        (folder / language / f"{name}.md").write_text(text, encoding="utf-8")


def dpa(version: str, *anchors: str, required: str = "required: 2027-03-15\n") -> str:
    return markdown("security", *anchors, version=version, required=required)


def test_a_text_that_lies_there_replaces_ours_and_the_others_stay(folder: Path) -> None:
    write(folder, "faq", markdown(*LINKED["faq"], "own"))
    assert text_files.help_text("faq", "sv").title == "Our title"
    assert text_files.help_text("faq", "sv").version == "7"
    assert text_files.help_text("gdpr", "en").title == "GDPR statement"


def test_versions_of_the_agreement_are_all_the_bureaus_or_all_ours(folder: Path) -> None:
    write(folder, "dpa-A", dpa("A").replace("2027-02-01", "2026-12-01"))
    write(folder, "dpa-B", dpa("B", "more"))
    assert [texts["en"].version for texts in text_files.agreements()] == ["A", "B"]
    assert text_files.help_text("dpa", "sv").version == "B"
    assert text_files.agreement("1.0") is None


def _nothing(_folder: Path) -> None:
    """Leave it empty."""


@pytest.mark.parametrize(
    ("mistake", "said"),
    [
        (_nothing, "no text lies there"),
        (lambda folder: write(folder, "faq", markdown(*LINKED["faq"]), "en"), "sv/faq.md is missing"),
        (lambda folder: write(folder, "help", markdown("one")), "texts are called"),
        (lambda folder: write(folder, "faq", markdown("own")), "which are missing: apply, block"),
        (lambda folder: write(folder, "gdpr", "# No head"), "gdpr.md: A help text begins"),
        (
            lambda folder: write(folder, "gdpr", markdown("one").replace("A text", "[A](#two) text")),
            "not there: #two",
        ),
        (lambda folder: write(folder, "dpa-A", dpa("B")), "name of an agreement's file"),
        (lambda folder: write(folder, "dpa-A", dpa("A", required="")), "the day `required`"),
        (
            lambda folder: [write(folder, "gdpr", markdown(each), each) for each in LANGUAGES],
            "same sections, in the same order: en, sv",
        ),
        (
            lambda folder: [
                write(folder, "gdpr", markdown("one", version=version), language)
                for version, language in zip("12", LANGUAGES, strict=True)
            ],
            "same version, date",
        ),
    ],
    ids=["empty", "language", "name", "linked", "unreadable", "link", "version", "day", "sections", "heads"],
)
def test_a_mistake_is_named_and_nobody_is_served(
    folder: Path, mistake: Callable[[Path], object], said: str
) -> None:
    mistake(folder)
    with pytest.raises(SettingsError, match=said):
        text_files.check()
    finding = next(each for each in readiness.findings() if each.subject == "texts")
    assert finding.weight is Weight.STOP
    assert said in finding.text


def test_the_front_end_is_made_of_them_too(folder: Path) -> None:
    write(folder, "gdpr", markdown("one"))
    before = frontend.fingerprint()
    assert frontend.fingerprint() == before
    write(folder, "gdpr", markdown("one", "two"))
    assert frontend.fingerprint() != before
