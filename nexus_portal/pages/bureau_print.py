"""The print file on the page of a batch."""

from functools import partial

import reflex as rx

from nexus_portal.components import blocks, dialogs
from nexus_portal.components.actions import action
from nexus_portal.components.forms import post_form
from nexus_portal.components.i18n import plural, t
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.page import holds
from nexus_portal.state.bureau_batch import BatchPageState as State
from nexus_portal.state.shell import ShellState


def print_panel() -> rx.Component:
    """A file for each printer, while cards of the batch are being printed."""
    may = holds(Permission.PRODUCTION_WORK) & holds(Permission.PERSONS_READ)
    files = rx.foreach(State.printers, _file)
    confirm = action(t("Confirm first"), icon="shield-check", on_click=State.ask("print", ""))
    return rx.cond(
        may & (State.printing > 0),
        blocks.panel(
            t("Print file"),
            rx.el.p(
                plural(
                    "Front and back of {n} card at printing, in true size with the printer’s bleed.",
                    "Front and back of {n} cards at printing, in true size with the printer’s bleed.",
                    State.printing,
                ),
            ),
            rx.el.div(rx.cond(State.must_confirm, confirm, files), class_name="print-files"),
            rx.el.p(
                t("Whose cards are in it is logged. Delete it once they are printed."),
                class_name="secondary",
            ),
        ),
    )


def print_dialog() -> rx.Component:
    """More than fifty persons at once ask for a second factor."""
    return dialogs.confirm_dialog(
        title=t("Take the print file"),
        subject=State.number,
        consequence=t("It holds more than 50 persons. Confirm with a second factor, then take the file."),
        open=State.asking == "print",
        on_close=State.closed,
        form=partial(post_form, action="/production/" + State.number + "/print", csrf=ShellState.csrf),
        danger=False,
        icon="shield-check",
    )


def _file(printer: rx.Var) -> rx.Component:
    address = "/production/" + State.number + "/print.zip?" + printer.value
    return action(printer.label, icon="printer", href=address, download=True)
