"""HTML elements as the browser knows them, where Reflex adds behaviour that is not wanted."""

import reflex as rx
from reflex_components_core.el.elements.base import BaseHTML
from reflex_components_core.react_router.dom import ReactRouterLink


class NativeForm(BaseHTML):
    """A form that the browser itself posts: Reflex's own form cancels every submit it has no event for."""

    tag = "form"

    action: rx.Var[str]
    method: rx.Var[str]
    enc_type: rx.Var[str]
    no_validate: rx.Var[bool]
    auto_complete: rx.Var[str]


class NativeLink(BaseHTML):
    """A link that leaves the pages for a web door: Reflex's own would look for a page of that name."""

    tag = "a"

    href: rx.Var[str]
    download: rx.Var[str | bool]
    target: rx.Var[str]
    rel: rx.Var[str]


class PlaceLink(ReactRouterLink):
    """A link that marks itself with `aria-current="page"` while its place is open."""

    tag = "NavLink"
    alias = "PortalNavLink"

    end: rx.Var[bool]
    """Only the exact path counts, not what lies below it."""


native_form = NativeForm.create
native_link = NativeLink.create
place_link = PlaceLink.create
page_link = ReactRouterLink.create
