"""The passkeys on the page of one's account, and their dialogs."""

from functools import partial

import reflex as rx

from nexus_portal.components import blocks, times
from nexus_portal.components.actions import action, menu_item, more_menu
from nexus_portal.components.dialogs import confirm_dialog
from nexus_portal.components.forms import event_form, field, post_form, text_input
from nexus_portal.components.i18n import t
from nexus_portal.components.passkeys import passkey_add, passkey_make
from nexus_portal.components.vars import Text, as_text
from nexus_portal.state.passkeys import CONFIRM, NEW, REMOVE, RENAME
from nexus_portal.state.passkeys import PasskeysState as State
from nexus_portal.state.shell import ShellState

LONGEST_NAME = 80


def passkeys_panel() -> rx.Component:
    """Which passkeys there are, or what a passkey is."""
    add = rx.el.div(
        passkey_add(action(t("Add a passkey"), icon="plus", small=True, on_click=State.ask(CONFIRM, ""))),
        style={"margin_top": "12px"},
    )
    rows = rx.el.ul(rx.foreach(State.rows, _row), class_name="fields")
    return rx.fragment(
        blocks.panel(
            t("Passkeys"),
            rx.cond(State.loaded, rx.cond(State.rows.length() > 0, rows, _none()), blocks.skeleton_rows(1)),
            add,
        ),
        _confirm(),
        _new(),
        _rename(),
        _remove(),
    )


def _none() -> rx.Component:
    return blocks.fact(
        "fingerprint",
        t("No passkey yet"),
        t(
            "A passkey signs you in with your fingerprint, your face or the PIN of your device, or with a "
            "security key. It cannot be guessed, and a false page cannot take it from you."
        ),
        tone="quiet",
    )


def _row(row: rx.Var) -> rx.Component:
    used = rx.cond(
        row.last_used_at != "",
        t("Last used {when}", when=times.when_text(row.last_used_at)),
        t("Not used yet"),
    )
    return rx.el.li(
        rx.el.div(
            rx.el.p(row.name, class_name="fact-title", style={"overflow_wrap": "anywhere"}),
            rx.el.p(
                t("Added {when}", when=times.when_text(row.created_at)), " · ", used, class_name="secondary"
            ),
            style={"flex": "1", "min_width": "0"},
        ),
        more_menu(
            menu_item(t("Rename"), icon="pencil", on_click=State.ask(RENAME, row.id)),
            menu_item(t("Remove"), icon="trash-2", danger=True, on_click=State.ask(REMOVE, row.id)),
            label=t("Actions for {name}", name=row.name),
        ),
        class_name="panel-row",
        style={"margin": "0", "flex_wrap": "nowrap"},
    )


def _said() -> rx.Component:
    return rx.cond(State.error != "", rx.el.div(blocks.callout(State.error, tone="danger"), role="alert"))


def _confirm() -> rx.Component:
    return confirm_dialog(
        _said(),
        title=t("Add a passkey"),
        consequence=t("First show that it is you. Then your browser makes the passkey."),
        open=State.dialog == CONFIRM,
        on_close=State.close,
        form=partial(post_form, action="/account/passkeys/confirm", csrf=ShellState.csrf),
        error=State.code_error,
        danger=False,
        icon="fingerprint",
    )


def _new() -> rx.Component:
    """Has a button of its own in place of the dialog's: the script makes the passkey, then the form goes."""
    form = post_form(
        rx.el.p(
            t("Your browser asks where to keep it. You can sign in with it alone, or after your password."),
            class_name="dialog-consequence",
        ),
        _said(),
        _name_field("passkey-name", t("So that you know it again, such as “Work laptop”.")),
        passkey_make(t("Make the passkey"), rx.dialog.close(action(t("Cancel")))),
        action="/account/passkeys",
        csrf=ShellState.csrf,
    )
    return rx.dialog.root(
        rx.dialog.content(
            rx.dialog.title(t("Make a passkey"), as_="h2", class_name="dialog-title"),
            form,
            class_name="dialog",
        ),
        open=State.dialog == NEW,
        on_open_change=State.close,
    )


def _rename() -> rx.Component:
    return confirm_dialog(
        _name_field("passkey-new-name", "", error=State.error),
        title=t("Rename the passkey"),
        subject=State.name,
        consequence=t("Only you see the name."),
        open=State.dialog == RENAME,
        on_close=State.close,
        form=partial(event_form, on_submit=State.rename),
        ask_code=False,
        danger=False,
        icon="pencil",
    )


def _remove() -> rx.Component:
    return confirm_dialog(
        _said(),
        title=t("Remove the passkey"),
        subject=State.name,
        consequence=t("This passkey no longer signs you in. Delete it on your device too."),
        stays=t("your authenticator, your recovery codes and other passkeys"),
        open=State.dialog == REMOVE,
        on_close=State.close,
        form=partial(
            post_form,
            action="/account/passkeys/" + as_text(State.passkey) + "/remove",
            csrf=ShellState.csrf,
        ),
        error=State.code_error,
        icon="trash-2",
    )


def _name_field(control_id: str, hint: Text, *, error: Text = "") -> rx.Component:
    control = text_input(
        control_id,
        name="name",
        default_value=State.name,
        required=True,
        max_length=LONGEST_NAME,
        auto_complete="off",
        error=error,
    )
    return field(t("Name"), control, control_id=control_id, hint=hint, error=error)
