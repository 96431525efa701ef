"""The credentials of the file server: which there are, how to connect, and their dialogs."""

from functools import partial

import reflex as rx

from nexus_portal.components import blocks, table, times
from nexus_portal.components.actions import action, menu_item, more_menu
from nexus_portal.components.dialogs import confirm_dialog
from nexus_portal.components.forms import field, post_form, text_area, text_input
from nexus_portal.components.i18n import t
from nexus_portal.components.icons import glyph
from nexus_portal.components.secrets import copy_button
from nexus_portal.components.table import Column
from nexus_portal.components.vars import Code, Text, as_text
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.page import holds
from nexus_portal.state.file_credentials import KEY, PASSWORD, REVOKE
from nexus_portal.state.file_credentials import FileCredentialsState as State
from nexus_portal.state.shell import ShellState

LONGEST_NAME = 80
LONGEST_KEY = 4000
MANAGES = holds(Permission.FILES_MANAGE)


def credentials_section() -> rx.Component:
    """Credentials, then how a machine connects with one."""
    return rx.fragment(
        rx.el.div(
            rx.el.h2(t("Credentials of the file server"), class_name="section-title"),
            rx.cond(MANAGES & State.loaded, _buttons()),
            class_name="section-heading",
        ),
        _table(),
        rx.cond(State.loaded, _connect()),
    )


def credential_dialogs() -> rx.Component:
    """What opens over the page."""
    return rx.fragment(_add_key(), _add_password(), _revoke(), _password())


def _buttons() -> rx.Component:
    return rx.el.div(
        action(t("Add an SSH key"), icon="key-round", small=True, on_click=State.ask(KEY, "")),
        action(t("Make a password"), icon="rectangle-ellipsis", small=True, on_click=State.ask(PASSWORD, "")),
        class_name="section-actions",
    )


def _table() -> rx.Component:
    return table.data_table(
        [
            Column(t("Name"), lambda row: row.name, main=True),
            Column(t("Login"), _login),
            Column(t("Proves itself by"), _proof, quiet=True),
            Column(t("Status"), _status),
            Column(t("Last used"), _last_used, quiet=True),
            Column(t("Actions"), _actions, hidden_title=True),
        ],
        State.rows,
        label=t("Credentials of the file server"),
        key=lambda row: row.id,
        loading=~State.loaded,
        empty=blocks.empty_state(
            "key-round",
            t("No credential yet"),
            t("A system of yours needs one to send files. You can also do without: everything is here too."),
        ),
    )


def _login(row: rx.Var) -> rx.Component:
    return rx.el.code(row.login)


def _proof(row: rx.Var) -> rx.Component:
    key = rx.el.span(
        t("SSH key"), " ", rx.el.code(row.fingerprint, class_name="secondary"), class_name="fingerprint"
    )
    return rx.cond(row.kind == "key", key, rx.el.span(t("Password")))


def _status(row: rx.Var) -> rx.Component:
    works = _badge("circle-check", t("Works"), "green")
    return rx.cond(row.revoked_at == "", works, _badge("ban", t("Revoked"), "gray"))


def _badge(icon: str, text: rx.Var, colour: str) -> rx.Component:
    return rx.badge(glyph(icon, size=12), text, color_scheme=colour, variant="soft", class_name="badge")


def _last_used(row: rx.Var) -> rx.Component:
    used = rx.el.span(
        times.when(row.last_used_at),
        " ",
        t("from {address}", address=row.last_used_from),
        class_name="secondary",
    )
    return rx.cond(row.last_used_at == "", rx.el.span(t("Never")), used)


def _actions(row: rx.Var) -> rx.Component:
    menu = more_menu(
        menu_item(t("Revoke"), icon="ban", danger=True, on_click=State.ask(REVOKE, row.id)),
        label=t("Actions for {name}", name=row.name),
    )
    return rx.cond(MANAGES & (row.revoked_at == ""), menu)


def _connect() -> rx.Component:
    host, login = as_text(State.host), as_text(State.login)
    sftp = "sftp -P " + State.sftp_port.to_string() + " " + login + "@" + host
    curl = (
        "curl --ssl-reqd -u "
        + login
        + " -T cards.zip ftp://"
        + host
        + ":"
        + State.ftps_port.to_string()
        + "/inbox/"
    )
    return blocks.panel(
        t("How to connect"),
        rx.el.p(
            t(
                "Send a file under a name that ends in .part and rename it when it is whole: it is taken at "
                "once. Any other file is taken when nobody has written to it for a minute."
            ),
            class_name="secondary",
        ),
        _command("connect-sftp", t("SFTP, with an SSH key or a password"), sftp),
        _command("connect-ftps", t("FTPS, with a password; TLS is required"), curl),
        _print_of("print-ssh", t("Fingerprint of the SSH host key"), State.host_key),
        _print_of("print-tls", t("Fingerprint of the TLS certificate (SHA-256)"), State.certificate),
    )


