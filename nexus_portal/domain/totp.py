"""Time-based one-time codes (RFC 6238): six digits, steps of 30 seconds, one step of tolerance."""

import hmac
from datetime import datetime

from pyotp import random_base32
from pyotp.totp import TOTP

ISSUER = "Nexus Portal"
STEP_SECONDS = 30
DIGITS = 6
TOLERANCE = 1


def new_secret() -> str:
    """160 random bits in base32."""
    return random_base32(32)


def step_at(moment: datetime) -> int:
    """The number of the 30-second step that a moment lies in."""
    return int(moment.timestamp()) // STEP_SECONDS


def code_at(secret: str, step: int) -> str:
    """The code of one step."""
    return TOTP(secret).generate_otp(step)


def matching_step(secret: str, code: str, moment: datetime) -> int | None:
    """The step whose code this is: now, the one before or the one after; nothing when it fits none.

    Every step is compared, in constant time, and the newest that fits counts.
    """
    now = step_at(moment)
    fitting = [
        step
        for step in range(now - TOLERANCE, now + TOLERANCE + 1)
        if hmac.compare_digest(code_at(secret, step).encode(), code.encode())
    ]
    return fitting[-1] if fitting else None


def provisioning_uri(secret: str, email: str) -> str:
    """The `otpauth://` address that an authenticator reads from the QR code."""
    return TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def in_groups(secret: str) -> str:
    """The secret in groups of four, to type."""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
