"""The help pages: the same in both languages, true links, nothing left empty."""

import ast
import importlib
import inspect
import json
import re
from collections.abc import Iterator

import pytest
from reflex.compiler import compiler

from nexus_portal.adapters import catalogue
from nexus_portal.adapters.help_texts import HelpText, Node, read
from nexus_portal.adapters.text_files import LINKED, LOCALES, agreements, help_text
from nexus_portal.components import prose
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.page import ROUTES
from nexus_portal.web import apply_page
from nexus_portal.web.guard import NO_ACCOUNT
from tests.architecture.source import modules

TEXTS = {
    "faq": ("Questions and answers", "help", "questions_and_answers"),
    "gdpr": ("GDPR statement", "help_gdpr", "gdpr_statement"),
    "dpa": ("Data processing agreement", "help_dpa", "data_processing_agreement"),
}
"""Each text, what links call it, its page's module and function."""
ROUTE_OF = {"faq": "/help", "gdpr": "/help/gdpr", "dpa": "/help/dpa"}
SAMPLE = "---\nversion: 1\ndate: 2026-11-30\n---\n# Title\n\nLead.\n\n## One {#one}\n\nText.\n"
REQUIREMENTS = {f"r{number}" for number in range(1, 14)}

each_text = pytest.mark.parametrize("name", TEXTS)
each_language = pytest.mark.parametrize("language", catalogue.LANGUAGES)


def nodes(text: HelpText) -> Iterator[Node]:
    def below(node: Node) -> Iterator[Node]:
        yield node
        for child in node.children:
            yield from below(child)

    for section in text.sections:
        for node in section.body:
            yield from below(node)


def outline(text: HelpText) -> list[tuple[str, list[str]]]:
    """Anchors, and the kinds of blocks below each."""
    return [(section.anchor, [node.tag for node in section.body]) for section in text.sections]


def written(node: Node) -> str:
    return node.text + "".join(written(child) for child in node.children)


def compiled(name: str) -> str:
    _, module, function = TEXTS[name]
    page = getattr(importlib.import_module(f"nexus_portal.pages.{module}"), function)()
    return compiler.compile_page(ROUTE_OF[name].strip("/"), page)[1]


@each_text
def test_both_languages_say_the_same_things_in_the_same_order(name: str) -> None:
    assert outline(help_text(name, "en")) == outline(help_text(name, "sv"))


@each_text
def test_both_languages_link_to_the_same_places(name: str) -> None:
    english, swedish = (
        [node.href for node in nodes(help_text(name, lang)) if node.href] for lang in ("en", "sv")
    )
    assert english == swedish


@each_text
@each_language
def test_nothing_is_empty(name: str, language: catalogue.Language) -> None:
    text = help_text(name, language)
    assert text.title
    assert text.lead
    for section in text.sections:
        assert section.title
        assert all(written(node).strip() for node in section.body), section.anchor


@each_text
@each_language
def test_links_lead_somewhere(name: str, language: catalogue.Language) -> None:
    for module in ("help", "help_gdpr", "help_dpa"):
        importlib.import_module(f"nexus_portal.pages.{module}")
    by_route = {route: key for key, route in ROUTE_OF.items()}
    for href in (node.href for node in nodes(help_text(name, language)) if node.href.startswith(("/", "#"))):
        route, _, anchor = href.partition("#")
        if route in NO_ACCOUNT:
            continue
        assert not route or ROUTES[route] is Permission.PUBLIC, href
        target = help_text(by_route[route] if route else name, language)
        assert not anchor or anchor in {section.anchor for section in target.sections}, href


def test_links_to_doors_beside_the_pages_leave_the_pages() -> None:
    """The router of the pages knows no page of these names."""
    for href, element in (
        ("/apply", "NativeLink"),
        ("/verify", "NativeLink"),
        ("/help/gdpr#data", "ReactRouterLink"),
    ):
        assert type(prose._link(href, ["there"])).__name__ == element


@each_text
@each_language
def test_the_page_is_called_what_links_to_it_say(name: str, language: catalogue.Language) -> None:
    assert help_text(name, language).title == catalogue.translate(TEXTS[name][0], language)


@each_language
def test_no_text_is_without_a_page(language: catalogue.Language) -> None:
    stems = {path.stem for path in (LOCALES / language / "help").iterdir()}
    versions = {f"dpa-{texts[language].version}" for texts in agreements()}
    assert stems == {"faq", "gdpr"} | versions


