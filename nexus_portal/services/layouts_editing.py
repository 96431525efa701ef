"""Layouts as their designer makes them: a draft of a new version, published, withdrawn.

Nobody's data is in sight here: a card is drawn with samples. `layout_drafts` begins and discards drafts.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlmodel import Session, col, select

from nexus_portal.adapters import clock, db
from nexus_portal.adapters.events import News
from nexus_portal.domain import card_design
from nexus_portal.domain import fields as field_rules
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.card_design import CardDesign
from nexus_portal.domain.errors import Conflict, Invalid, NotYet
from nexus_portal.domain.fields import FieldDefinition, all_from_json, why_not_publishable
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.accounts import Account
from nexus_portal.models.layouts import Article, Layout
from nexus_portal.services import audit, card_faces, tenancy
from nexus_portal.services.use_case import use_case

TOPIC = "layouts"
MOST_FIELDS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutLine:
    """One version in the list. `state` is draft, offered or withdrawn; `created_at` ISO 8601."""

    id: str
    account: str
    name: str
    version: int
    state: str
    article: str
    fields: int
    created_at: str
    newest: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutSheet:
    """One version with all that can be edited in it. `reasons` keep it from being published.

    `stamp` is another one as soon as anybody changes what can be edited.
    """

    line: LayoutLine
    colour: str
    fields: tuple[FieldDefinition, ...]
    design: CardDesign
    stamp: str
    reasons: tuple[Message, ...] = field(default=())


@use_case(Permission.LAYOUTS_MANAGE, reads=True)
def all_layouts(session: Session, actor: Actor) -> tuple[LayoutLine, ...]:
    """Every version of every account's layouts, by account and name, the newest first."""
    query = tenancy.rows_of(actor, Layout).order_by(col(Layout.name), col(Layout.version).desc())
    accounts = {row.id: row.name for row in session.exec(tenancy.rows_of(actor, Account))}
    articles = {row.id: row.name for row in session.exec(select(Article))}
    seen: set[tuple[UUID, str]] = set()
    lines: list[LayoutLine] = []
    for row in session.exec(query):
        newest = (row.account_id, row.name) not in seen
        seen.add((row.account_id, row.name))
        lines.append(_line(row, accounts[row.account_id], articles[row.article_id], newest=newest))
    return tuple(sorted(lines, key=lambda line: line.account.casefold()))


@use_case(Permission.LAYOUTS_MANAGE, reads=True)
def sheet(session: Session, actor: Actor, *, layout_id: UUID) -> LayoutSheet:
    """One version of a layout, to be looked at or edited.

    Raises:
        NotFound: there is none.
    """
    row = tenancy.get(session, actor, Layout, layout_id)
    account = tenancy.get(session, actor, Account, row.account_id)
    article = session.get_one(Article, row.article_id)
    face = card_faces.face_of(session, row)
    return LayoutSheet(
        line=_line(row, account.name, article.name, newest=_newest(session, actor, row).id == row.id),
        colour=row.colour,
        fields=face.fields,
        design=face.design,
        stamp=_stamp(row),
        reasons=_reasons(face.fields, face.design) if _is_draft(row) else (),
    )


@use_case(Permission.LAYOUTS_MANAGE)
def begin_version(session: Session, actor: Actor, *, layout_id: UUID) -> str:
    """Begin a new version as a copy of the newest, or go on with the one begun before: its id.

    Raises:
        NotFound: there is no such layout.
    """
    # The first version is the one that two designers wait for.
    asked = tenancy.get(session, actor, Layout, layout_id)
    session.exec(_versions(actor, asked).order_by(col(Layout.version)).with_for_update()).all()
    newest = _newest(session, actor, asked)
    if _is_draft(newest):
        return str(newest.id)
    face = card_faces.face_of(session, newest)
    draft = Layout(
        account_id=newest.account_id,
        article_id=newest.article_id,
        name=newest.name,
        version=newest.version + 1,
        fields=list(newest.fields),
        design=card_design.to_json(face.design),
        colour=newest.colour,
        active=False,
        created_at=clock.now(),
    )
    session.add(draft)
    session.flush()
    note(session, actor, "layout:version_begun", draft)
    return str(draft.id)


