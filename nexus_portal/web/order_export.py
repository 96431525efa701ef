"""The order history as a table to take away, as it is narrowed and sorted in the page's address."""

import asyncio
from collections.abc import Iterator
from dataclasses import fields

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from nexus_portal.adapters import catalogue, clock, csv_export, xlsx_export
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.text import Message
from nexus_portal.services import history_export
from nexus_portal.services.history import Wanted
from nexus_portal.services.history_export import Cell
from nexus_portal.services.use_case import perform
from nexus_portal.web import caller
from nexus_portal.web.downloads import PRIVATE

LONGEST = 200
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


async def table(request: Request) -> Response:
    """Write the export down, then send it as it is read."""
    actor, form = caller.actor_of(request), request.path_params["form"]
    asked = {each.name: request.query_params.get(each.name, "")[:LONGEST] for each in fields(Wanted)}
    wanted = Wanted(**asked)
    await asyncio.to_thread(perform, history_export.begin, actor, wanted=wanted, form=form)
    language = catalogue.chosen(request.cookies.get(catalogue.COOKIE, actor.language))
    name = f"orders-{clock.today().isoformat()}.{form}"
    headers = {**PRIVATE, "Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(_pieces(actor, wanted, form, language), media_type=TYPES[form], headers=headers)


def _pieces(actor: Actor, wanted: Wanted, form: str, language: str) -> Iterator[bytes]:
    headings = [catalogue.render(heading, language) for heading in history_export.HEADINGS]
    said = ([_said(cell, language) for cell in row] for row in history_export.rows(actor, wanted=wanted))
    if form == "xlsx":
        return xlsx_export.pieces(headings, said)
    return csv_export.lines(headings, ([str(cell) for cell in row] for row in said))


def _said(cell: Cell, language: str) -> str | int:
    return catalogue.render(cell, language) if isinstance(cell, Message) else cell


routes = [Route("/orders/export.{form}", table)]
