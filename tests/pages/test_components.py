"""Components as they are compiled: what is read, what can be reached, what is in both languages."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import reflex as rx

from nexus_portal.components import (
    actions,
    blocks,
    codes,
    connection,
    dialogs,
    filters,
    forms,
    header,
    i18n,
    notices,
    personal_data,
    preferences,
    progress,
    public,
    secrets,
    shell,
    statuses,
    table,
    theme,
    times,
)
from nexus_portal.components.i18n import plural, t
from nexus_portal.domain import words
from nexus_portal.domain.lifecycles import Fulfilment

ASSETS = Path(__file__).parents[2] / "assets"
NAME = rx.Var("name", _var_type=str).to(str)
COUNT = rx.Var("count", _var_type=int).to(int)


@dataclass(frozen=True)
class Row:
    number: str
    glow: int


@dataclass(frozen=True)
class Notice:
    key: str
    kind: str
    text: str


ROWS = rx.Var("rows", _var_type=list[Row]).guess_type()
NOTICES = rx.Var("notices", _var_type=list[Notice]).guess_type()


def kind_of(looks: Mapping[StrEnum, statuses.Look]) -> type[StrEnum]:
    """The lifecycle whose states a table describes."""
    return type(next(iter(looks)))


def body_of(memo: Any, **values: Any) -> str:
    """The body of a part that is compiled once for all pages."""
    return drawn(memo.__wrapped__(**values))


def drawn(component: rx.Component) -> str:
    """The compiled component, memo bodies left out."""
    return str(component)


# ---------------------------------------------------------------- languages


def test_both_languages_are_baked_in() -> None:
    text = str(t("Cancel"))
    assert '"Cancel"' in text
    assert '"Avbryt"' in text
    assert "portal?.swedish" in text


def test_values_reach_both_languages_and_numbers_are_grouped() -> None:
    text = str(t("{label}: {done} of {total}", label=NAME, done=COUNT, total=1284))
    assert text.count("+name+") + text.count("(name+") == 2
    assert text.count("portal?.number(count)") == 2
    assert text.count("portal?.number(1284)") == 2


def test_a_missing_value_stops_the_build() -> None:
    with pytest.raises(KeyError):
        t("No {number}")


def test_plural_chooses_by_the_count() -> None:
    text = str(plural("{n} unheard of", "{n} unheard ofs", COUNT))
    assert "count" in text
    assert '" unheard of"' in text
    assert '" unheard ofs"' in text


def test_text_outside_pages_is_plain() -> None:
    assert i18n.t_static("Cancel", "sv") == "Avbryt"


def test_each_language_is_offered_in_itself() -> None:
    switch = drawn(preferences.language_switch("token"))
    assert "/language/sv" in switch
    assert "/language/en" in switch
    assert "Byt till svenska" in switch
    assert switch.count('method:"post"') == 2


# ------------------------------------------------------------------- states


@pytest.mark.parametrize(
    ("mark", "table_of_words", "looks"),
    [
        (statuses.fulfilment_mark, words.FULFILMENT, statuses.FULFILMENT),
        (statuses.stage_mark, words.STAGE, statuses.STAGE),
        (statuses.card_status_mark, words.CARD_STATUS, statuses.CARD),
        (statuses.batch_mark, words.BATCH, statuses.BATCH),
        (statuses.photo_mark, words.PHOTO, statuses.PHOTO),
    ],
)
def test_every_state_has_icon_colour_and_word(mark, table_of_words, looks) -> None:
    assert set(looks) == set(table_of_words) == set(kind_of(looks))
    kind = next(iter(mark.__wrapped__.__annotations__))
    body = body_of(mark, **{kind: NAME})
    for member, (_, colour) in looks.items():
        assert f'"{member.value}"' in body
        assert table_of_words[member].msgid in body
        assert f'color:"{colour}"' in body


def test_words_without_a_badge() -> None:
    assert '"Not billable"' in str(statuses.billing_text(NAME))
    assert '"Privacy officer"' in str(statuses.role_text(NAME))
    assert '"Stolen"' in str(statuses.block_reason_text(NAME))


def test_one_lifecycle_one_badge_for_all_pages() -> None:
    assert drawn(statuses.fulfilment_badge(NAME)).startswith("jsx(FulfilmentMark")
    assert drawn(statuses.fulfilment_badge(Fulfilment.DRAFT)).startswith("jsx(FulfilmentMark")


def test_a_lifeline_is_a_shape_and_words() -> None:
    gone = body_of(personal_data.gone_mark, at=NAME)
    held = body_of(personal_data.held_mark, reason=NAME)
    flag = rx.Var("erasable", _var_type=bool).to(bool)
    line = body_of(personal_data.running_line, state=NAME, left=COUNT, kept=COUNT, erasable=flag, goes=NAME)
    assert "ShieldCheck" in gone
    assert "Erased" in gone
    assert "Lock" in held
    assert "Held" in held
    for words_of_it in (
        "Can be erased now",
        "Goes today",
        " d left",
        "Goes at delivery",
        " d after delivery",
        "minimised",
    ):
        assert words_of_it in line
    assert '"--part"' in line


def test_a_lifeline_takes_plain_values_and_vars() -> None:
    line = personal_data.personal_data_lifeline(state="full", days_left=COUNT, days_kept=30, held=True)
    assert "RunningLine" in drawn(line)
    assert "HeldMark" in drawn(line)


def test_progress_says_its_numbers() -> None:
    bar = drawn(progress.progress_bar(COUNT, 81, label=t("Cancel")))
    assert bar.count("portal?.number(81)") >= 4  # both languages, on hover and read aloud
    assert '"aria-label"' in bar
    assert 'role:"progressbar"' in bar
    assert '"aria-valuemax"' in bar


# ------------------------------------------------------------------- tables


def orders(**more) -> str:
    columns = [
        table.Column(t("Cancel"), lambda row: row.number, main=True, sort="number"),
        table.Column(t("Menu"), lambda row: row.glow, numeric=True, quiet=True),
        table.Column(t("More actions"), lambda row: rx.fragment(), hidden_title=True),
    ]
    return drawn(table.data_table(columns, ROWS, label=t("Places"), key=lambda row: row.number, **more))


def test_a_table_keeps_its_roles_when_it_is_stacked() -> None:
    body = orders()
    for role in ("table", "rowgroup", "row", "columnheader", "rowheader", "cell"):
        assert f'role:"{role}"' in body
    assert '"data-label"' in body
    assert 'className:"unseen"' in body
    assert 'className:"cell-numeric cell-quiet"' in body


def test_the_main_column_leads_to_the_row() -> None:
    body = orders(href=lambda row: "/orders/" + row.number)
    assert '"/orders/"' in body
    assert 'className:"row-link"' in body


def test_a_row_glows_anew_with_each_change() -> None:
    assert "data-glow" not in orders()
    body = orders(glow=lambda row: row.glow)
    assert '"even"' in body
    assert '"odd"' in body


def test_headers_say_how_they_sort() -> None:
    body = orders(sorted_by=NAME, on_sort=rx.console_log)
    assert '"aria-sort"' in body
    assert '"ascending"' in body
    assert '"-number"' in body


def test_an_empty_table_gives_way() -> None:
    body = orders(empty=blocks.empty_state("inbox", t("Cancel"), t("Menu")))
    assert "rows.length" in body
    assert 'className:"empty"' in body


# -------------------------------------------------------- forms and dialogs


def test_a_native_form_is_left_to_the_browser() -> None:
    form = drawn(forms.post_form(forms.text_input("email"), action="/auth/sign-in", csrf=NAME))
    assert form.startswith('jsx("form",{action:"/auth/sign-in"')
    assert "onSubmit" not in form
    assert 'name:"csrf"' in form
    assert '"data-once"' in form


def test_an_upload_carries_files() -> None:
    form = drawn(forms.upload_form(forms.file_input("people"), action="/imports", csrf=NAME))
    assert 'encType:"multipart/form-data"' in form
    assert 'type:"file"' in form


def test_a_field_ties_label_hint_and_error_to_its_control() -> None:
    control = forms.text_input("centre", error=NAME)
    body = drawn(forms.field(t("Menu"), control, control_id="centre", hint=t("Cancel"), error=NAME))
    assert 'htmlFor:"centre"' in body
    assert '"aria-describedby":"centre-hint centre-error"' in body
    assert 'id:"centre-hint"' in body
    assert 'id:"centre-error"' in body
    assert '"aria-invalid"' in body
    assert 'role:"alert"' in body


@pytest.mark.parametrize(
    "options", [[("a", t("Menu"))], rx.Var("choices", _var_type=list[Notice]).guess_type()]
)
def test_choices_come_from_the_page_or_from_the_server(options) -> None:
    if isinstance(options, rx.Var):
        options = rx.Var("choices", _var_type=list[Choice]).guess_type()
    assert 'jsx("option"' in drawn(forms.select_input("article", options))


@dataclass(frozen=True)
class Choice:
    value: str
    label: str


def test_a_code_is_one_input_that_can_be_filled_in() -> None:
    body = drawn(codes.code_input(error=NAME))
    assert body.count('jsx("input"') == 1
    assert 'autoComplete:"one-time-code"' in body
    assert 'inputMode:"numeric"' in body
    assert 'pattern:"[0-9]{6}"' in body
    assert body.count('jsx("span",{},)') == 6


def dialog(**more) -> str:
    asked = dialogs.confirm_dialog(
        title=t("Cancel"),
        consequence=t("Menu"),
        open=rx.Var("asking", _var_type=bool),
        on_close=rx.console_log("closed"),
        form=partial(forms.post_form, action="/erase", csrf=NAME),
        **more,
    )
    return drawn(asked)


def test_a_dialog_names_itself_its_consequence_and_its_button() -> None:
    body = dialog(subject=NAME, goes=t("Any"), stays=t("Any"), gets=t("Any"))
    assert body.count('"Avbryt"') == 3  # title, the button that is named like it, and the way back
    for said in ("Goes", "Stays", "You get", "Code from your authenticator"):
        assert f'"{said}"' in body
    assert "RadixThemesDialog.Title" in body
    assert "RadixThemesDialog.Description" in body


def test_a_dialog_without_a_code_still_shows_what_was_refused() -> None:
    body = dialog(ask_code=False, error=NAME)
    assert 'id:"confirm-error"' in body


# ---------------------------------------------------------------- the frame


def frame() -> str:
    place = shell.Place(
        href="/orders", label=t("Menu"), icon="package", count=COUNT, shown=rx.Var("may", _var_type=bool)
    )
    return drawn(
        shell.app_shell(
            ["/", "/orders", "/orders/[number]"],
            [place],
            notices=rx.el.section(),
            ends=rx.el.dialog(),
            account_name=NAME,
            account_number=NAME,
            person_name=NAME,
            role=NAME,
            initials=NAME,
            csrf=NAME,
        )
    )


def test_the_frame_can_be_skipped_and_left() -> None:
    body = frame()
    assert body.index('href:"#content"') < body.index('jsx("aside"')
    (script,) = shell.Framed().add_custom_code()
    assert script.index("    skip,") < script.index('jsx("main"') < script.index('id: "content"')
    assert 'action:"/sign-out"' in body
    assert "PortalNavLink" in body
    assert "count > 0" in body


def test_the_frame_stands_around_its_own_pages_alone() -> None:
    found = re.search(r'pages:"([^"]+)"', frame())
    assert found
    pages = re.compile(found[1])
    for path in ("/", "/orders", "/orders/", "/orders/2026-00012", "/orders/2026-00012/"):
        assert pages.search(path), path
    for path in ("/sign-in", "/help", "/orders/2026-00012/more", "/borders"):
        assert not pages.search(path), path


def test_public_pages_have_one_heading_and_both_choices() -> None:
    body = drawn(public.public_shell(rx.el.p(NAME), title=t("Menu"), lead=t("Cancel")))
    assert body.count('jsx("h1"') == 1
    assert "/language/sv" in body


def test_a_page_has_one_heading_its_way_and_its_life() -> None:
    body = drawn(header.page_header(t("Menu"), live=True, breadcrumbs=[(t("Places"), "/orders")]))
    assert body.count('jsx("h1"') == 1
    assert '"aria-current":"page"' in body
    assert '"Live"' in body


def test_notices_interrupt_only_for_errors() -> None:
    body = drawn(notices.notice_region(NOTICES, rx.console_log))
    assert body.index('role:"alert"') < body.index('role:"status"')
    assert '"Dismiss"' in body


def test_a_lost_connection_is_said_politely() -> None:
    body = drawn(connection.connection_banner())
    assert '"aria-live":"polite"' in body
    assert "Not connected" in body


def test_downloads_leave_the_pages() -> None:
    away = drawn(actions.action(t("Print"), href="/orders.csv", download=True))
    inside = drawn(actions.action(t("Print"), href="/orders"))
    assert 'jsx("a",{href:"/orders.csv"}' in away
    assert 'jsx(ReactRouterLink,{to:"/orders"}' in inside


def test_an_icon_alone_has_a_name() -> None:
    body = drawn(actions.icon_action(t("Print"), "printer"))
    assert '"aria-label"' in body
    assert "title:" in body


def test_search_is_reached_by_a_key_and_filters_have_labels() -> None:
    search = drawn(filters.search_box(NAME, rx.console_log("x"), label=t("Menu")))
    assert '"data-hotkey":"/"' in search
    assert '"data-holds":name' in search
    assert "defaultValue:name" in search
    narrow = drawn(filters.filter_select(t("Menu"), NAME, rx.console_log("x"), [("a", t("Open"))]))
    assert narrow.startswith('jsx("label"')
    assert '"Any"' in narrow


def test_times_tell_the_exact_moment() -> None:
    body = drawn(times.when(NAME))
    assert "portal?.when(name)" in body
    assert "portal?.exact(name)" in body
    assert "dateTime:name" in body


def test_secrets_can_be_copied_and_read_without_a_camera() -> None:
    body = drawn(secrets.qr_figure(NAME, NAME))
    assert "alt:" in body
    assert '"data-copy":"authenticator-key"' in body


# --------------------------------------------------------- what is served


def test_the_language_is_known_before_anything_is_drawn() -> None:
    first = theme.app_appearance(rx.fragment())["head_components"][0]
    assert '"/portal.js?v=' in drawn(first)
    assert "defer" not in drawn(first)


def test_no_toast_and_no_banner_of_the_framework() -> None:
    look = theme.app_appearance(rx.fragment())
    assert look["toaster"] is None
    assert {name for _, name in look["app_wraps"]} == {
        "ErrorBoundary",
        "Overlay",
        "AfterMount",
        "Frame",
    }


def test_the_font_is_ours_and_says_its_licence() -> None:
    css = (ASSETS / "portal.css").read_text(encoding="utf-8")
    assert "https://" not in css
    for file in ("inter-latin-wght-normal.woff2", "inter-latin-ext-wght-normal.woff2"):
        assert f'url("/fonts/{file}")' in css
        assert (ASSETS / "fonts" / file).stat().st_size > 20_000
    licence = (ASSETS / "fonts" / "LICENSE-Inter.txt").read_text(encoding="utf-8")
    assert "SIL Open Font License, Version 1.1" in licence


def test_the_script_needs_no_exception_of_the_security_policy() -> None:
    script = (ASSETS / "portal.js").read_text(encoding="utf-8")
    for forbidden in ("eval(", "new Function", "innerHTML", "document.write", "http://", "https://"):
        assert forbidden not in script
