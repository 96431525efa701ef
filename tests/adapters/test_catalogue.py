"""The catalogue: English is the key, Swedish is read, what is missing falls back."""

from pathlib import Path

import pytest

from nexus_portal.adapters import catalogue
from nexus_portal.domain.lifecycles import Fulfilment, Stage
from nexus_portal.domain.text import Message
from nexus_portal.domain.words import word_for

HEAD = 'msgid ""\nmsgstr ""\n"Language: sv\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'


def part(folder: Path, name: str, text: str) -> Path:
    path = folder / f"{name}.po"
    path.write_text(HEAD + text, encoding="utf-8")
    return path


def test_swedish_is_read_and_english_is_the_key() -> None:
    assert catalogue.translate("Cancel", "sv") == "Avbryt"
    assert catalogue.translate("Cancel", "en") == "Cancel"


def test_what_is_missing_is_said_in_english() -> None:
    assert catalogue.translate("Never said anywhere", "sv") == "Never said anywhere"


def test_values_are_filled_in_and_whole_numbers_grouped() -> None:
    text = "{label}: {done} of {total}"
    assert catalogue.translate(text, "en", label="Cards", done=7, total=1284) == "Cards: 7 of 1,284"
    assert (
        catalogue.translate(text, "sv", label="Kort", done=7, total=1284)
        == "Kort: 7 av 1\N{NO-BREAK SPACE}284"
    )


def test_a_value_may_have_any_name() -> None:
    assert catalogue.translate("{language} {msgid}", "en", language="a", msgid="b") == "a b"


def test_states_in_a_message_are_words() -> None:
    moved = Message("{start} {end}", start=Fulfilment.IN_PRODUCTION, end=Stage.QC)
    assert catalogue.render(moved, "sv") == "I produktion Kvalitetskontroll"
    assert catalogue.render(moved, "en") == "In production Quality control"


def test_equal_texts_of_two_lifecycles_keep_their_own_words() -> None:
    assert word_for(Fulfilment.IN_PRODUCTION) == Message("In production")
    assert word_for("in_production") is None


@pytest.mark.parametrize(("n", "expected"), [(0, "0 kort"), (1, "ett kort"), (2, "2 kort")])
def test_counted_sentences(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, n: int, expected: str) -> None:
    text = 'msgid "{n} card"\nmsgid_plural "{n} cards"\nmsgstr[0] "ett kort"\nmsgstr[1] "{n} kort"\n'
    part(tmp_path, "one", text)
    monkeypatch.setattr(catalogue, "PARTS", tmp_path)
    monkeypatch.setattr(catalogue, "swedish", catalogue.swedish.__wrapped__)
    assert catalogue.translate_plural("{n} card", "{n} cards", n, "sv") == expected
    assert catalogue.translate_plural("{n} card", "{n} cards", n, "en") == f"{n} card{'' if n == 1 else 's'}"


def test_untranslated_and_doubtful_entries_do_not_count(tmp_path: Path) -> None:
    path = part(
        tmp_path, "one", 'msgid "A"\nmsgstr ""\n\n#, fuzzy\nmsgid "B"\nmsgstr "b"\n\nmsgid "C"\nmsgstr "c"\n'
    )
    assert [entry.msgid for entry in catalogue.read_part(path)] == ["C"]


def test_two_parts_may_agree_but_not_differ(tmp_path: Path) -> None:
    same = [part(tmp_path, name, 'msgid "Order"\nmsgstr "Beställning"\n') for name in ("one", "two")]
    other = part(tmp_path, "three", 'msgid "Order"\nmsgstr "Order"\n')
    agreed = [entry for path in same for entry in catalogue.read_part(path)]
    assert catalogue.contradictions(agreed) == []
    differing = [*agreed, *catalogue.read_part(other)]
    assert catalogue.contradictions(differing) == ["'Order': one and three"]
    assert catalogue.merge(differing)["Order"].forms[0] == "Beställning"


@pytest.mark.parametrize(
    ("cookie", "asked", "expected"),
    [
        ("sv", "en", "sv"),
        ("en", "sv-SE,sv;q=0.9", "en"),
        (None, "sv-SE,sv;q=0.9,en;q=0.8", "sv"),
        (None, "de, sv;q=0.8, en;q=0.5", "sv"),
        (None, "fi", "en"),
        (None, None, "en"),
        ("xx", "", "en"),
        ("../../etc", "sv", "sv"),
    ],
)
def test_language_of_a_visitor(cookie: str | None, asked: str | None, expected: str) -> None:
    assert catalogue.chosen(cookie, asked) == expected
