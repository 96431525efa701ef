"""What an account may do, by how it stands: the one place that says so."""

from collections.abc import Mapping
from enum import StrEnum

from nexus_portal.domain.text import Message


class AccountStatus(StrEnum):
    """How an account stands."""

    SETUP = "setup"
    """Approved; the bureau is putting it together with the customer."""
    ACTIVE = "active"
    PAUSED = "paused"
    CLOSING = "closing"
    """Its end is asked for: nothing new begins."""
    CLOSED = "closed"


WORDS: Mapping[AccountStatus, Message] = {
    AccountStatus.SETUP: Message("Being set up"),
    AccountStatus.ACTIVE: Message("Active"),
    AccountStatus.PAUSED: Message("Paused"),
    AccountStatus.CLOSING: Message("Being closed"),
    AccountStatus.CLOSED: Message("Closed"),
}
SIGNS_IN = frozenset({AccountStatus.ACTIVE, AccountStatus.PAUSED, AccountStatus.CLOSING})
"""Accounts whose people may sign in. Whoever cannot order can still see, follow and remove."""
_NO_ORDERS: Mapping[AccountStatus, Message] = {
    AccountStatus.SETUP: Message("The card bureau is still setting this account up. Orders open after that."),
    AccountStatus.PAUSED: Message(
        "Ordering is paused for your account. What is ordered goes on, and you can follow and remove it. "
        "Your account admin has the reason; the card bureau can resume it."
    ),
    AccountStatus.CLOSING: Message("Your account is being closed: nothing new can be ordered in it."),
    AccountStatus.CLOSED: Message("This account is closed."),
}


def may_sign_in(status: str) -> bool:
    """Whether people of an account that stands like this may sign in to it."""
    return status in SIGNS_IN


def why_no_orders(status: str) -> Message | None:
    """Why nothing can be ordered in such an account; nothing when it can."""
    return _NO_ORDERS.get(AccountStatus(status))
