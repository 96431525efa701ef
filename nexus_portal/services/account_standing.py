"""Asking how an account stands, before anything begins in it; the rule is `domain/account_status.py`."""

from nexus_portal.domain.account_status import may_sign_in, why_no_orders
from nexus_portal.domain.errors import Conflict, NotYet
from nexus_portal.domain.text import Message
from nexus_portal.models.accounts import Account


def refuse_orders(account: Account) -> None:
    """Let nothing be ordered in an account that is paused, being set up, or on its way out.

    Raises:
        NotYet: it says why, with the bureau's reason.
    """
    why = why_no_orders(account.status)
    if why is not None:
        reason = account.status_reason
        raise NotYet(why, [Message("Reason: {reason}", reason=reason)] if reason else [])


def refuse_people(account: Account) -> None:
    """Let nobody be invited into an account to which nobody signs in.

    Raises:
        Conflict: it is being set up, or closed.
    """
    if not may_sign_in(account.status):
        raise Conflict(Message("People can be invited once the account is open, and until it is closed."))
