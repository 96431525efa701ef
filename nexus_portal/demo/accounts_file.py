"""How to sign in to the demo, for people and for tests: `demo-accounts.json` in the data directory."""

import json
import os
from pathlib import Path
from typing import TypedDict

from nexus_portal import settings
from nexus_portal.demo import derived
from nexus_portal.demo.cast import ORGANISATIONS


class SignIn(TypedDict):
    """What one person of the demo needs."""

    email: str
    password: str
    totp_secret: str
    account: str
    roles: list[str]
    name: str


def path() -> Path:
    """Where the file lies."""
    return settings.current().data_dir / "demo-accounts.json"


def sign_ins() -> list[SignIn]:
    """Everybody who can sign in, the bureau's people first."""
    return [
        SignIn(
            email=member.email,
            password=derived.password(member.email),
            totp_secret=derived.totp_secret(member.email),
            account=organisation.name,
            roles=[member.role.value],
            name=member.name,
        )
        for organisation in ORGANISATIONS
        for member in organisation.members
    ]


def write_accounts() -> None:
    """Write the file, readable by its owner only."""
    fresh = path().with_suffix(".part")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(sign_ins(), file, ensure_ascii=False, indent=2)
    fresh.chmod(0o600)
    fresh.rename(path())
