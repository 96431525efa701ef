"""The personal-data panel of an order, and the dialog that removes the data."""

from functools import partial

import reflex as rx

from nexus_portal.components import blocks, dialogs, times
from nexus_portal.components.actions import action
from nexus_portal.components.countdown import kinds_of_data
from nexus_portal.components.forms import check_input, post_form
from nexus_portal.components.help_link import help_link
from nexus_portal.components.i18n import number, plural, t
from nexus_portal.components.native import native_link
from nexus_portal.components.personal_data import personal_data_lifeline
from nexus_portal.domain.permissions import Permission
from nexus_portal.pages.page import holds
from nexus_portal.state.order import OrderState as State
from nexus_portal.state.shell import ShellState
from nexus_portal.state.taking import PERSONS, TakingState

DATA = State.data


def personal_data_panel() -> rx.Component:
    """What is held, until when, and what stands in the way of removing it; or the proof that it is gone."""
    return blocks.panel(
        t("Personal data"),
        rx.cond(DATA.state == "none", _nobody(), _somebody()),
        rx.foreach(DATA.parts, _part),
    )


def _somebody() -> rx.Component:
    return rx.fragment(
        personal_data_lifeline(
            state=DATA.state,
            days_left=DATA.days_left,
            days_kept=DATA.days_kept,
            erased_at=DATA.erased_at,
            held=DATA.held,
            erasable=DATA.can_erase,
            goes_on=DATA.kept_until,
        ),
        rx.cond(DATA.erased_at != "", _erased(), rx.cond(DATA.under_way, _under_way(), _kept())),
    )


def _nobody() -> rx.Component:
    """An order without a card: there is nothing to keep, and nothing to remove."""
    return blocks.fact(
        "shield-check",
        t("Nothing held"),
        t("Accessories are made for nobody: this order never held personal data, so none can be removed."),
        tone="success",
    )


def _erased() -> rx.Component:
    when = times.when_text(DATA.erased_at)
    return rx.fragment(
        blocks.fact(
            "shield-check",
            t("Removed"),
            rx.cond(
                DATA.erased_by != "",
                t("{when}, decided by: {role}", when=when, role=DATA.erased_by),
                t("{when}, by the account’s retention policy", when=when),
            ),
            tone="success",
        ),
        rx.cond(
            DATA.certificate != "",
            rx.el.div(
                action(
                    t("Certificate (PDF)"),
                    icon="file-check",
                    small=True,
                    href="/certificates/" + DATA.certificate + ".pdf",
                    download=True,
                ),
                action(
                    t("Certificate (JSON)"),
                    icon="file-json",
                    small=True,
                    href="/certificates/" + DATA.certificate + ".json",
                    download=True,
                ),
                class_name="panel-buttons",
            ),
        ),
    )


def _under_way() -> rx.Component:
    return blocks.fact(
        "loader",
        t("Being removed"),
        t("The decision is made and kept; what is left to destroy follows by itself, also after a fault."),
    )


def _kept() -> rx.Component:
    return rx.fragment(
        rx.cond(DATA.fields.length() > 0, _held()),
        blocks.fact(
            "clock",
            rx.cond(
                DATA.kept_until != "", t("Kept until {day}", day=times.day_text(DATA.kept_until)), DATA.policy
            ),
            t("Your account’s retention policy"),
        ),
        kinds_of_data(State.kinds),
        rx.cond(
            DATA.obstacles.length() > 0,
            blocks.fact(
                "ban",
                rx.cond(
                    DATA.ready > 0,
                    t("Of {n} of {total} persons it can be removed now", n=DATA.ready, total=DATA.persons),
                    t("Cannot be removed yet"),
                ),
                _obstacles(),
                tone="warning",
            ),
            blocks.fact(
                "shield-check",
                t("Can be removed now"),
                t("Produced and invoiced, and nothing holds it."),
                tone="success",
            ),
        ),
        rx.foreach(DATA.holds, hold_fact),
        rx.cond(DATA.appointed_by != "", _appointed()),
        rx.cond(
            holds(Permission.ORDERS_ERASE)
            | holds(Permission.PERSONS_EXPORT)
            | holds(Permission.PRIVACY_MANAGE),
            rx.el.div(_take_away(), _hold(), _remove(), class_name="panel-buttons"),
        ),
    )


def _part(part: rx.Var) -> rx.Component:
    return blocks.fact(
        "shield-check",
        plural("Removed of {n} person", "Removed of {n} persons", part.persons),
        rx.fragment(
            times.when(part.at),
            " · ",
            native_link(t("Certificate"), href="/certificates/" + part.certificate + ".pdf", download=True),
        ),
        tone="success",
    )


