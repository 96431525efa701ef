"""What every page of the portal shares: its frame, its title, and who may open it."""

from collections.abc import Callable, Sequence
from typing import Any

import reflex as rx

from nexus_portal.components import blocks, notices, shell, statuses
from nexus_portal.components.i18n import Text, t
from nexus_portal.components.passkeys import passkeys_known
from nexus_portal.components.session_end import session_end
from nexus_portal.components.shell import Place
from nexus_portal.domain.permissions import Permission
from nexus_portal.state.shell import ShellState

Content = Callable[[], rx.Component]

PUBLIC_ROUTES: set[str] = set()
"""Routes that open without signing in; filled as the pages are declared."""
FRAMED_ROUTES: set[str] = set()
"""Routes whose page stands in the portal's frame."""
ROUTES: dict[str, Permission] = {}
"""Every route and the permission that its content asks for."""


def portal_page(
    route: str,
    *,
    title: Text,
    needs: Permission,
    on_load: Any = (),
    framed: bool = True,
) -> Callable[[Content], Content]:
    """Declare a page. Its content shows only to those who hold `needs`; the use cases check for themselves.

    `on_load` is one event or several, after the shell's own. `framed=False` leaves the frame to the page: for
    signing in.
    """
    ROUTES[route] = needs
    if framed:
        FRAMED_ROUTES.add(route)
    if needs is Permission.PUBLIC:
        PUBLIC_ROUTES.add(route)
    events: Sequence[Any] = on_load if isinstance(on_load, list | tuple) else [on_load]

    def decorate(content: Content) -> Content:
        def page() -> rx.Component:
            shown = _withheld(content(), needs) if framed else content()
            return rx.fragment(shown, _reloader(), rx.cond(ShellState.has_passkey, passkeys_known()))

        page.__name__ = content.__name__
        page.__module__ = content.__module__
        rx.page(route=route, title=title, on_load=[ShellState.arrive, *events])(page)
        return content

    return decorate


def holds(permission: Permission) -> rx.Var[bool]:
    """True on the page when the reader holds the permission: to show or hide, never to protect."""
    return ShellState.permissions.contains(permission.value)


def notice_lines() -> rx.Component:
    """The live region of notices."""
    return notices.notice_region(ShellState.notices, ShellState.dismiss)


def _reloader() -> rx.Component:
    address = {"data-load-anew": ShellState.load_anew}
    return rx.cond(ShellState.load_anew != "", rx.el.span(hidden=True, custom_attrs=address))


def frame() -> rx.Component:
    """What stands around the pages of signed-in people, once all pages are declared; wraps the app."""
    return shell.app_shell(
        FRAMED_ROUTES,
        _places(),
        account_name=ShellState.account,
        account_number=ShellState.account_number,
        person_name=ShellState.person,
        initials=ShellState.initials,
        role=statuses.role_text(ShellState.role),
        csrf=ShellState.csrf,
        notices=notice_lines(),
        ends=session_end(),
    )


def _withheld(content: rx.Component, needs: Permission) -> rx.Component:
    """The content, for those who hold what it needs, once it is known who is here."""
    return rx.cond(
        ShellState.person == "",
        blocks.skeleton_rows(),
        content if needs is Permission.SIGNED_IN else rx.cond(holds(needs), content, _not_for_you()),
    )


def _not_for_you() -> rx.Component:
    return blocks.empty_state(
        "lock",
        t("This page is not part of your role"),
        t("Ask your account admin if you need it for your work."),
    )


def _places() -> list[Place]:
    return [
        Place(href="/", label=t("Overview"), icon="layout-dashboard", end=True),
        *(
            Place(href=href, label=label, icon=icon, shown=holds(needs))
            for href, label, icon, needs in _PLACES
        ),
    ]


_PLACES: tuple[tuple[str, Text, str, Permission], ...] = (
    ("/orders", t("Orders"), "package", Permission.ORDERS_READ),
    ("/cards", t("Cards"), "id-card", Permission.CARDS_READ),
    ("/people", t("People"), "users", Permission.PERSONS_SEARCH),
    ("/files", t("Files"), "folder-open", Permission.FILES_READ),
    ("/privacy", t("Privacy"), "shield-check", Permission.PRIVACY_READ),
    ("/agreement", t("Agreement"), "file-check", Permission.AGREEMENTS_READ),
    ("/ordering", t("Ordering rules"), "sliders-horizontal", Permission.ORDERING_MANAGE),
    ("/bureau/orders", t("Order desk"), "inbox", Permission.DESK_READ),
    ("/bureau/production", t("Production"), "printer", Permission.PRODUCTION_READ),
    ("/bureau/shipping", t("Shipping"), "truck", Permission.SHIPPING_READ),
    ("/bureau/billing", t("Billing"), "receipt", Permission.BILLING_READ),
    ("/bureau/customers", t("Customers"), "building-2", Permission.CUSTOMERS_MANAGE),
    ("/bureau/layouts", t("Layouts"), "layout-template", Permission.LAYOUTS_MANAGE),
    ("/bureau/processing", t("Processing"), "book-open-check", Permission.CUSTOMERS_MANAGE),
    ("/bureau/breaches", t("Breaches"), "siren", Permission.CUSTOMERS_MANAGE),
    ("/bureau/outbox", t("Outbox"), "mail", Permission.MAIL_READ),
    ("/team", t("Team"), "users", Permission.TEAM_READ),
    ("/audit", t("Audit log"), "scroll-text", Permission.AUDIT_READ),
    ("/bureau/protected", t("Protected identity"), "shield-check", Permission.STAFF_MANAGE),
    ("/bureau/agreements", t("Agreements"), "file-check", Permission.CUSTOMERS_MANAGE),
    ("/bureau/resets", t("Second factors"), "smartphone", Permission.CUSTOMERS_MANAGE),
)
