"""`/activate`: from an invitation to a person who signs in with two factors."""

import reflex as rx

from nexus_portal.components import blocks
from nexus_portal.components.actions import action
from nexus_portal.components.i18n import t
from nexus_portal.components.public import public_shell
from nexus_portal.components.stages import stages
from nexus_portal.components.statuses import role_text
from nexus_portal.components.vars import pick
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages import said
from nexus_portal.pages.factor_parts import choose_password, show_authenticator, show_codes
from nexus_portal.pages.page import portal_page
from nexus_portal.state.activate import ActivateState as State
from nexus_portal.state.shell import ShellState


@portal_page(
    "/activate", title=t("Activate your access"), needs=Permission.PUBLIC, on_load=State.load, framed=False
)
def activate() -> rx.Component:
    """The stage that the enrolment has come to."""
    codes = show_codes(State.codes, file="/activate/recovery-codes.txt", post="/activate/done")
    return public_shell(
        rx.cond(
            said.ARRIVED & (State.stage != ""),
            rx.match(
                State.stage,
                ("password", _stage(1, choose_password(State.email, post="/activate/password"))),
                (
                    "authenticator",
                    _stage(2, show_authenticator(State.qr, State.secret, post="/activate/totp")),
                ),
                ("codes", _stage(3, codes)),
                _over(),
            ),
            blocks.skeleton_rows(4),
        ),
        title=t("Activate your access"),
        lead=pick(State.stage, [("over", t("This invitation has ended."))], _welcome()),
        csrf=ShellState.csrf,
    )


def _welcome() -> rx.Var[str]:
    return rx.cond(
        State.name != "",
        t(
            "Welcome, {name}. {account} gives you the role: {role}.",
            name=State.name,
            account=State.account,
            role=role_text(State.role),
        ),
        "",
    )


def _stage(number: int, content: rx.Component) -> rx.Component:
    titles = [t("Invitation"), t("Password"), t("Authenticator"), t("Recovery codes")]
    return rx.el.div(
        stages(titles, number), said.beside("password", "code", "recovery"), content, class_name="fields"
    )


def _over() -> rx.Component:
    return blocks.empty_state(
        "mail-x",
        t("The invitation does not work any more"),
        t("It was withdrawn, or is older than 72 hours. Ask the person who invited you for a new one."),
        action(t("Sign in"), href="/sign-in"),
    )
