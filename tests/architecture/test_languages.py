"""Everything that people read is there in English and in Swedish."""

import ast
from collections.abc import Callable

import pytest

from nexus_portal.adapters import catalogue
from tests.architecture.sentences import (
    Sentence,
    bare_texts,
    computed_sentences,
    placeholders,
    readable_parameters,
    sentences_of,
)
from tests.architecture.source import modules


def spoken() -> list[Sentence]:
    return [sentence for name, tree in modules() for sentence in sentences_of(name, tree)]


def missing(sentences: list[Sentence]) -> list[str]:
    """Sentences without a Swedish translation that counts as they do."""
    swedish = catalogue.swedish()
    return [
        f"{sentence.place}: {sentence.one!r}"
        for sentence in sentences
        if sentence.one not in swedish
        or (sentence.many and swedish[sentence.one].msgid_plural != sentence.many)
    ]


def test_every_sentence_is_translated() -> None:
    assert missing(spoken()) == []


def test_no_two_parts_contradict_each_other() -> None:
    assert catalogue.contradictions(catalogue.every_entry()) == []


def test_no_translation_is_left_over() -> None:
    said = {sentence.one for sentence in spoken()}
    left = [f"{entry.part}: {entry.msgid!r}" for entry in catalogue.every_entry() if entry.msgid not in said]
    assert left == []


def test_translations_keep_the_placeholders() -> None:
    changed = [
        f"{entry.part}.po:{entry.line}: {text!r}"
        for entry in catalogue.every_entry()
        for english, text in zip((entry.msgid, entry.msgid_plural or entry.msgid), entry.forms, strict=True)
        if placeholders(english) != placeholders(text)
    ]
    assert changed == []


def test_every_placeholder_is_given() -> None:
    forgotten = [
        f"{sentence.place}: {wanted}"
        for sentence in spoken()
        for wanted in placeholders(sentence.one) | placeholders(sentence.many)
        if wanted not in sentence.given and "*" not in sentence.given
    ]
    assert forgotten == []


def test_no_sentence_is_computed() -> None:
    assert [found for name, tree in modules() for found in computed_sentences(name, tree)] == []


def test_pages_and_components_hold_no_bare_text() -> None:
    found = [
        text
        for name, tree in modules("pages", "components")
        for text in bare_texts(name, tree, readable_parameters())
    ]
    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        'rx.el.p("Orders")',
        'rx.text(f"{count} cards")',
        'rx.heading("Orders" if here else "Cards")',
        'rx.el.td(rx.cond(State.open, "Open", "Closed"))',
        'rx.el.input(placeholder="Number")',
        'rx.el.button(glyph("x"), aria_label="Close")',
        'action("Save", icon="check")',
        'panel("Details")',
        'empty_state("package", "Nothing", t("Nothing yet"))',
        'Column("Order", lambda row: row.number)',
        'confirm_dialog(title="Remove", consequence=t("It is gone."))',
        'page_header(t("Orders"), lead="All of them")',
        'page_header(t("Order"), breadcrumbs=[("Orders", "/orders")])',
        'filter_select(t("List"), State.view, State.narrow, [("register", "Register")])',
    ],
)
def test_bare_text_is_found(source: str) -> None:
    assert list(bare_texts("sample", ast.parse(source), readable_parameters()))


@pytest.mark.parametrize(
    "source",
    [
        'rx.el.p(t("Orders"), " · ", State.name, class_name="secondary")',
        'rx.cond(State.kind == "error", rx.el.b(State.text))',
        'action(t("Save"), icon="check", href="/orders", kind="primary")',
        'fulfilment_badge("draft")',
        'rx.el.kbd("/")',
        'rx.icon("package")',
        'filter_select(t("List"), State.view, State.narrow, [("register", t("Register"))])',
    ],
)
def test_what_nobody_reads_is_left_alone(source: str) -> None:
    assert not list(bare_texts("sample", ast.parse(source), readable_parameters()))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('t("Never translated")', lambda found: missing(found) == ["sample:1: 'Never translated'"]),
        ('plural("{n} unheard of", "{n} unheard ofs", 2)', lambda found: len(missing(found)) == 1),
        ('raise Invalid(Message("Not {one}.", one=1))', lambda found: found[0].given == {"one"}),
    ],
)
def test_sentences_are_found(source: str, expected: Callable[[list[Sentence]], bool]) -> None:
    assert expected(list(sentences_of("sample", ast.parse(source))))
