"""All certificates of an account: to look through, to check that none is missing, to take away."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from nexus_portal.adapters import catalogue, dates, signing
from nexus_portal.domain import certificate_chain
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.hashchain import document_hash
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.erasures import Erasure, ErasureState
from nexus_portal.services import tenancy
from nexus_portal.services.certificate_pdf import json_of
from nexus_portal.services.certificate_words import CertificateWords
from nexus_portal.services.certificates import number_of, series_of, why_invalid
from nexus_portal.services.keyset import Keyset, Page, whole
from nexus_portal.services.serials import last_serial
from nexus_portal.services.use_case import perform, use_case

POLICIES = (
    "request",
    "retention",
    "blocked",
    "superseded",
    "file",
    "file_rule",
    "file_replaced",
    "replayed",
)
PART = 500
"""So many certificates are in memory at a time while all are taken away."""
GAPS = 10
"""So many gaps are named."""
NEWEST_FIRST: Keyset[Erasure] = Keyset(
    columns=(col(Erasure.certificate_serial),),
    key=lambda row: (row.certificate_serial,),
    read=(whole,),
    descending=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What narrows the list: a policy, and days in the bureau’s zone, both included; empty for all."""

    policy: str = ""
    since: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateLine:
    """One certificate in the list. Times are ISO 8601; `flaw` is empty where it is genuine and follows."""

    id: str
    number: str
    order_number: str
    policy: str
    kinds: str
    persons: int
    photos: int
    files: int
    done_at: str
    flaw: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainState:
    """How many certificates were issued, and what is missing among them: counted, not verified."""

    issued: int
    missing: tuple[str, ...]


@use_case(Permission.PRIVACY_READ, reads=True)
def certificates_of(
    session: Session, actor: Actor, *, wanted: Wanted | None = None, cursor: str = ""
) -> Page[CertificateLine]:
    """The account's certificates, newest first, 50 a page, with signature and predecessor checked."""
    query = _narrowed(_issued(actor), wanted or Wanted())
    page = NEWEST_FIRST.page(session, [query], cursor)
    before = _hashes_before(session, actor, page.rows)
    pem = signing.public_keys()
    return page.of([_line(actor, row, before, pem) for row in page.rows])


@use_case(Permission.PRIVACY_READ, reads=True)
def chain(session: Session, actor: Actor) -> ChainState:
    """Whether there is a certificate for every number from 1 to the last that was ever given."""
    account_id = tenancy.own_account(actor)
    last = last_serial(session, series_of(account_id))
    serials = _issued(actor).with_only_columns(func.count(), func.max(col(Erasure.certificate_serial)))
    count, highest = session.connection().execute(serials).one()
    if count == last == (highest or 0):
        return ChainState(issued=last, missing=())
    serial = col(Erasure.certificate_serial)
    found = session.connection().execute(_issued(actor).with_only_columns(serial).order_by(serial)).scalars()
    gaps = certificate_chain.missing([serial for serial in found if serial], last=last)
    said = (catalogue.render(certificate_chain.said(gap), actor.language) for gap in gaps[:GAPS])
    return ChainState(issued=last, missing=tuple(said))


@use_case(Permission.PRIVACY_READ, reads=True)
def part(session: Session, actor: Actor, *, after: int) -> list[Mapping[str, Any]]:
    """The certificates that follow a number, as many as are taken away at a time."""
    serial = col(Erasure.certificate_serial)
    rows = session.exec(_issued(actor).where(serial > after).order_by(serial).limit(PART))
    return [row.certificate for row in rows if row.certificate is not None]


def files(actor: Actor) -> Iterator[tuple[str, bytes]]:
    """Each certificate as a file with its name, and the keys that verify them; read part by part."""
    yield "certificates.pub", signing.public_keys()
    after = 0
    while found := perform(part, actor, after=after):
        for each in found:
            yield f"certificate-{number_of(each)}.json", json_of(each)
        after = found[-1]["certificate"]["serial"]


def _issued(actor: Actor) -> SelectOfScalar[Erasure]:
    return select(Erasure).where(
        Erasure.account_id == tenancy.own_account(actor),
        col(Erasure.certificate_serial).is_not(None),
        Erasure.state == ErasureState.DONE,
    )


def _narrowed(query: SelectOfScalar[Erasure], wanted: Wanted) -> SelectOfScalar[Erasure]:
    if wanted.policy in POLICIES:
        query = query.where(Erasure.policy == wanted.policy)
    if (since := _midnight(wanted.since)) is not None:
        query = query.where(col(Erasure.done_at) >= since)
    if (until := _midnight(wanted.until, days=1)) is not None:
        query = query.where(col(Erasure.done_at) < until)
    return query


def _midnight(day: str, *, days: int = 0) -> datetime | None:
    """When a day begins, or one `days` after it; nothing for what is no day."""
    try:
        begun = date.fromisoformat(day) + timedelta(days=days)
    except (ValueError, OverflowError):
        return None
    return datetime.combine(begun, time(), tzinfo=dates.ZONE)


def _hashes_before(session: Session, actor: Actor, rows: Sequence[Erasure]) -> dict[int, str]:
    """Number → fingerprint of the certificates before those on the page."""
    wanted = [(row.certificate_serial or 0) - 1 for row in rows]
    query = _issued(actor).where(col(Erasure.certificate_serial).in_(wanted))
    return {
        row.certificate_serial or 0: document_hash(row.certificate)
        for row in session.exec(query)
        if row.certificate is not None
    }


def _line(actor: Actor, row: Erasure, before: Mapping[int, str], pem: bytes) -> CertificateLine:
    said = row.certificate or {}
    flaw = why_invalid(said, pem) or _follows(row, before)
    return CertificateLine(
        id=str(row.id),
        number=number_of(said),
        order_number=row.order_number,
        policy=row.policy,
        kinds=CertificateWords(said, actor.language).kinds(),
        persons=row.persons,
        photos=row.photos,
        files=row.files,
        done_at=row.done_at.isoformat() if row.done_at else "",
        flaw=catalogue.render(flaw, actor.language) if flaw else "",
    )


def _follows(row: Erasure, before: Mapping[int, str]) -> Message | None:
    serial = row.certificate_serial or 0
    previous = (row.certificate or {})["certificate"]["previous"]
    if previous == before.get(serial - 1):
        return None
    return Message("Certificate {serial} does not follow from the one before it.", serial=serial)
