"""The layouts that an account orders cards in, and empty spreadsheets that fit them."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlmodel import Session, col

from nexus_portal.adapters import catalogue, xlsx_export
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import NotFound
from nexus_portal.domain.fields import FieldDefinition, FieldType, all_from_json
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.models.layouts import Layout
from nexus_portal.services import account_prices, tenancy
from nexus_portal.services.account_prices import Priced
from nexus_portal.services.use_case import use_case

Kind = Literal["csv", "xlsx"]
TEMPLATE_ROWS = 10_000
"""Rows of a template that are prepared for typing: as many as an import takes."""


@dataclass(frozen=True, slots=True)
class LayoutRow:
    """A layout on offer: the newest version of its name. `price` in öre per card, without VAT."""

    id: str
    name: str
    version: int
    article: str
    price: int
    fields: tuple[FieldDefinition, ...]

    @property
    def photo_field(self) -> FieldDefinition | None:
        """The field for the holder's photo, where the layout has one."""
        return next((field for field in self.fields if field.type is FieldType.PHOTO), None)


@use_case(Permission.ORDERS_CREATE, reads=True)
def layouts_for_ordering(session: Session, actor: Actor) -> tuple[LayoutRow, ...]:
    """The layouts in which the actor's account can order cards now, by name."""
    query = (
        tenancy.rows_of(actor, Layout)
        .where(col(Layout.active))
        .order_by(col(Layout.name), col(Layout.version).desc())
    )
    newest: dict[str, Layout] = {}
    for layout in session.exec(query):
        newest.setdefault(layout.name, layout)
    articles = account_prices.priced(session, actor, tenancy.own_account(actor))
    return tuple(
        offered(layout, articles[layout.article_id])
        for layout in newest.values()
        if articles[layout.article_id].offered
    )


@use_case(Permission.ORDERS_CREATE, reads=True)
def template(session: Session, actor: Actor, *, layout_id: UUID, kind: Kind, language: str) -> bytes:
    """An empty spreadsheet with a column for each field of a layout; nobody's data is in it.

    Raises:
        NotFound: the actor's account has no such layout.
    """
    fields = orderable(session, actor, layout_id).fields
    if kind == "csv":
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=";").writerow([field.label(language) for field in fields])
        return text.getvalue().encode("utf-8-sig")
    return _workbook(fields, language)


def orderable(session: Session, actor: Actor, layout_id: UUID) -> LayoutRow:
    """A layout in which cards can be ordered now.

    Raises:
        NotFound: there is none in the actor's account, or it or its article is no longer offered.
    """
    layout = tenancy.get(session, actor, Layout, layout_id)
    article = price_of(session, actor, layout)
    if not (layout.active and article.offered):
        raise NotFound(Message("This layout is no longer offered. Choose another one."))
    return offered(layout, article)


def price_of(session: Session, actor: Actor, layout: Layout) -> Priced:
    """The article of a layout at the price of its account."""
    return account_prices.priced(session, actor, layout.account_id, [layout.article_id])[layout.article_id]


def offered(layout: Layout, article: Priced) -> LayoutRow:
    """A layout as the pages and the readers of files see it."""
    return LayoutRow(
        str(layout.id),
        layout.name,
        layout.version,
        article.name,
        article.price,
        all_from_json(layout.fields),
    )


def _workbook(fields: Sequence[FieldDefinition], language: str) -> bytes:
    columns = [
        xlsx_export.Column(
            heading=field.label(language),
            note=_note(field, language),
            choices=field.choices if field.type is FieldType.CHOICE else (),
        )
        for field in fields
    ]
    return xlsx_export.to_fill_in(columns, room=TEMPLATE_ROWS)


def _note(field: FieldDefinition, language: str) -> str:
    lines = [Message("Needed on every card.") if field.required else Message("May be left empty.")]
    match field.type:
        case FieldType.PERSONAL_NUMBER:
            lines.append(Message("YYYYMMDD-NNNN."))
        case FieldType.DATE:
            lines.append(Message("YYYY-MM-DD."))
        case FieldType.CHOICE:
            lines.append(Message("One of: {choices}.", choices=", ".join(field.choices)))
        case FieldType.PHOTO:
            lines.append(Message("The name of the photo’s file in the ZIP archive, such as 104221.jpg."))
        case FieldType.TEXT:
            if field.max_length:
                lines.append(Message("At most {longest} characters.", longest=field.max_length))
    said = [catalogue.render(line, language) for line in lines]
    return "\n".join([*said, field.reason] if field.reason else said)
