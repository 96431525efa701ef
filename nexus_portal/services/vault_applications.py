"""What applicants write, sealed: each application under a key of its own in the key store, as persons are.

No function here asks for a permission: its callers do.
"""

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Any, Self
from uuid import UUID

from cryptography.exceptions import InvalidTag
from sqlmodel import Session, col, select

from nexus_portal.adapters import ending, keystore, sealing
from nexus_portal.domain.applications import Wish
from nexus_portal.domain.errors import NotFound
from nexus_portal.models.customers import Application
from nexus_portal.services.vault_cipher import Box, boxes

CHUNK = 1000
_FIELD = "application"
_PURPOSE = "organisation"


@dataclass(frozen=True, slots=True)
class Said:
    """One remark between the bureau and the applicant. `at` is ISO 8601."""

    by_bureau: bool
    text: str = field(repr=False)
    at: str


@dataclass(frozen=True, slots=True)
class FirstPerson:
    """Somebody who is to be invited once the account opens, and in which role [R10]."""

    email: str = field(repr=False)
    name: str = field(repr=False)
    role: str


@dataclass(frozen=True, slots=True)
class Written:
    """All that an application holds."""

    wish: Wish
    talk: tuple[Said, ...] = ()
    people: tuple[FirstPerson, ...] = ()

    def with_remark(self, remark: Said) -> Self:
        """The same with one remark more."""
        return replace(self, talk=(*self.talk, remark))


def token_of(number: str) -> str:
    """What the database knows of an organisation number: the same organisation is recognised by it."""
    return hmac.digest(sealing.hmac_key(_PURPOSE), number.encode(), hashlib.sha256).hex()


def seal_new(session: Session, bureau_id: UUID, application_id: UUID, written: Written) -> bytes:
    """Mint the key of a new application and seal it; the key goes again if this is not committed."""
    key = keystore.mint(bureau_id, [application_id])[application_id]
    ending.after_rollback(session, partial(keystore.discard, [application_id]))
    return _sealed(Box.of(bureau_id, application_id, key), written)


def seal(session: Session, application: Application, written: Written) -> None:
    """Write anew what an application holds.

    Raises:
        NotFound: it was erased.
    """
    application.sealed = _sealed(_box(session, application), written)
    session.add(application)
    session.flush()


def opened(session: Session, application: Application) -> Written:
    """What an application holds.

    Raises:
        NotFound: it was erased.
        Tampered: it was changed, or stood elsewhere.
    """
    return _read(session, _box(session, application), application)


def opened_all(session: Session, applications: Sequence[Application]) -> dict[UUID, Written]:
    """The same for several, in one statement of the key store; what was erased is left out."""
    opening = boxes(session, [(each.id, each.bureau_id) for each in applications])
    return {each.id: _read(session, opening[each.id], each) for each in applications if each.id in opening}


def part_after(session: Session, after: UUID | None) -> Sequence[Application]:
    """Up to a thousand applications that are kept, by id, after this one."""
    query = select(Application).order_by(col(Application.id)).limit(CHUNK)
    return session.exec(query if after is None else query.where(col(Application.id) > after)).all()


def kept_among(session: Session, ids: Sequence[UUID]) -> set[UUID]:
    """Which of these are applications that are kept."""
    return set(session.exec(select(Application.id).where(col(Application.id).in_(ids))))


def whole(application: Application, key: bytes) -> bool:
    """Whether what was written opens under the key of its application."""
    try:
        Box.of(application.bureau_id, application.id, key).reveal(_FIELD, application.sealed)
    except (InvalidTag, ValueError):
        return False
    return True


def _box(session: Session, application: Application) -> Box:
    box = boxes(session, [(application.id, application.bureau_id)]).get(application.id)
    if box is None:
        raise NotFound
    return box


def _sealed(box: Box, written: Written) -> bytes:
    return box.seal(_FIELD, json.dumps(asdict(written)).encode())


def _read(session: Session, box: Box, application: Application) -> Written:
    told: dict[str, Any] = json.loads(box.open(session, _FIELD, application.sealed))
    wish: dict[str, Any] = {**told["wish"], "articles": tuple(told["wish"]["articles"])}
    return Written(
        Wish(**wish),
        tuple(Said(**each) for each in told["talk"]),
        tuple(FirstPerson(**each) for each in told["people"]),
    )