def _command(element_id: str, label: Text, command: Code) -> rx.Component:
    return rx.el.div(
        rx.el.p(label, class_name="fact-title"),
        rx.el.div(
            rx.el.code(command, id=element_id, class_name="command"),
            copy_button(element_id),
            class_name="command-row",
        ),
        class_name="connect",
    )


def _print_of(element_id: str, label: Text, value: Code) -> rx.Component:
    later = rx.el.div(
        rx.el.p(label, class_name="fact-title"),
        rx.el.p(t("Shown once the file server has been started."), class_name="secondary"),
        class_name="connect",
    )
    return rx.cond(value == "", later, _command(element_id, label, value))


def _said() -> rx.Component:
    return rx.cond(State.error != "", rx.el.div(blocks.callout(State.error, tone="danger"), role="alert"))


def _name_field(control_id: str) -> rx.Component:
    control = text_input(
        control_id,
        name="name",
        default_value=State.name,
        required=True,
        max_length=LONGEST_NAME,
        auto_complete="off",
    )
    hint = t("Of the machine or system, such as “Payroll”. No person’s name.")
    return field(t("Name"), control, control_id=control_id, hint=hint)


def _add_key() -> rx.Component:
    key = text_area(
        "credential-key",
        name="public_key",
        required=True,
        rows=4,
        max_length=LONGEST_KEY,
        auto_complete="off",
        spell_check=False,
        placeholder="ssh-ed25519 AAAA…",
    )
    return confirm_dialog(
        _said(),
        _name_field("key-name"),
        field(
            t("Public key"),
            key,
            control_id="credential-key",
            hint=t(
                "The content of the file that ends in .pub: Ed25519, ECDSA, or RSA of at least 3072 bits."
            ),
        ),
        title=t("Add an SSH key"),
        consequence=t("Whoever has the private key can send, read and remove this account’s files."),
        open=State.dialog == KEY,
        on_close=State.close,
        form=partial(post_form, action="/files/credentials/key", csrf=ShellState.csrf),
        error=State.code_error,
        danger=False,
        icon="key-round",
    )


def _add_password() -> rx.Component:
    return confirm_dialog(
        _said(),
        _name_field("password-name"),
        title=t("Make a password"),
        consequence=t("Whoever has the password can send, read and remove this account’s files."),
        gets=t("a login and a password, shown once"),
        open=State.dialog == PASSWORD,
        on_close=State.close,
        form=partial(post_form, action="/files/credentials/password", csrf=ShellState.csrf),
        error=State.code_error,
        danger=False,
        icon="rectangle-ellipsis",
    )


def _revoke() -> rx.Component:
    return confirm_dialog(
        _said(),
        title=t("Revoke the credential"),
        subject=State.name,
        consequence=t("The machine can no longer connect, and what it has open ends within seconds."),
        stays=t("the files that it has sent"),
        open=State.dialog == REVOKE,
        on_close=State.close,
        form=partial(
            post_form,
            action="/files/credentials/" + as_text(State.credential) + "/revoke",
            csrf=ShellState.csrf,
        ),
        error=State.code_error,
        icon="ban",
    )


def _password() -> rx.Component:
    heading = rx.el.div(
        rx.el.span(glyph("key-round", size=17), class_name="dialog-mark"),
        rx.el.div(
            rx.dialog.title(t("Copy the password"), as_="h2", class_name="dialog-title"),
            rx.dialog.description(
                t("For {name}. It is not shown again once you close this.", name=State.name),
                class_name="secondary",
            ),
        ),
        class_name="dialog-heading",
    )
    return rx.dialog.root(
        rx.dialog.content(
            heading,
            _command("shown-login", t("Login"), State.shown_login),
            _command("shown-password", t("Password"), State.shown_password),
            rx.el.div(
                rx.dialog.close(action(t("I have copied it"), kind="primary")),
                class_name="dialog-buttons",
            ),
            class_name="dialog",
        ),
        open=State.shown_password != "",
        on_open_change=State.put_away,
    )
