"""What keeps scripts and floods from the application form, without a foreign captcha.

A form carries a token that the portal signed when it was drawn: it is good after the seconds that a person
needs, for four hours, and for one application. A field that people do not see catches what fills in
everything. Limits count by address, by network, by address of mail, and over all.
"""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import IPv6Address, ip_address, ip_network

from nexus_portal.adapters import clock, sealing, throttle
from nexus_portal.adapters.throttle import Limit

TRIES = Limit.of("apply-try", "60/10 minutes")
"""Forms that were sent, whatever was in them."""
SENT = Limit.of("apply", "5/hour; 15/day")
BY_NETWORK = Limit.of("apply-network", "20/hour; 60/day")
BY_MAIL = Limit.of("apply-mail", "3/day")
"""Receipts to one address of mail: nobody's letter box is filled from here."""
OVERALL = Limit.of("apply-all", "100/hour; 500/day")

FASTEST = timedelta(seconds=3)
LONGEST = timedelta(hours=4)
_PURPOSE = "apply-form"
_LETTERS = 8


class Standing(StrEnum):
    """What a form's token is worth."""

    GOOD = "good"
    TOO_FAST = "too_fast"
    WORTHLESS = "worthless"
    """Old, changed, or none."""


def new_token() -> str:
    """A token for a form that is drawn now."""
    body = f"{int(clock.now().timestamp())}.{secrets.token_urlsafe(16)}"
    return f"{body}.{_signature(body)}"


def standing(token: str) -> Standing:
    """What the token that came with a form is worth now."""
    body, _, signature = token.rpartition(".")
    if not hmac.compare_digest(_signature(body).encode(), signature.encode(errors="replace")):
        return Standing.WORTHLESS
    age = clock.now() - datetime.fromtimestamp(int(body.partition(".")[0]), clock.now().tzinfo)
    if age > LONGEST or age < timedelta(0):
        return Standing.WORTHLESS
    return Standing.TOO_FAST if age < FASTEST else Standing.GOOD


def reference_of(token: str) -> str:
    """The reference of the one application that a form's token is good for: sending it twice makes one."""
    digest = hmac.digest(sealing.hmac_key(_PURPOSE), f"reference {token}".encode(errors="replace"), "sha256")
    letters = base64.b32encode(digest).decode()[:_LETTERS]
    return f"{letters[:4]}-{letters[4:]}"


def count_try(address: str) -> None:
    """Count a form that was sent.

    Raises:
        TooMany: too many came from this address lately.
    """
    throttle.take(TRIES, address)


def count_application(address: str, mail: str) -> None:
    """Count an application that is about to be taken.

    Raises:
        TooMany: this address, its network, this address of mail, or all together have used up theirs.
    """
    throttle.take(SENT, address)
    throttle.take(BY_NETWORK, network_of(address))
    throttle.take(BY_MAIL, mail)
    throttle.take(OVERALL, "")


def network_of(address: str) -> str:
    """The network that an address belongs to, as large as one customer of a provider usually has."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    width = 64 if isinstance(parsed, IPv6Address) else 24
    return str(ip_network(f"{parsed}/{width}", strict=False))


def _signature(body: str) -> str:
    return hmac.new(sealing.hmac_key(_PURPOSE), body.encode(errors="replace"), hashlib.sha256).hexdigest()