@each_text
def test_the_page_opens_to_everybody_and_holds_both_languages(name: str) -> None:
    code = compiled(name)
    assert ROUTES[ROUTE_OF[name]] is Permission.PUBLIC
    for language in catalogue.LANGUAGES:
        for section in help_text(name, language).sections:
            assert json.dumps(section.title) in code
            assert code.count(f'id:"{section.anchor}"') == 1, section.anchor


@each_text
def test_the_page_needs_no_exception_from_the_content_policy(name: str) -> None:
    code = compiled(name)
    assert "dangerouslySetInnerHTML" not in code
    assert "Markdown" not in code


def test_questions_unfold_and_their_answers_can_be_linked_to() -> None:
    drawn = str(prose.questions("faq"))
    for section in help_text("faq", "en").sections:
        assert f'href:"#{section.anchor}"' in drawn
    assert drawn.count('"data-unfold"') == 2


@each_language
def test_every_requirement_is_answered_as_a_question(language: catalogue.Language) -> None:
    answered = [rule for section in help_text("faq", language).sections for rule in section.rules]
    assert set(answered) == REQUIREMENTS


@each_text
def test_both_languages_answer_the_same_requirements(name: str) -> None:
    english, swedish = (
        [section.rules for section in help_text(name, language).sections] for language in ("en", "sv")
    )
    assert english == swedish


def test_every_question_answers_a_requirement() -> None:
    assert [section.title for section in help_text("faq", "en").sections if not section.rules] == []


def test_versions_of_the_agreement_follow_each_other() -> None:
    days = [texts["en"].dated for texts in agreements()]
    assert days == sorted(set(days))
    assert all(
        (text.required_from or text.dated) >= text.dated for each in agreements() for text in each.values()
    )


def test_pages_lead_to_answers_that_every_installation_has() -> None:
    asked = {
        keyword.value.value
        for _, tree in modules("pages", "components")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "help_link"
        for keyword in node.keywords
        if keyword.arg == "answer" and isinstance(keyword.value, ast.Constant)
    }
    plain = re.findall(r'"/help#([a-z-]+)"', inspect.getsource(apply_page))
    assert {*asked, *plain} == LINKED["faq"]


def test_the_page_says_which_version_it_is() -> None:
    for name in TEXTS:
        assert help_text(name, "en").version in str(prose.edition(name))


def test_the_search_knows_its_questions_and_its_words() -> None:
    drawn = str(prose.questions("faq"))
    assert '"data-finds"' in drawn
    assert "help.js" in drawn
    assert 'role:"status"' in drawn


@pytest.mark.parametrize(
    "markdown",
    [
        "",
        "# Title\n",
        SAMPLE.replace("# Title\n\n", ""),
        SAMPLE.partition("# ")[2],
        SAMPLE.replace("version: 1\n", ""),
        SAMPLE.replace("version: 1", "version: one two"),
        SAMPLE.replace("date: 2026-11-30\n", ""),
        SAMPLE.replace("2026-11-30", "30 November"),
        SAMPLE.replace("{#one}", "{#one .seven}"),
        SAMPLE.replace("Lead.\n\n", ""),
        SAMPLE.replace("Lead.", "A **bold** lead."),
        SAMPLE.replace(" {#one}", ""),
        SAMPLE.replace("{#one}", "{#One!}"),
        SAMPLE.replace("Text.\n", ""),
        SAMPLE + "\n## Two {#two}\n",
        SAMPLE + "\n## Two {#one}\n\nText.\n",
        SAMPLE + "\n![A picture](/x.png)\n",
        SAMPLE + "\n### Deeper\n",
        SAMPLE + "\n[away](http://example.com)\n",
        SAMPLE + "\n```\ncode\n```\n",
    ],
)
def test_what_cannot_be_drawn_is_refused(markdown: str) -> None:
    with pytest.raises(ValueError):
        read(markdown)


def test_the_head_and_the_marks_of_a_section_are_read() -> None:
    markdown = SAMPLE.replace("{#one}", "{#one .r1 .r13}").replace("---\n#", "required: 2027-01-31\n---\n#")
    text = read(markdown)
    assert (text.version, text.dated.isoformat()) == ("1", "2026-11-30")
    assert text.required_from is not None
    assert text.sections[0].rules == ("r1", "r13")
    assert (text.title, text.sections[0].title) == ("Title", "One")
    assert read(SAMPLE).digest != text.digest


def test_html_is_text() -> None:
    [section] = read(SAMPLE.replace("Text.", "<b>Text</b> <script>x</script>")).sections
    assert written(section.body[0]) == "<b>Text</b> <script>x</script>"
    assert {node.tag for node in section.body[0].children} == {""}
