"""The views of the order history that a person keeps: to choose, keep, rename and remove."""

import reflex as rx

from nexus_portal.components.actions import action, icon_action
from nexus_portal.components.i18n import t
from nexus_portal.components.icons import glyph
from nexus_portal.components.native import page_link
from nexus_portal.state.saved_views import LONGEST_NAME
from nexus_portal.state.saved_views import SavedViewsState as State


def views() -> rx.Component:
    """A list that folds out, and below it a name for what is shown."""
    renaming = State.renaming != ""
    return rx.el.details(
        rx.el.summary(glyph("bookmark", size=14), rx.el.span(t("Views")), class_name="filter"),
        rx.el.div(
            rx.cond(
                State.views.length() > 0,
                rx.el.ul(rx.foreach(State.views, _view), class_name="fold-list"),
                rx.el.p(t("What the list shows can be kept under a name."), class_name="secondary"),
            ),
            rx.el.form(
                rx.el.label(
                    rx.el.span(rx.cond(renaming, t("New name"), t("Name of the view"))),
                    rx.el.input(
                        value=State.name,
                        on_change=State.write,
                        name="name",
                        max_length=LONGEST_NAME,
                        auto_complete="off",
                        class_name="input",
                    ),
                    class_name="fold-field",
                ),
                action(rx.cond(renaming, t("Rename"), t("Keep this view")), type="submit", small=True),
                on_submit=State.keep,
                class_name="fold-form",
            ),
            class_name="fold-panel",
        ),
        class_name="fold",
        custom_attrs={"name": "fold"},
    )


def _view(view: rx.Var) -> rx.Component:
    return rx.el.li(
        page_link(view.name, to="/orders?" + view.query, class_name="fold-link"),
        icon_action(t("Rename the view {name}", name=view.name), "pencil", on_click=State.ask(view.id)),
        icon_action(t("Remove the view {name}", name=view.name), "x", on_click=State.remove(view.id)),
        key=view.id,
    )