def hold_fact(hold: rx.Var) -> rx.Component:
    """A hold where it stops something: on what, why, whose it is and when it is looked at again."""
    return blocks.fact(
        "lock",
        rx.cond(hold.on == "", t("Hold on the whole account"), t("Hold on {on}", on=hold.on)),
        rx.fragment(
            hold.reason,
            " · ",
            t("Owner: {name}", name=hold.owner),
            " · ",
            rx.cond(
                hold.overdue,
                t("review overdue since {day}", day=times.day_text(hold.review_on)),
                t("review on {day}", day=times.day_text(hold.review_on)),
            ),
        ),
        tone="warning",
    )


def _appointed() -> rx.Component:
    return rx.fragment(
        blocks.fact(
            "calendar-clock",
            plural(
                "{n} person goes as soon as it can be",
                "{n} persons go as soon as they can",
                DATA.appointed_persons,
            ),
            t("Decided by {name}, {when}", name=DATA.appointed_by, when=times.when_text(DATA.appointed_at)),
        ),
        rx.cond(
            DATA.may_decide,
            rx.el.div(
                action(t("Call it off"), icon="undo-2", small=True, on_click=State.call_off),
                class_name="panel-buttons",
            ),
        ),
    )


def _hold() -> rx.Component:
    return rx.cond(
        holds(Permission.PRIVACY_MANAGE),
        action(t("Place a hold"), icon="lock", small=True, href="/privacy/holds?place=" + State.order.number),
    )


def _take_away() -> rx.Component:
    return rx.cond(
        holds(Permission.PERSONS_EXPORT),
        action(t("Export persons"), icon="file-down", small=True, on_click=TakingState.ask(PERSONS)),
    )


def _remove() -> rx.Component:
    return rx.cond(
        holds(Permission.ORDERS_ERASE),
        action(
            t("Remove personal data"),
            icon="shield-x",
            small=True,
            kind="danger",
            disabled=~(DATA.can_erase | (DATA.may_decide & (DATA.persons > 0))),
            on_click=State.ask("erase"),
        ),
    )


def _held() -> rx.Component:
    """Kinds of fields and of how many persons, never what they say."""
    return blocks.fact(
        "id-card",
        plural("Held of {n} person", "Held of {n} persons", DATA.persons),
        rx.el.span(
            rx.foreach(
                DATA.fields,
                lambda field: rx.el.span(field.label, " ", number(field.count), class_name="held-field"),
            )
        ),
    )


def _obstacles() -> rx.Component:
    return rx.el.span(
        rx.foreach(
            DATA.obstacles,
            lambda each: rx.el.span(
                each.text, rx.cond(each.expected != "", " " + each.expected, ""), class_name="obstacle"
            ),
        )
    )


def erase_dialog() -> rx.Component:
    """Names the order and the consequence, says what stands in the way, and asks for the second factor."""
    return dialogs.confirm_dialog(
        rx.cond(DATA.obstacles.length() > 0, _rest()),
        help_link(t("What remains after the removal?"), answer="proof"),
        title=t("Remove personal data"),
        subject=t("Order {number}", number=State.order.number),
        consequence=rx.cond(
            (DATA.obstacles.length() > 0) & (DATA.ready == 0),
            t("Nothing can go now. What waits can be destroyed as soon as nothing stands in the way."),
            plural(
                "Name, personal number and photo of {n} person are destroyed, in every copy we hold. "
                "This cannot be undone.",
                "Names, personal numbers and photos of {n} persons are destroyed, in every copy we hold. "
                "This cannot be undone.",
                DATA.ready,
            ),
        ),
        goes=t("name, personal number, photo, search tokens"),
        stays=t("order number, article, count, dates, invoice"),
        gets=t("a signed certificate"),
        open=State.asking == "erase",
        on_close=State.closed,
        form=partial(post_form, action="/orders/" + State.order.number + "/erase", csrf=ShellState.csrf),
    )


def _rest() -> rx.Component:
    """What cannot go yet, why, and the choice to let it go later."""
    box = check_input(
        "appoint",
        t("Remove the rest as soon as nothing stands in the way. It can be called off until then."),
        value="yes",
        required=DATA.ready == 0,
    )
    return rx.el.div(
        blocks.callout(
            rx.el.p(
                t("{n} of {total} persons stay for now:", n=DATA.persons - DATA.ready, total=DATA.persons)
            ),
            _obstacles(),
            rx.foreach(DATA.holds, hold_fact),
            tone="warning",
        ),
        box,
    )