@use_case(Permission.LAYOUTS_MANAGE)
def save(
    session: Session,
    actor: Actor,
    *,
    layout_id: UUID,
    fields: Sequence[FieldDefinition],
    design: CardDesign,
    seen: str,
) -> LayoutSheet:
    """Keep what was edited in a draft, publishable or not. `seen` is the stamp that the editing began with.

    Raises:
        NotFound: there is no such layout.
        Conflict: somebody else changed it meanwhile, or it was published or withdrawn: orders keep the
            version that they were made in.
        Invalid: too many fields.
    """
    row = draft_of(session, actor, layout_id, seen)
    if len(fields) > MOST_FIELDS:
        raise Invalid(Message("A layout has at most {most} fields.", most=MOST_FIELDS))
    row.fields = [field_rules.to_json(each) for each in fields]
    row.design = card_design.to_json(design)
    session.add(row)
    session.flush()
    note(session, actor, "layout:edited", row)
    return sheet(session, actor, layout_id=layout_id)


@use_case(Permission.LAYOUTS_MANAGE)
def publish(session: Session, actor: Actor, *, layout_id: UUID, seen: str) -> None:
    """Offer a draft in place of the version before it. Orders and drafts keep the version they began in.

    What is offered is what was looked at, by its stamp `seen`.

    Raises:
        NotFound: there is no such layout.
        Conflict: it is no draft, or somebody else changed it meanwhile.
        NotYet: something keeps it from being offered; `.reasons` lists all of it.
    """
    row = draft_of(session, actor, layout_id, seen)
    reasons = _reasons(all_from_json(row.fields), card_design.from_json(row.design))
    if reasons:
        raise NotYet(Message("This layout cannot be published yet."), reasons)
    for earlier in session.exec(_versions(actor, row).where(col(Layout.active))):
        _take_off(session, earlier)
    row.active, row.published_at = True, clock.now()
    session.add(row)
    session.flush()
    note(session, actor, "layout:published", row)


@use_case(Permission.LAYOUTS_MANAGE)
def withdraw(session: Session, actor: Actor, *, layout_id: UUID) -> None:
    """Offer a layout no longer. What was begun in it can still be ordered.

    Raises:
        NotFound: there is no such layout.
        Conflict: it is not on offer.
    """
    row = tenancy.get(session, actor, Layout, layout_id, lock=True)
    if not row.active:
        raise Conflict(Message("This version is not on offer."))
    _take_off(session, row)
    session.flush()
    note(session, actor, "layout:withdrawn", row)


def draft_of(session: Session, actor: Actor, layout_id: UUID, seen: str) -> Layout:
    """A draft as it was when it was looked at, held until the end of the transaction; see `save`."""
    row = tenancy.get(session, actor, Layout, layout_id, lock=True)
    if not _is_draft(row):
        raise Conflict(
            Message("This version was published: orders are made in it. Begin a new version instead.")
        )
    if _stamp(row) != seen:
        raise Conflict(
            Message("Somebody else changed this meanwhile. What you typed is kept here; nothing is lost.")
        )
    return row


def _stamp(row: Layout) -> str:
    edited = json.dumps([row.fields, row.design], sort_keys=True)
    return hashlib.sha256(edited.encode()).hexdigest()


def _take_off(session: Session, row: Layout) -> None:
    row.active = False
    # Without it a version that was offered from the beginning would be a draft again.
    row.published_at = row.published_at or row.created_at
    session.add(row)


def _is_draft(row: Layout) -> bool:
    return not row.active and row.published_at is None


def _versions(actor: Actor, row: Layout):  # noqa: ANN202 - SQLModel's own kind of select
    return tenancy.rows_of(actor, Layout).where(Layout.account_id == row.account_id, Layout.name == row.name)


def _newest(session: Session, actor: Actor, row: Layout) -> Layout:
    return session.exec(_versions(actor, row).order_by(col(Layout.version).desc()).limit(1)).one()


def _reasons(definitions: Sequence[FieldDefinition], design: CardDesign) -> tuple[Message, ...]:
    return (*why_not_publishable(definitions), *card_design.why_not_printable(design, definitions))


def _line(row: Layout, account: str, article: str, *, newest: bool) -> LayoutLine:
    state = "offered" if row.active else "draft" if _is_draft(row) else "withdrawn"
    return LayoutLine(
        id=str(row.id),
        account=account,
        name=row.name,
        version=row.version,
        state=state,
        article=article,
        fields=len(row.fields),
        created_at=row.created_at.isoformat(),
        newest=newest,
    )


def note(session: Session, actor: Actor, action: str, row: Layout) -> None:
    """Write down what a designer did, and let open pages know."""
    audit.record(session, actor, action, subject=str(row.id), account_id=row.account_id, version=row.version)
    db.announce(session, News(row.account_id, TOPIC, str(row.id)))
