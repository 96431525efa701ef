"""Where the help texts lie: ours in `locales/`, a bureau's own in `NEXUS_TEXTS_DIR` in place of ours.

`{en,sv}/faq.md`, `gdpr.md`, and `dpa-<version>.md`, one for each version of the agreement. A folder that has
one text in one language has it in the other too; whatever it does not have stays ours.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from nexus_portal import settings
from nexus_portal.adapters.catalogue import LANGUAGES, Language
from nexus_portal.adapters.help_texts import HelpText, read
from nexus_portal.settings import SettingsError

LOCALES = Path(__file__).parent.parent / "locales"
FAQ, GDPR, DPA = "faq", "gdpr", "dpa"
LINKED: Mapping[str, frozenset[str]] = {
    FAQ: frozenset(
        {"apply", "block", "files", "not-yet", "proof", "retention", "transfer", "transfer-deletion"}
    ),
    GDPR: frozenset[str](),
    DPA: frozenset({"security"}),
}
"""Anchors to which the portal's own pages lead."""

Texts = Mapping[Language, HelpText]


def help_text(name: str, language: Language) -> HelpText:
    """A text of the help pages; of the agreement the newest version."""
    return agreements()[-1][language] if name == DPA else _shelf()[name][language]


def agreements() -> Sequence[Texts]:
    """Every version of the data processing agreement, the oldest first."""
    found = [texts for name, texts in _shelf().items() if name.startswith(f"{DPA}-")]
    return sorted(found, key=lambda texts: (texts["en"].dated, texts["en"].version))


def agreement(version: str) -> Texts | None:
    """One version of the agreement in all languages, if it is still here."""
    return next((texts for texts in agreements() if texts["en"].version == version), None)


def check() -> None:
    """Read every text, so that a mistake in one shows before anything is served.

    Raises:
        SettingsError: a text is missing, cannot be read, or differs between the languages.
    """
    _shelf()


def own_files() -> list[Path]:
    """The files that a bureau put in place of ours: pages are drawn from them too."""
    folder = settings.current().texts_dir
    return [] if folder is None else [path for names in _files(folder).values() for path in names]


def _shelf() -> Mapping[str, Texts]:
    return _read_all(settings.current().texts_dir)


@cache
def _read_all(folder: Path | None) -> Mapping[str, Texts]:
    ours = _files(LOCALES, "help")
    own = {} if folder is None else _files(folder)
    if any(name.startswith(f"{DPA}-") for name in own):
        # Versions follow each other: a bureau's own do not stand among ours.
        ours = {name: paths for name, paths in ours.items() if not name.startswith(f"{DPA}-")}
    return {name: _pair(name, paths) for name, paths in {**ours, **own}.items()}


def _files(folder: Path, below: str = "") -> dict[str, list[Path]]:
    """The texts of a folder by name, each in every language.

    Raises:
        SettingsError: it is no such folder, or a text is not there in one of the languages.
    """
    names = {path.stem for language in LANGUAGES for path in (folder / language / below).glob("*.md")}
    if not names:
        message = f"NEXUS_TEXTS_DIR={folder}: no text lies there. Put them into {' and '.join(LANGUAGES)}."
        raise SettingsError(message)
    found = {
        name: [folder / language / below / f"{name}.md" for language in LANGUAGES] for name in sorted(names)
    }
    for name, paths in found.items():
        if name not in LINKED and not name.startswith(f"{DPA}-"):
            message = f"{paths[0].name}: texts are called {FAQ}.md, {GDPR}.md and {DPA}-<version>.md."
            raise SettingsError(message)
        for path in paths:
            if not path.is_file():
                message = f"{path} is missing: every text is there in each language."
                raise SettingsError(message)
    return found


def _pair(name: str, paths: Sequence[Path]) -> Texts:
    texts = dict(zip(LANGUAGES, map(_read, paths), strict=True))
    for fault in _faults(name, texts):
        message = f"{paths[0]} and {paths[1]}: {fault}"
        raise SettingsError(message)
    return texts


def _read(path: Path) -> HelpText:
    try:
        return read(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        message = f"{path}: {error}"
        raise SettingsError(message) from error


def _faults(name: str, texts: Texts) -> Iterator[str]:
    english, swedish = texts["en"], texts["sv"]
    anchors = [[section.anchor for section in text.sections] for text in (english, swedish)]
    if anchors[0] != anchors[1]:
        odd = sorted(set(anchors[0]) ^ set(anchors[1])) or ["they stand in another order"]
        yield f"both languages have the same sections, in the same order: {', '.join(odd)}."
    heads = [(text.version, text.dated, text.required_from) for text in (english, swedish)]
    if heads[0] != heads[1]:
        yield "both languages have the same version, date and day on which it is required."
    lost = {href for text in texts.values() for href in text.links if href[:1] == "#"}
    lost -= {f"#{anchor}" for anchor in anchors[0]}
    if lost:
        yield f"links lead to sections that are not there: {', '.join(sorted(lost))}."
    kind = name.partition("-")[0]
    missing = LINKED[kind] - set(anchors[0])
    if missing:
        yield f"pages of the portal lead to these sections, which are missing: {', '.join(sorted(missing))}."
    if kind == DPA and (name != f"{DPA}-{english.version}" or english.required_from is None):
        yield "the name of an agreement's file has its version, and its head the day `required`."
