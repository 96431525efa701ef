"""`/bureau/layouts/{version}`: one version of a layout, with the card as it will be printed."""

from functools import partial

import reflex as rx

from nexus_portal.components import blocks, dialogs, header
from nexus_portal.components.actions import action
from nexus_portal.components.card_preview import card_preview
from nexus_portal.components.forms import event_form
from nexus_portal.components.i18n import t
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.bureau_layouts import layout_badge
from nexus_portal.pages.layout_handles import handles, moving_help
from nexus_portal.pages.layout_inputs import element_inputs, field_inputs
from nexus_portal.pages.page import portal_page
from nexus_portal.state.bureau_layout import LayoutState as State

LINE = State.line


@portal_page(
    "/bureau/layouts/[version]", title=t("Layout"), needs=Permission.LAYOUTS_MANAGE, on_load=State.load
)
def bureau_layout() -> rx.Component:
    """The card on one side, what it is made of on the other."""
    return rx.cond(
        ~State.loaded,
        blocks.skeleton_rows(),
        rx.cond(
            LINE,
            _layout(),
            blocks.empty_state(
                "search-x",
                t("No such layout"),
                t("There is no layout at this address."),
                action(t("Layouts"), href="/bureau/layouts", kind="primary"),
            ),
        ),
    )


def _layout() -> rx.Component:
    return rx.fragment(
        header.page_header(
            t("{name}, version {version}", name=LINE.name, version=LINE.version),
            badges=[layout_badge(LINE.state)],
            breadcrumbs=[(t("Layouts"), "/bureau/layouts")],
            lead=LINE.account + " · " + LINE.article,
            live=State.loaded,
            actions=[_acts()],
        ),
        rx.el.div(rx.cond(State.theirs, _theirs()), role="status"),
        rx.cond(State.reasons.length() > 0, _reasons()),
        rx.el.div(
            rx.cond(LINE.state == "draft", _editor(), _closed()),
            rx.el.div(_preview(), class_name="preview-place"),
            class_name="with-preview",
        ),
        _discard_dialog(),
    )


def _acts() -> rx.Component:
    return rx.match(
        LINE.state,
        (
            "draft",
            rx.fragment(
                action(t("Discard"), icon="trash-2", on_click=State.ask),
                action(t("Publish"), icon="circle-check", kind="primary", on_click=State.publish),
            ),
        ),
        (
            "offered",
            rx.fragment(
                action(t("Withdraw"), icon="archive", on_click=State.withdraw),
                action(t("New version"), icon="copy-plus", kind="primary", on_click=State.begin),
            ),
        ),
        action(t("New version"), icon="copy-plus", kind="primary", on_click=State.begin),
    )


def _reasons() -> rx.Component:
    return blocks.callout(
        rx.el.div(
            rx.el.p(t("This layout cannot be published yet.")),
            rx.el.ul(rx.foreach(State.reasons, rx.el.li), class_name="layout-reasons"),
        ),
        tone="warning",
    )


def _theirs() -> rx.Component:
    return blocks.callout(
        rx.el.p(t("Somebody else saved this draft meanwhile. What you edited is kept; decide which stays.")),
        rx.el.div(
            # Events take their arguments by place.
            action(t("Keep mine"), small=True, on_click=State.settle(True)),  # noqa: FBT003 - see above
            action(t("Take theirs"), small=True, on_click=State.settle(False)),  # noqa: FBT003 - same
            class_name="cart-cards",
        ),
        tone="warning",
    )


def _discard_dialog() -> rx.Component:
    return dialogs.confirm_dialog(
        title=t("Discard the draft"),
        subject=t("{name}, version {version}", name=LINE.name, version=LINE.version),
        consequence=t("What was edited in this version goes. Versions before it stay as they are."),
        open=State.asking,
        on_close=State.closed,
        form=partial(event_form, on_submit=State.discard),
        ask_code=False,
        icon="trash-2",
    )


def _preview() -> rx.Component:
    draft = LINE.state == "draft"
    return rx.el.div(
        card_preview(
            front=State.front,
            back=State.back,
            over=(rx.cond(draft, handles("front")), rx.cond(draft, handles("back"))),
        ),
        rx.cond(draft, moving_help()),
        rx.el.p(t("Drawn with made-up values, as it will be printed."), class_name="secondary preview-note"),
        rx.el.p(State.wrong, role="alert", class_name="field-error"),
    )


def _closed() -> rx.Component:
    return blocks.panel(
        t("Fields"),
        rx.el.ul(
            rx.foreach(
                State.fields,
                lambda each: rx.el.li(
                    rx.el.span(each.label_en, " / ", each.label_sv),
                    rx.el.span(each.key, class_name="secondary"),
                ),
            ),
            class_name="documents",
        ),
        rx.el.p(t("Orders are made in this version. Begin a new one to change it."), class_name="secondary"),
    )


def _editor() -> rx.Component:
    return event_form(
        _part(
            t("Fields"),
            rx.foreach(State.fields, field_inputs),
            action(t("Add a field"), icon="plus", small=True, on_click=State.more_fields),
        ),
        _part(
            t("Front"),
            rx.foreach(State.elements, lambda each: rx.cond(each.side == "front", element_inputs(each))),
            action(t("Add to the front"), icon="plus", small=True, on_click=State.more_elements("front")),
        ),
        _part(
            t("Back"),
            rx.foreach(State.elements, lambda each: rx.cond(each.side == "back", element_inputs(each))),
            action(t("Add to the back"), icon="plus", small=True, on_click=State.more_elements("back")),
        ),
        rx.el.div(
            action(t("Save the layout"), icon="check", kind="primary", type="submit"),
            class_name="form-buttons",
        ),
        on_submit=State.save,
        class_name="layout-editor",
    )


def _part(title: rx.Var, rows: rx.Component, more: rx.Component) -> rx.Component:
    return rx.el.section(
        rx.el.h2(title, class_name="section-title"), rx.el.div(rows, class_name="layout-rows"), more
    )
